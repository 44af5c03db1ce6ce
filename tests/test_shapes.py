"""The arithmetic of shapes, against pencil and paper and against windows that really slide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecturekit import shapes
from lecturekit.shapes import ShapeError


@pytest.mark.parametrize(
    ("size", "kernel", "options", "expected"),
    [
        (6, 3, {}, 4),
        (6, 3, {"stride": 2}, 2),
        (28, 3, {}, 26),
        (26, 2, {"stride": 2}, 13),
        (13, 3, {}, 11),
        (11, 2, {"stride": 2}, 5),
        (6, 3, {"padding": 1}, 6),
        (6, 3, {"padding": "same", "stride": 2}, 3),
        (7, 3, {"dilation": 3}, 1),
        (3, 3, {}, 1),
    ],
)
def test_output_size(size, kernel, options, expected):
    assert shapes.output_size(size, kernel, **options) == expected


@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    padding=st.integers(0, 4),
)
def test_output_size_counts_the_windows_that_fit(size, kernel, stride, dilation, padding):
    window = dilation * (kernel - 1) + 1
    starts = [p for p in range(0, size + 2 * padding, stride) if p + window <= size + 2 * padding]
    options = {"stride": stride, "dilation": dilation, "padding": padding}
    if starts:
        assert shapes.output_size(size, kernel, **options) == len(starts)
    else:
        with pytest.raises(ShapeError, match="does not fit"):
            shapes.output_size(size, kernel, **options)


@given(size=st.integers(1, 40), kernel=st.integers(1, 7), stride=st.integers(1, 5))
def test_same_padding_gives_one_output_a_stride(size, kernel, stride):
    (top, bottom), _ = shapes.pad_amounts(
        (size, size), (kernel, kernel), stride=stride, padding="same"
    )
    assert 0 <= bottom - top <= 1
    assert shapes.output_size(size, kernel, stride=stride, padding="same") == -(-size // stride)


@pytest.mark.parametrize(
    ("size", "window", "stride", "expected"),
    [(11, 2, None, 1), (26, 2, None, 0), (6, 3, 2, 1), (10, 3, 1, 0), (5, 2, 4, 3)],
)
def test_dropped_is_what_no_window_reaches(size, window, stride, expected):
    assert shapes.dropped(size, window, stride=stride) == expected
    reached = np.zeros(size, bool)
    step = window if stride is None else stride
    for start in range(0, size - window + 1, step):
        reached[start : start + window] = True
    assert np.count_nonzero(~reached[start:]) == expected


def test_receptive_field_of_the_lectures_layers():
    layers = [(3, 1), (2, 2), (3, 1), (2, 2)]
    fields = [shapes.receptive_field(layers[:n]) for n in range(5)]
    assert fields == [(1, 1), (3, 1), (4, 2), (8, 2), (10, 4)]


def test_parameters_with_and_without_bias():
    assert shapes.conv2d_parameters(3, 25, 50, bias=False) == 11_250
    assert shapes.conv2d_parameters((3, 5), 2, 4) == 4 * (30 + 1)
    assert shapes.dense_parameters(100, 10) == 1010


# The name of the function comes first in every message.
BAD = [
    (lambda: shapes.output_size(2, 3), ShapeError, "output_size: a window of 3x3 does not fit"),
    (lambda: shapes.output_size(0, 3), ShapeError, "output_size: .* does not fit on .* 0x0"),
    (lambda: shapes.output_size(6.0, 3), TypeError, "output_size: size must be .*got 6.0"),
    (lambda: shapes.output_size("6", 3), TypeError, "output_size: size must be .*got '6'"),
    (lambda: shapes.output_size(-1, 3), ValueError, "output_size: size must be at least 0, got -1"),
    (lambda: shapes.output_size(6, 0), ValueError, "output_size: kernel must be at least 1, got 0"),
    (lambda: shapes.output_size(6, 3, stride=0), ValueError, "output_size: stride must be at .*0"),
    (lambda: shapes.output_size(6, 3, stride=1.5), TypeError, "output_size: stride must .*got 1.5"),
    (lambda: shapes.output_size(6, 3, stride=True), TypeError, "output_size: stride must .*True"),
    (
        lambda: shapes.output_size(6, 3, stride=(1, 2)),
        TypeError,
        r"output_size: stride must be an integer, got \(1, 2\)",
    ),
    (
        lambda: shapes.output_size(6, 3, padding=(1, 2)),
        TypeError,
        r"output_size: padding must be an integer, got \(1, 2\)",
    ),
    (lambda: shapes.output_size(6, 3, dilation=(1, 2)), TypeError, "output_size: dilation must be"),
    (lambda: shapes.output_size(6, 3, padding=-1), ValueError, "output_size: padding must be at"),
    (
        lambda: shapes.output_size(6, 3, padding="full"),
        ValueError,
        "output_size: padding must be .*got 'full'",
    ),
    (lambda: shapes.output_size(6, 3, dilation=0), ValueError, "output_size: dilation must be at"),
    (
        lambda: shapes.window_shape((6,), (3, 3)),
        ValueError,
        r"window_shape: size must be \(height, width\), got \(6,\)",
    ),
    (
        lambda: shapes.window_shape((6, 6), 3),
        TypeError,
        r"window_shape: kernel must be \(height, width\), got 3",
    ),
    (
        lambda: shapes.pad_amounts((6, 6), (0, 3)),
        ValueError,
        "pad_amounts: kernel must be at least 1, got 0",
    ),
    (
        lambda: shapes.conv2d_shape((6, 6), (3, 3, 1, 2)),
        ShapeError,
        r"conv2d: x must have 4 .*\(6, 6\)",
    ),
    (
        lambda: shapes.conv2d_shape((1, 6, 6, 1), (3, 3)),
        ShapeError,
        r"conv2d: w must have 4 .*\(3, 3\)",
    ),
    (
        lambda: shapes.conv2d_shape((1, 6, 6, 3), (3, 3, 1, 2)),
        ShapeError,
        r"conv2d: x has 3 channels but w expects 1 \(x \(1, 6, 6, 3\), w \(3, 3, 1, 2\)\)",
    ),
    (
        lambda: shapes.conv2d_shape((1, 6, 6, 4), (3, 3, 2, 3), groups=2),
        ShapeError,
        "conv2d: 3 filters do not divide into 2 groups",
    ),
    (
        lambda: shapes.conv2d_shape((1, 6, 6, 1), (3, 3, 1, 0)),
        ShapeError,
        r"conv2d: w must have at least one channel and one filter, got \(3, 3, 1, 0\)",
    ),
    (
        lambda: shapes.pool2d_shape((1, 4, 4, 1), 5),
        ShapeError,
        "pool2d: a window of 5x5 does not fit",
    ),
    (
        lambda: shapes.pool2d_shape((1, 4, 4, 1), 2, padding=2),
        ShapeError,
        r"pool2d: padding \(2, 2\) must be smaller than the window \(2, 2\)",
    ),
    (
        lambda: shapes.as_pair((1, 2, 3), "stride", minimum=1, name="f"),
        ValueError,
        "f: stride must be one integer or two",
    ),
    (
        lambda: shapes.conv2d_parameters(0, 1, 25),
        ValueError,
        "conv2d_parameters: kernel must be at least 1, got 0",
    ),
    (
        lambda: shapes.conv2d_parameters(3, -1, 25),
        ValueError,
        "conv2d_parameters: channels must be at least 1, got -1",
    ),
    (
        lambda: shapes.conv2d_parameters(3, 1.5, 25),
        TypeError,
        "conv2d_parameters: channels must be an integer, got 1.5",
    ),
    (
        lambda: shapes.conv2d_parameters(3, 1, 0),
        ValueError,
        "conv2d_parameters: filters must be at least 1, got 0",
    ),
    (
        lambda: shapes.dense_parameters(-5, 2),
        ValueError,
        "dense_parameters: inputs must be at least 1, got -5",
    ),
    (
        lambda: shapes.dense_parameters(5, 2.0),
        TypeError,
        "dense_parameters: outputs must be an integer, got 2.0",
    ),
    (
        lambda: shapes.receptive_field([(0, 1)]),
        ValueError,
        "receptive_field: kernel must be at least 1",
    ),
    (
        lambda: shapes.receptive_field([3, 3]),
        TypeError,
        r"receptive_field: a layer must be \(kernel, stride\), got 3",
    ),
    (
        lambda: shapes.receptive_field([(3, 1, 1)]),
        ValueError,
        r"receptive_field: a layer must be \(kernel, stride\), got \(3, 1, 1\)",
    ),
    (lambda: shapes.dropped(1, 2), ShapeError, "dropped: a window of 2x2 does not fit"),
    (lambda: shapes.dropped(6, 0), ValueError, "dropped: window must be at least 1, got 0"),
    (lambda: shapes.dropped(6, 2, stride=0), ValueError, "dropped: stride must be at least 1"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_shape_error_is_a_value_error():
    assert issubclass(ShapeError, ValueError)
