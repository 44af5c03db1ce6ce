"""The outline on the image holds the pixels that the unit sees, and no others."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lecturekit import lecture, plots, shapes
from lecturekit import reference as ref

WINDOWS = [(3, 1), (2, 2), (3, 1)]
SIDES = (28, 26, 13, 11)


def outlined(ax):
    """Row, column, height and width of each outline, in cells of its image."""
    found = []
    boxes = [patch for patch in ax.patches if to_hex(patch.get_edgecolor()) == plots.AMBER.lower()]
    for box, picture in zip(boxes, ax.images, strict=True):
        rows, columns = picture.get_array().shape
        left, _, _, top = picture.get_extent()
        corner = (top - box.get_y() - box.get_height()) * rows, (box.get_x() - left) * columns
        cells = (*corner, box.get_height() * rows, box.get_width() * columns)
        found.append(tuple(round(float(n), 6) for n in cells))
    return found


def images(sides=SIDES):
    return {f"map {n}": np.zeros((side, side)) for n, side in enumerate(sides)}


@pytest.mark.parametrize("unit", [(0, 0), (8, 7), (10, 10)])
def test_the_chain_of_windows(unit):
    row, column = unit
    ax = plots.receptive_field(images(), WINDOWS, unit=unit)
    assert outlined(ax) == [
        (2 * row, 2 * column, 8, 8),
        (2 * row, 2 * column, 6, 6),
        (row, column, 3, 3),
        (row, column, 1, 1),
    ]


def test_the_outline_is_where_a_change_reaches_the_unit(rng):
    unit, image = (2, 3), rng.random((1, 14, 14, 1))
    kernels = rng.random((3, 3, 1, 1)), rng.random((3, 3, 1, 1))

    def network(x):
        return ref.conv2d(ref.avg_pool2d(ref.conv2d(x, kernels[0])), kernels[1])[0, :, :, 0]

    reached = np.zeros((14, 14), bool)
    for i, j in np.ndindex(14, 14):
        changed = image.copy()
        changed[0, i, j] += 1
        reached[i, j] = network(changed)[unit] != network(image)[unit]
    maps = {"image": image[0, :, :, 0], "unit": network(image)}
    ax = plots.receptive_field(maps, [shapes.receptive_field(WINDOWS)], unit=unit)
    row, column, height, width = (int(n) for n in outlined(ax)[0])
    assert reached.sum() == height * width == 64
    assert reached[row : row + height, column : column + width].all()


def test_without_a_unit_it_is_the_strongest():
    maps = {"image": lecture.IMAGE, "map 2": lecture.FEATURE_MAP_2.clip(0)}
    assert outlined(plots.receptive_field(maps, [(3, 1)])) == [(3, 3, 3, 3), (3, 3, 1, 1)]


def test_sizes_are_written():
    ax = plots.receptive_field(images((28, 11)), [(8, 2)], unit=(1, 1))
    written = [text.get_text() for text in ax.texts]
    assert written == ["map 0, 28 x 28", "outlined: 8 x 8", "map 1, 11 x 11", "outlined: 1 unit"]


def test_it_draws_on_the_axes_it_is_given():
    _, (given,) = plots.panels(1)
    assert plots.receptive_field(images(), WINDOWS, ax=given, title="seen") is given
    assert given.get_title(loc="left") == "seen"


@pytest.mark.parametrize(
    ("sides", "windows", "unit", "message"),
    [
        (SIDES, WINDOWS[:2], None, "one window fewer, got .* and 2 windows"),
        ((28, 11), [(8, 2)], (11, 0), r"no unit \(11, 0\) in a map of \(11, 11\)"),
        ((28, 11), [(8, 2)], (0, -1), r"no unit \(0, -1\)"),
        ((28, 0), [(8, 2)], None, r"expected images \(H, W\)"),
    ],
)
def test_what_does_not_fit(sides, windows, unit, message):
    with pytest.raises(ValueError, match=f"receptive_field: .*{message}"):
        plots.receptive_field(images(sides), windows, unit=unit)


MAPS = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1).clip(0)


@pytest.mark.parametrize(("channel", "place"), [(0, (0, 0)), (1, (3, 3))])
def test_the_strongest_unit_of_a_channel(channel, place):
    image = lecture.IMAGE[:, :, np.newaxis]
    ax = plots.strongest_unit(image, MAPS, channel, (3, 1), name="conv")
    assert outlined(ax) == [(*place, 3, 3), (*place, 1, 1)]
    assert np.array_equal(ax.images[1].get_array(), MAPS[..., channel])
    assert f"conv, channel {channel}, 4 x 4" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("maps", "channel", "message"),
    [
        (MAPS, 2, r"conv has channels 0 to 1, not 2\."),
        (MAPS, -1, r"conv has channels 0 to 1, not -1\."),
        (MAPS * 0, 1, r"conv, channel 1: no unit is above 0 on this image\."),
        (MAPS[..., 0], 0, r"strongest_unit: expected maps \(rows, columns, C\), got \(4, 4\)"),
    ],
)
def test_a_channel_that_cannot_be_shown(maps, channel, message):
    with pytest.raises(ValueError, match=message):
        plots.strongest_unit(lecture.IMAGE, maps, channel, (3, 1), name="conv")
