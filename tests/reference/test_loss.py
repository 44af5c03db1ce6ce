"""The loss and its gradient: worked by hand, TensorFlow's, measured, and with huge scores."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecturekit import reference as ref
from lecturekit._tensorflow import tf
from lecturekit.shapes import ShapeError
from tests.reference.configurations import DTYPES, SEEDS, TOLERANCE


@st.composite
def scores(draw, dtype=DTYPES):
    """Scores of at least two classes, and a label for each image."""
    images, classes = draw(st.tuples(st.integers(1, 6), st.integers(2, 10)))
    dtype, rng = draw(dtype), np.random.default_rng(draw(SEEDS))
    logits = rng.normal(size=(images, classes)).astype(dtype)
    return logits, rng.integers(classes, size=images)


@given(case=scores())
def test_equals_tensorflow(case, assert_relative):
    logits, labels = case
    v = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(v)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, v)
        expected = tf.reduce_mean(each)
    loss, d_logits = ref.softmax_cross_entropy(logits, labels)
    assert isinstance(loss, float)
    assert d_logits.dtype == logits.dtype
    assert_relative(loss, expected, TOLERANCE[logits.dtype.name])
    assert_relative(d_logits, tape.gradient(expected, v), TOLERANCE[logits.dtype.name])


@given(case=scores(st.just("float64")))
def test_equals_the_measured_gradient(case, assert_relative):
    logits, labels = case
    _, d_logits = ref.softmax_cross_entropy(logits, labels)
    expected = ref.numerical_gradient(lambda v: ref.softmax_cross_entropy(v, labels)[0], logits)
    assert_relative(d_logits, expected, "numerical")


@given(case=scores(st.just("float64")))
def test_is_the_logarithm_of_softmax(case, assert_relative):
    """Its gradient is that of two steps, of -log and of `softmax_backward`."""
    logits, labels = case
    n, p = np.arange(len(labels)), ref.softmax(logits)
    d_p = np.zeros_like(p)
    d_p[n, labels] = -1 / p[n, labels] / len(n)
    loss, d_logits = ref.softmax_cross_entropy(logits, labels)
    assert_relative(loss, -np.log(p[n, labels]).mean(), "float64")
    assert_relative(d_logits, ref.softmax_backward(d_p, logits), "float64")


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_who_knows_nothing_pays_the_logarithm_of_the_classes(classes, assert_relative):
    loss, d_logits = ref.softmax_cross_entropy(np.zeros((4, classes)), [0] * 4)
    assert_relative(loss, np.log(classes), "float64")
    assert_relative(d_logits[:, 0], np.full(4, (1 / classes - 1) / 4), "float64")
    assert_relative(d_logits[:, 1:], np.full((4, classes - 1), 1 / classes / 4), "float64")


def test_a_single_class_costs_nothing():
    loss, d_logits = ref.softmax_cross_entropy([[3.0], [-7.0]], [0, 0])
    assert loss == 0
    assert d_logits.tolist() == [[0], [0]]


@pytest.mark.parametrize(
    ("size", "dtype"),
    [(1e4, "f2"), (1e4, "f4"), (1e30, "f4"), (1e4, "f8"), (1e300, "f8"), (10**9, "i8")],
)
def test_huge_scores_give_no_nan_and_no_infinity(size, dtype):
    """Of two images with opposite scores, one is right, the other as wrong as can be."""
    logits = np.array([[size, -size], [size, -size]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, d_logits = ref.softmax_cross_entropy(logits, [0, 1])
    assert loss == float(logits[0, 0])  # the mean of 0 and 2 * size
    assert d_logits.tolist() == [[0, 0], [0.5, -0.5]]


def test_a_constant_added_to_all_scores_changes_nothing(rng, assert_relative):
    logits, labels = rng.normal(size=(5, 4)), [0, 1, 2, 3, 0]
    loss, d_logits = ref.softmax_cross_entropy(logits, labels)
    moved, d_moved = ref.softmax_cross_entropy(logits + 8, labels)
    assert_relative(moved, loss, "float64")
    assert_relative(d_moved, d_logits, "float64")


@pytest.mark.parametrize("dtype", ["i1", "u1", "i4", "i8", "u8"])
def test_labels_of_any_integer_type(dtype, rng):
    logits = rng.normal(size=(3, 4))
    expected = ref.softmax_cross_entropy(logits, [3, 0, 1])
    loss, d_logits = ref.softmax_cross_entropy(logits, np.array([3, 0, 1], dtype))
    assert loss == expected[0]
    assert np.array_equal(d_logits, expected[1])


@pytest.mark.parametrize(
    ("logits", "labels", "error", "message"),
    [
        (np.zeros(3), [0], ShapeError, r"logits must have 2 dimensions \(N, K\), got 1: \(3,\)"),
        (np.zeros((1, 2, 3)), [0], ShapeError, r"logits must have 2 dimensions \(N, K\), got 3"),
        (np.zeros((0, 3)), np.zeros(0, int), ShapeError, r"at least one image .*got \(0, 3\)"),
        (np.zeros((2, 0)), [0, 0], ShapeError, r"at least one image and one class, got \(2, 0\)"),
        (np.zeros((2, 3)), [0, 3], ValueError, "labels must lie between 0 and 2, got 0 to 3"),
        (np.zeros((2, 3)), [-1, 2], ValueError, "labels must lie between 0 and 2, got -1 to 2"),
        (np.zeros((2, 3)), [0.0, 1.0], TypeError, "labels must be integers, got dtype float64"),
        (np.zeros((2, 3)), [True, False], TypeError, "labels must be integers, got dtype bool"),
        (np.zeros((2, 3)), ["0", "1"], TypeError, "labels must be integers, got dtype <U1"),
        (np.zeros((2, 3)), [0], ShapeError, r"2 images need labels \(2,\), got \(1,\)"),
        (np.zeros((2, 3)), [0, 1, 2], ShapeError, r"2 images need labels \(2,\), got \(3,\)"),
        (np.zeros((2, 3)), 0, ShapeError, r"2 images need labels \(2,\), got \(\)"),
        (np.zeros((2, 3)), np.eye(3, dtype=int)[:2], ShapeError, r"\(2,\), got \(2, 3\)"),
        ([["a"]], [0], TypeError, "logits must hold real numbers, got dtype"),
        (np.zeros((1, 2), complex), [0], TypeError, "logits must hold real .* complex128"),
        ([[1], [1, 2]], [0, 0], TypeError, "logits must hold real numbers in one rectangular"),
    ],
)
def test_bad_input(logits, labels, error, message):
    with pytest.raises(error, match=f"^softmax_cross_entropy: .*{message}"):
        ref.softmax_cross_entropy(logits, labels)
