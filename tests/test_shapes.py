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


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shapes.output_size(2, 3), ShapeError, "output_size: a window of 3x3 does not fit"),
        (
            lambda: shapes.output_size(6, 3, stride=0),
            ValueError,
            "stride must be at least 1, got 0",
        ),
        (
            lambda: shapes.output_size(6, 3, stride=1.5),
            TypeError,
            "stride must be an integer, got 1.5",
        ),
        (lambda: shapes.output_size(6, 3, stride=True), TypeError, "must be an integer, got True"),
        (lambda: shapes.output_size(6, 3, padding=-1), ValueError, "padding must be at least 0"),
        (
            lambda: shapes.output_size(6, 3, padding="full"),
            ValueError,
            "padding must be .*got 'full'",
        ),
        (lambda: shapes.output_size(6, 3, dilation=0), ValueError, "dilation must be at least 1"),
        (
            lambda: shapes.conv2d_shape((6, 6), (3, 3, 1, 2)),
            ShapeError,
            r"x must have 4 .*\(6, 6\)",
        ),
        (
            lambda: shapes.conv2d_shape((1, 6, 6, 1), (3, 3)),
            ShapeError,
            r"w must have 4 .*\(3, 3\)",
        ),
        (
            lambda: shapes.conv2d_shape((1, 6, 6, 3), (3, 3, 1, 2)),
            ShapeError,
            r"conv2d: x has 3 channels but w expects 1 \(x \(1, 6, 6, 3\), w \(3, 3, 1, 2\)\)",
        ),
        (
            lambda: shapes.conv2d_shape((1, 6, 6, 4), (3, 3, 2, 3), groups=2),
            ShapeError,
            "3 filters do not divide into 2 groups",
        ),
        (lambda: shapes.pool2d_shape((1, 4, 4, 1), 5), ShapeError, "window of 5x5 does not fit"),
        (
            lambda: shapes.pool2d_shape((1, 4, 4, 1), 2, padding=2),
            ShapeError,
            r"padding \(2, 2\) must be smaller than the window \(2, 2\)",
        ),
        (
            lambda: shapes.as_pair((1, 2, 3), "stride", minimum=1, name="f"),
            ValueError,
            "f: stride must be one integer or two",
        ),
        (lambda: shapes.receptive_field([(0, 1)]), ValueError, "kernel must be at least 1"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_shape_error_is_a_value_error():
    assert issubclass(ShapeError, ValueError)
