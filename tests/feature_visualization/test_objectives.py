"""What can be maximized, and what is refused."""

import numpy as np
import pytest

from lecturekit.feature_visualization import Content, Filter, Style
from lecturekit.shapes import ShapeError


def test_units_are_a_tuple_of_integers():
    assert Filter("conv", 3) == Filter("conv", [3]) == Filter("conv", np.arange(3, 4))
    assert Filter("conv", range(3)).units == (0, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, 0), TypeError, "layer must be the name of a layer, got 3"),
        (("conv", []), ValueError, "at least one unit"),
        (("conv", -1), ValueError, "unit must be at least 0, got -1"),
        (("conv", 1.5), TypeError, "unit must be an integer, got 1.5"),
        (("conv", "ab"), TypeError, "unit must be an integer, got 'a'"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=f"Filter: .*{message}"):
        Filter(*arguments)


@pytest.mark.parametrize("objective", [Content, Style])
@pytest.mark.parametrize(
    ("layer", "image", "error", "message"),
    [
        (3, np.zeros((4, 4, 1)), TypeError, "layer must be the name of a layer, got 3"),
        ("conv", np.zeros((4, 4)), ShapeError, r"must be \(H, W, C\) or .*, got \(4, 4\)"),
        ("conv", np.zeros((0, 4, 4, 1)), ShapeError, r"got \(0, 4, 4, 1\)"),
        ("conv", np.full((4, 4, 1), np.nan), ValueError, "a number that is not finite"),
        ("conv", "a photo", TypeError, "image must hold numbers, got 'a photo'"),
    ],
)
def test_bad_images(objective, layer, image, error, message):
    with pytest.raises(error, match=f"{objective.__name__}: .*{message}"):
        objective(layer, image)


def test_an_image_is_copied():
    image = np.zeros((4, 4, 1), np.float32)
    content = Content("conv", image)
    image += 1
    assert not content.image.any()
    assert repr(-2 * content) == "-2 * Content(layer='conv', image of shape (4, 4, 1))"
