"""Fully connected layers, flatten, ReLU and softmax."""

import numpy as np
import pytest

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError


def test_dense_is_a_sum_for_each_output(rng, assert_close):
    x, w, b = rng.normal(size=(3, 5)), rng.normal(size=(5, 2)), rng.normal(size=2)
    y = [[sum(x[n, d] * w[d, k] for d in range(5)) + b[k] for k in range(2)] for n in range(3)]
    assert_close(ref.dense(x, w, b), y, "float64")


def test_dense_promotes_small_integers():
    assert ref.dense(np.full((1, 2), 100, np.int8), np.full((2, 1), 100, np.int8)).item() == 20_000


def test_dense_keeps_float32_beside_integers_and_without_a_bias():
    x = np.ones((1, 2), np.float32)
    assert ref.dense(x, np.ones((2, 1), np.float32)).dtype == np.float32
    assert ref.dense(x, np.ones((2, 1), np.int64), np.ones(1, np.uint8)).dtype == np.float32


def test_flatten_reads_row_by_row_channels_last():
    x = np.arange(12).reshape(1, 2, 3, 2)
    assert ref.flatten(x).tolist() == [list(range(12))]
    assert ref.flatten(np.zeros((0, 5, 5, 50))).shape == (0, 1250)


def test_relu():
    x = np.array([-2.0, -0.0, 0.0, 3.0, np.nan])
    y = ref.relu(x)
    assert y[:4].tolist() == [0, 0, 0, 3]
    assert np.isnan(y[4])
    assert ref.relu(np.array([-3], np.int8)).dtype == np.int8


def test_softmax_sums_to_one_and_is_stable(rng, assert_close):
    x = rng.normal(size=(4, 10)) * 1000
    p = ref.softmax(x)
    assert_close(p.sum(axis=-1), np.ones(4), "float64")
    assert np.isfinite(p).all()
    assert_close(ref.softmax(x + 5), p, "float64")
    small = rng.normal(size=3)
    assert_close(ref.softmax(small), np.exp(small) / np.exp(small).sum(), "float64")
    assert ref.softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    "options", [{}, {"stride": 2}, {"padding": 1}, {"stride": (2, 1), "padding": 2}]
)
def test_convolution_matrix_is_the_convolution(options, rng, assert_close):
    image, kernel = rng.normal(size=(6, 5)), rng.normal(size=(3, 2))
    matrix = ref.convolution_matrix(kernel, image.shape, **options)
    expected = ref.correlate2d(image, kernel, **options).ravel()
    assert_close(image.ravel() @ matrix, expected, "float64")


def test_connections_with_padding_leave_the_border_out():
    table = ref.connections((6, 6), (3, 3), padding=1)
    assert np.count_nonzero(table[:, 0]) == 4
    assert table.shape == (36, 36)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ref.dense(np.zeros(3), np.zeros((3, 2))),
            ShapeError,
            r"dense: x must have 2 dim.*\(3,\)",
        ),
        (
            lambda: ref.dense(np.zeros((1, 3)), np.zeros(3)),
            ShapeError,
            "dense: w must have 2 dimensions",
        ),
        (
            lambda: ref.dense(np.zeros((1, 4)), np.zeros((3, 2))),
            ShapeError,
            r"dense: x has 4 features but w expects 3 \(x \(1, 4\), w \(3, 2\)\)",
        ),
        (
            lambda: ref.dense(np.zeros((1, 3)), np.zeros((3, 2)), np.zeros(3)),
            ShapeError,
            r"dense: b must have shape \(2,\), got \(3,\)",
        ),
        (lambda: ref.dense([["a"]], [[1]]), TypeError, "dense: x must hold real numbers"),
        (lambda: ref.flatten(np.zeros(3)), ShapeError, r"flatten: x must have at least 2 .*\(3,\)"),
        (
            lambda: ref.dense([[1], [1, 2]], [[1]]),
            TypeError,
            "dense: x must hold real numbers in one rectangular array",
        ),
        (lambda: ref.relu("a"), TypeError, "relu: x must hold real numbers"),
        (lambda: ref.softmax(1.0), ShapeError, r"softmax: .* at least one score .*got \(\)"),
        (lambda: ref.softmax(np.zeros((2, 0))), ShapeError, r"softmax: .* one score .*\(2, 0\)"),
        (lambda: ref.connections((2, 2), (3, 3)), ShapeError, "connections: a window of 3x3"),
        (
            lambda: ref.connections((6,), (3, 3)),
            ValueError,
            r"connections: image must be \(height, width\), got \(6,\)",
        ),
        (
            lambda: ref.connections((-6, 6), (3, 3), padding=9),
            ValueError,
            "connections: image must be at least 0, got -6",
        ),
        (lambda: ref.connections((6, 6), 3), TypeError, "connections: kernel must be .*got 3"),
        (
            lambda: ref.convolution_matrix(np.ones((7, 7)), (6, 6)),
            ShapeError,
            "convolution_matrix: a window of 7x7 does not fit on an image of 6x6",
        ),
        (
            lambda: ref.convolution_matrix(np.ones((3, 3)), (6, 6), stride=0),
            ValueError,
            "convolution_matrix: stride must be at least 1",
        ),
        (
            lambda: ref.convolution_matrix(lecture.FILTER_1.ravel(), (6, 6)),
            ShapeError,
            "convolution_matrix: kernel must have 2 dimensions",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()
