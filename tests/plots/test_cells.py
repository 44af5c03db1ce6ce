"""What a reader sees in a cell is what the array holds."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from lecturekit import lecture, plots

TILES = np.zeros((2, 2, 2))


def texts(ax):
    return [t.get_text() for t in ax.texts]


def test_the_number_in_a_cell_is_the_value_with_a_real_minus():
    _, (ax,) = plots.panels(1, height=3)
    plots.feature_map(lecture.FEATURE_MAP_1, ax=ax)
    shown = [int(t.replace("\N{MINUS SIGN}", "-")) for t in texts(ax)]
    assert shown == lecture.FEATURE_MAP_1.ravel().tolist()


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (-0.004, 2, "0.00"),
        (0.004, 2, "0.00"),
        (-0.006, 2, "\N{MINUS SIGN}0.01"),
        (np.float32(-0.08), 1, "\N{MINUS SIGN}0.1"),
        (13.96, 1, "14.0"),
        (-0.4, 0, "0"),
        (-0.0, 2, "0"),
        (-12.0, 2, "\N{MINUS SIGN}12"),
    ],
)
def test_a_number_has_a_real_minus_and_zero_has_none(value, digits, expected):
    assert plots.number(value, digits) == expected


def test_small_cells_hold_no_numbers_unless_asked():
    assert texts(plots.image(np.zeros((28, 28)))) == []
    assert len(texts(plots.image(np.zeros((28, 28)), numbers=True))) == 784


def test_zero_is_white_and_the_scale_is_symmetric():
    ax = plots.weights([[0.0, 2.0], [-1.0, 1.0]])
    picture = ax.images[0]
    assert to_hex(picture.cmap(picture.norm(0.0))) == "#ffffff"
    assert (picture.norm.vmin, picture.norm.vmax) == (-2, 2)


def test_pixels_run_from_black_to_white_whatever_the_image_holds():
    picture = plots.image([[0.2, 0.4]]).images[0]
    assert (picture.norm.vmin, picture.norm.vmax) == (0, 1)
    assert to_hex(picture.cmap(picture.norm(0.0))) == "#000000"
    assert to_hex(picture.cmap(picture.norm(1.0))) == "#ffffff"


def test_maps_after_relu_are_sequential():
    picture = plots.feature_map([[0, 3.0]], activated=True).images[0]
    assert (picture.norm.vmin, picture.norm.vmax) == (0, 3)
    assert to_hex(picture.cmap(picture.norm(0.0))) == "#ffffff"


def test_a_scale_shows_the_colors_and_the_limits_of_its_panel():
    _, (ax,) = plots.panels(1)
    picture = plots.feature_map([[-1.0, 2.0]], ax=ax, limit=3).images[0]
    bar = plots.scale(ax, limit=3, label="match")
    assert bar.get_ylabel() == "match"
    assert bar.get_ylim() == (picture.norm.vmin, picture.norm.vmax) == (-3, 3)
    drawn = bar.collections[-1]
    assert to_hex(drawn.cmap(drawn.norm(-3))) == to_hex(picture.cmap(picture.norm(-3)))


def test_a_scale_leaves_all_panels_of_one_size_and_in_one_line():
    fig, axes = plots.panels(4, height=1.95)
    for ax in axes:
        plots.image(np.zeros((28, 28)), ax=ax, title="image")
    bar = plots.scale(axes[3], limit=1)
    fig.canvas.draw()
    boxes = [ax.get_position() for ax in axes]
    for box in boxes[1:]:
        assert box.size == pytest.approx(boxes[0].size)
        assert box.y0 == pytest.approx(boxes[0].y0)
    assert bar.get_position().x0 > boxes[-1].x1


def test_a_frame_surrounds_its_cells():
    ax = plots.frame(plots.image(lecture.IMAGE), 3, 0, 3, 3)
    box = ax.patches[-1]
    assert box.get_bbox().bounds == (-0.5, 2.5, 3, 3)
    assert to_hex(box.get_edgecolor()).upper() == plots.AMBER
    assert not box.get_fill()


def test_hatch_covers_what_is_dropped():
    box = plots.hatch(plots.image(np.zeros((11, 11))), 10, 0, 1, 11).patches[-1]
    assert box.get_hatch()
    assert box.get_bbox().bounds == (-0.5, 9.5, 11, 1)


def test_a_constant_map_can_be_drawn():
    assert len(texts(plots.feature_map(np.zeros((4, 4))))) == 16


def test_nan_is_named():
    assert texts(plots.feature_map([[np.nan, 1.0]]))[0] == "NaN"


@pytest.mark.filterwarnings("error")
def test_a_map_of_nan_has_a_scale():
    picture = plots.feature_map(np.full((2, 2), np.nan)).images[0]
    assert (picture.norm.vmin, picture.norm.vmax) == (-1, 1)


def test_contact_sheet_holds_every_image_once_on_one_scale(rng):
    tiles = rng.normal(size=(7, 5, 4))
    ax = plots.contact_sheet(tiles, kind="map", columns=3, labels=[str(k) for k in range(7)])
    assert len(ax.images) == 7
    for picture, tile in zip(ax.images, tiles, strict=True):
        assert np.array_equal(picture.get_array(), tile)
        assert picture.norm.vmax == np.abs(tiles).max()
    assert texts(ax) == [str(k) for k in range(7)]
    boxes = [p.get_extents() for p in ax.patches if isinstance(p, Rectangle)]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_all_figures_have_the_width_of_the_book():
    for fig in (plots.panels(1)[0], plots.panels(5, rows=2)[0], plots.image([[1]]).figure):
        assert fig.get_figwidth() == pytest.approx(7.2)


def test_left_over_places_are_empty():
    fig, axes = plots.panels(3, rows=2)
    assert len(axes) == 3
    assert len(fig.axes) == 4
    assert not fig.axes[3].axison


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.image(np.zeros((2, 2, 2))), r"image: expected one array .*\(2, 2, 2\)"),
        (lambda: plots.image(np.zeros((0, 2))), r"image: expected one array .*\(0, 2\)"),
        (lambda: plots.weights(np.zeros(9)), r"weights: expected one array \(H, W\), got \(9,\)"),
        (lambda: plots.feature_map(np.zeros((1, 4, 4, 2))), "feature_map: expected one array"),
        (lambda: plots.contact_sheet(np.zeros((0, 2, 2))), "contact_sheet: expected"),
        (lambda: plots.contact_sheet(TILES, labels=["a"]), "2 images but 1 labels"),
        (lambda: plots.contact_sheet(TILES, kind="x"), "contact_sheet: kind .*'x'"),
        (lambda: plots.contact_sheet(TILES, columns=0), "contact_sheet: columns .* 1, got 0"),
        (lambda: plots.contact_sheet(TILES, columns=-1), "contact_sheet: columns .* 1, got -1"),
        (lambda: plots.contact_sheet(TILES, limit=np.nan), "contact_sheet: .* limit .* got nan"),
        (lambda: plots.feature_map(TILES[0], limit=-1), "feature_map: .* limit .* got -1"),
        (lambda: plots.weights(TILES[0], limit=-1), "weights: .* limit .* got -1"),
        (lambda: plots.panels(0), "count and rows must be at least 1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
