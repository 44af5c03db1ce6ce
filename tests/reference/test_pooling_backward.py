"""Gradients of max and mean pooling: measured away from ties, TensorFlow's at ties too.

A slip, and the tests that it fails: the gradient of a tie goes to both maxima:
`test_of_equal_maxima_the_first_gets_the_whole_gradient` and `test_ties_are_those_of_tensorflow`.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecturekit import lecture, tf_ops
from lecturekit import reference as ref
from lecturekit._tensorflow import tf
from lecturekit.shapes import ShapeError
from tests.reference.configurations import PADDINGS, TOLERANCE, poolings
from tests.reference.test_properties import tf_max_pool2d

POOLINGS = [
    (ref.max_pool2d, ref.max_pool2d_backward),
    (ref.avg_pool2d, ref.avg_pool2d_backward),
]
IDS = ["max", "mean"]


def tensorflow_gradient(pool, d_y, x, options):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = pool(x, **options)
    return tape.gradient(y, x, output_gradients=tf.constant(d_y))


@pytest.mark.parametrize(("pool", "backward"), POOLINGS, ids=IDS)
@given(case=poolings(dtype=st.just("float64"), room=2))
def test_equals_the_measured_gradient(pool, backward, case, assert_relative):
    """No two pixels are nearer than the step: what is largest stays it."""
    x, d_y = case.arrays()
    assert x.size < 2 or np.diff(np.sort(x, axis=None)).min() > 1e-3
    d_x = backward(d_y, x, **case.options)
    expected = ref.numerical_gradient(lambda v: np.vdot(d_y, pool(v, **case.options)), x)
    assert_relative(d_x, expected, "numerical")


@given(case=poolings())
def test_max_pooling_equals_the_gradient_of_tensorflow(case, assert_relative):
    x, d_y = case.arrays()
    d_x = ref.max_pool2d_backward(d_y, x, **case.options)
    assert d_x.dtype == case.dtype
    expected = tensorflow_gradient(tf_max_pool2d, d_y, x, case.options)
    assert_relative(d_x, expected, TOLERANCE[case.dtype])


@given(case=poolings())
def test_mean_pooling_equals_the_gradient_of_tensorflow(case, assert_relative):
    x, d_y = case.arrays()
    d_x = ref.avg_pool2d_backward(d_y, x, **case.options)
    assert d_x.dtype == case.dtype
    expected = tensorflow_gradient(tf_ops.avg_pool2d, d_y, x, case.options)
    assert_relative(d_x, expected, TOLERANCE[case.dtype])


@pytest.mark.parametrize("padding", PADDINGS)
@given(data=st.data())
def test_ties_are_those_of_tensorflow(padding, data, assert_relative):
    """Zeros as after ReLU, small integers, windows that overlap: sums are exact."""
    case = data.draw(poolings(padding))
    x, d_y = case.tied_arrays()
    expected = tensorflow_gradient(tf_max_pool2d, d_y, x, case.options)
    assert_relative(ref.max_pool2d_backward(d_y, x, **case.options), expected, "exact")


@given(case=poolings())
def test_every_gradient_arrives_somewhere(case):
    """Also if a whole window is tied, or meets padding: nothing is lost, nothing is doubled."""
    x, d_y = case.tied_arrays()
    assert ref.max_pool2d_backward(d_y, x, **case.options).sum() == d_y.sum()


def on_one_image(backward, d_y, x, **options):
    d_y, x = (np.array(a)[None, :, :, None] for a in (d_y, x))
    return backward(d_y, x, **options)[0, :, :, 0].tolist()


def test_of_equal_maxima_the_first_gets_the_whole_gradient():
    """As in a window of zeros after ReLU: the first in reading order, not both, not halves."""
    assert on_one_image(ref.max_pool2d_backward, [[5]], [[0, 0], [0, 0]]) == [[5, 0], [0, 0]]
    assert on_one_image(ref.max_pool2d_backward, [[5]], [[1, 2], [2, 2]]) == [[0, 5], [0, 0]]
    assert on_one_image(ref.max_pool2d_backward, [[5]], [[1, 1], [2, 2]]) == [[0, 0], [5, 0]]


def test_a_pixel_that_wins_twice_gets_both_gradients():
    x = [[0, 1, 0], [0, 9, 0], [0, 1, 0]]
    d_x = on_one_image(ref.max_pool2d_backward, [[1, 2], [3, 4]], x, size=2, stride=1)
    assert d_x == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


def test_the_maxima_of_feature_map_1():
    d_x = on_one_image(ref.max_pool2d_backward, [[1, 2], [3, 4]], lecture.FEATURE_MAP_1)
    assert d_x == [[1, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 4], [3, 0, 0, 0]]


def test_rows_that_pooling_drops_get_no_gradient():
    for _, backward in POOLINGS:
        d_x = backward(np.ones((1, 5, 5, 1)), np.ones((1, 11, 11, 1)))
        assert not d_x[:, 10].any()
        assert not d_x[:, :, 10].any()
        assert d_x.sum() == 25


def test_padding_gets_no_share_of_a_mean():
    d_x = on_one_image(ref.avg_pool2d_backward, [[1, 2], [3, 8]], [[0] * 2] * 2, padding=1)
    assert d_x == [[1, 2], [3, 8]]


@pytest.mark.parametrize("low", [-5, np.int8(-128), np.finfo(np.float64).min, -np.inf])
def test_padding_never_wins_not_even_against_the_lowest_number(low):
    """A pixel gets its gradient although the padding before it is as low: so in TensorFlow."""
    x = np.full((2, 2), low)
    d_x = on_one_image(ref.max_pool2d_backward, [[1, 2], [3, 8]], x, padding=1)
    assert d_x == [[1, 2], [3, 8]]


@pytest.mark.parametrize("backward", [ref.max_pool2d_backward, ref.avg_pool2d_backward])
@pytest.mark.parametrize(
    ("d_y", "x", "options", "error", "message"),
    [
        ((1, 2, 2, 1), (4, 4), {}, ShapeError, r"x must have 4 dimensions \(N, H, W, C\), got 2"),
        ((1, 1, 1, 1), (1, 1, 1, 1), {}, ShapeError, "a window of 2x2 does not fit on an image"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"size": 0}, ValueError, "size must be at least 1, got 0"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"size": (2, 2, 2)}, ValueError, "size must be one integer o"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"padding": 2}, ShapeError, "padding .* smaller than the win"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"padding": -1}, ValueError, "padding must be at least 0, go"),
        ((1, 2, 2, 1), (1, 4, 4, 1), {"padding": "full"}, ValueError, "padding must be .*'full'"),
        ((1, 4, 4, 1), (1, 4, 4, 1), {}, ShapeError, r"d_y .* \(1, 2, 2, 1\), got \(1, 4, 4, 1\)"),
        ((1, 2, 2, 3), (1, 4, 4, 1), {}, ShapeError, r"d_y .* \(1, 2, 2, 1\), got \(1, 2, 2, 3\)"),
        ((2, 2, 2, 1), (1, 4, 4, 1), {}, ShapeError, r"d_y .* \(1, 2, 2, 1\), got \(2, 2, 2, 1\)"),
        ((2, 2), (1, 4, 4, 1), {}, ShapeError, r"d_y must have the shape of the output, .*\(2, 2"),
    ],
)
def test_bad_input(backward, d_y, x, options, error, message):
    with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
        backward(np.zeros(d_y), np.zeros(x), **options)


@pytest.mark.parametrize("bad", ["a", 1j, None, [[1], [1, 2]]], ids=repr)
@pytest.mark.parametrize("what", ["d_y", "x"])
@pytest.mark.parametrize("backward", [ref.max_pool2d_backward, ref.avg_pool2d_backward])
def test_what_is_not_a_number(backward, what, bad):
    arguments = {"d_y": np.zeros((1, 2, 2, 1)), "x": np.zeros((1, 4, 4, 1)), what: bad}
    with pytest.raises(TypeError, match=f"^{backward.__name__}: {what} must hold real numbers"):
        backward(**arguments)
