"""The pictures of the introduction are those that the script draws from the package's numbers."""

import io
from pathlib import Path

import make_figures
import numpy as np
import pytest
from matplotlib.image import imread

IMAGES = Path(__file__).parents[2] / "book" / "images"


@pytest.mark.parametrize("name", make_figures.FIGURES)
def test_a_stored_picture_is_up_to_date(name: str) -> None:
    drawn = io.BytesIO()
    make_figures.save(name, drawn)
    drawn.seek(0)
    new, stored = imread(drawn), imread(IMAGES / f"{name}.png")
    assert new.shape == stored.shape
    # Another FreeType moves the edges of letters a little; another number changes far more.
    assert np.abs(new - stored).mean() < 2e-3


def test_no_other_picture_lies_there() -> None:
    measured = {"benchmarks"}  # drawn by benchmarks/report.py
    assert {path.stem for path in IMAGES.iterdir()} == {*make_figures.FIGURES, *measured}


def test_the_picture_of_the_readme_is_wide_and_small() -> None:
    path = IMAGES / "hero.png"
    assert imread(path).shape[1] == 1600
    assert path.stat().st_size < 200_000


def test_the_arithmetic_under_the_hero_is_that_of_the_map() -> None:
    image, kernel = make_figures.lecture.IMAGE, make_figures.lecture.FILTER_1
    for row, column in make_figures.WINDOWS:
        window = image[row : row + 3, column : column + 3]
        assert (window * kernel).sum() == make_figures.lecture.FEATURE_MAP_1[row, column] == 3
    assert (make_figures.lecture.FEATURE_MAP_1 == 3).sum() == len(make_figures.WINDOWS)


def test_the_two_windows_on_the_first_card_hold_the_same_curve() -> None:
    images = make_figures.data.load_digits().x_train[..., 0]
    first, second = (images[i, r : r + 8, c : c + 8].ravel() for i, r, c in make_figures.SAME_CURVE)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.98, abs=0.005)


def test_the_colors_of_the_hero_are_those_of_the_chapters() -> None:
    lecture, plots = make_figures.lecture, make_figures.plots
    cells = [p for p in make_figures.hero().axes[0].patches if p.get_fill()]
    pictures = (
        plots.weights(lecture.FILTER_1).images[0],
        plots.feature_map(lecture.FEATURE_MAP_1, limit=4).images[0],
    )
    colors = [color for p in pictures for color in p.to_rgba(p.get_array()).reshape(-1, 4)]
    drawn = [patch.get_facecolor() for patch in cells[-len(colors) :]]
    np.testing.assert_allclose(drawn, colors)
