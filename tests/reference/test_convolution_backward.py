"""Gradients of the convolution: measured, TensorFlow's, and worked by hand.

Slips, and the tests that each of them fails (the property tests fail with them):

- the kernel is turned on the way back: `test_one_output_sends_the_filter_back_unturned`;
- the gradient of one tap is dropped: `test_every_tap_has_its_gradient`;
- gradients are averaged over the positions: `test_a_shared_weight_sums_over_all_positions`.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lecturekit import lecture, tf_ops
from lecturekit import reference as ref
from lecturekit._tensorflow import tf
from lecturekit.shapes import ShapeError
from tests.reference.configurations import TOLERANCE, convolutions, tensorflow_crashes


@given(case=convolutions(dtype=st.just("float64"), room=1))
def test_equals_the_measured_gradient(case, assert_relative):
    x, w, b, d_y = case.arrays()

    def loss(x, w, b):
        return np.vdot(d_y, ref.conv2d(x, w, b, **case.options))

    d_x, d_w, d_b = ref.conv2d_backward(d_y, x, w, **case.options)
    assert_relative(d_x, ref.numerical_gradient(lambda v: loss(v, w, b), x), "numerical")
    assert_relative(d_w, ref.numerical_gradient(lambda v: loss(x, v, b), w), "numerical")
    assert_relative(d_b, ref.numerical_gradient(lambda v: loss(x, w, v), b), "numerical")


@given(case=convolutions())
def test_equals_the_gradient_of_tensorflow(case, assert_relative):
    """By `tf_ops`: TensorFlow's own groups and dilations have gradients on some machines only."""
    *variables, d_y = (tf.constant(a) for a in case.arrays())
    with tf.GradientTape() as tape:
        tape.watch(variables)
        y = tf_ops.conv2d(*variables, **case.options)
    expected = tape.gradient(y, variables, output_gradients=d_y)
    x, w, _, d_y = case.arrays()
    gradients = ref.conv2d_backward(d_y, x, w, **case.options)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert ours.dtype == case.dtype
        assert_relative(ours, theirs, TOLERANCE[case.dtype])


@given(case=convolutions(st.sampled_from(["valid", "same"]), dilations=st.just(1)))
def test_equals_what_tensorflow_differentiates_directly(case, assert_relative):
    """One group without dilation: ``tf.nn.conv2d`` itself, which pads by itself."""
    assume(not tensorflow_crashes(case))
    x, w, _, d_y = case.arrays()
    x, options = x[..., : w.shape[2]], {**case.options, "groups": 1}
    variables = [tf.constant(x), tf.constant(w)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        y = tf.nn.conv2d(*variables, options["stride"], options["padding"].upper())
    expected = tape.gradient(y, variables, output_gradients=tf.constant(d_y))
    d_x, d_w, _ = ref.conv2d_backward(d_y, x, w, **options)
    assert_relative(d_x, expected[0], TOLERANCE[case.dtype])
    assert_relative(d_w, expected[1], TOLERANCE[case.dtype])


def on_the_image(d_y, kernel):
    """Gradients for the slide's image and one filter, as 2-D arrays."""
    x, w = lecture.IMAGE[None, :, :, None], kernel[:, :, None, None]
    d_x, d_w, d_b = ref.conv2d_backward(d_y[None, :, :, None], x, w)
    return d_x[0, :, :, 0], d_w[:, :, 0, 0], d_b.item()


@pytest.mark.parametrize("place", list(np.ndindex(4, 4)), ids=str)
def test_one_output_sends_the_filter_back_unturned(place):
    """Where one output counts, its pixels get the filter, the filter its pixels, the bias 1."""
    kernel, (i, j) = lecture.KERAS_SLIDE_FILTER, place
    d_y, expected = np.zeros((4, 4)), np.zeros((6, 6))
    d_y[place], expected[i : i + 3, j : j + 3] = 1, kernel
    d_x, d_w, d_b = on_the_image(d_y, kernel)
    assert d_x.tolist() == expected.tolist()
    assert d_w.tolist() == lecture.IMAGE[i : i + 3, j : j + 3].tolist()
    assert d_b == 1


@pytest.mark.parametrize("tap", list(np.ndindex(3, 3)), ids=str)
def test_every_tap_has_its_gradient(tap, rng):
    p, q = tap
    kernel, d_y = np.zeros((3, 3)), rng.integers(1, 9, (4, 4))
    kernel[tap] = 1
    d_x, d_w, _ = on_the_image(d_y, kernel)
    assert d_w[tap] == (lecture.IMAGE[p : p + 4, q : q + 4] * d_y).sum()
    assert d_x[p : p + 4, q : q + 4].tolist() == d_y.tolist()
    assert d_x.sum() == d_y.sum()


@pytest.mark.parametrize("images", [1, 5])
def test_a_shared_weight_sums_over_all_positions(images):
    """16 positions on each image, a gradient of 1 at each of them: not their mean, 1."""
    x, d_y = np.ones((images, 6, 6, 1)), np.ones((images, 4, 4, 1))
    d_x, d_w, d_b = ref.conv2d_backward(d_y, x, np.ones((3, 3, 1, 1)))
    assert d_w.ravel().tolist() == [16 * images] * 9
    assert d_b.tolist() == [16 * images]
    assert d_x[0, :, :, 0].max() == 9  # a pixel in the middle lies under all nine weights


def test_shared_and_missing_connections_of_a_fully_connected_layer(rng, assert_relative):
    """The slide's view: a weight's gradient is the sum over all connections that share it."""
    image, kernel, d_y = rng.random((6, 5)), rng.random((3, 2)), rng.random((4, 4))
    table, matrix = ref.connections((6, 5), (3, 2)), ref.convolution_matrix(kernel, (6, 5))
    d_row, d_matrix, _ = ref.dense_backward(d_y.reshape(1, 16), image.reshape(1, 30), matrix)
    tied = [d_matrix[table == weight].sum() for weight in range(1, 7)]
    d_x, d_w, _ = ref.conv2d_backward(
        d_y[None, :, :, None], image[None, :, :, None], kernel[:, :, None, None]
    )
    assert_relative(d_x.ravel(), d_row.ravel(), "float64")
    assert_relative(d_w.ravel(), tied, "float64")


def test_groups_do_not_hear_of_each_other(rng):
    x, w, d_y = rng.random((2, 5, 5, 4)), rng.random((3, 3, 2, 6)), np.zeros((2, 3, 3, 6))
    d_y[..., 3:] = 1
    d_x, d_w, d_b = ref.conv2d_backward(d_y, x, w, groups=2)
    for gradient, half in ((d_x, 2), (d_w, 3), (d_b, 3)):
        assert not gradient[..., :half].any()
        assert gradient[..., half:].all()


def test_pixels_that_no_window_sees_get_no_gradient():
    d_x, _, _ = ref.conv2d_backward(
        np.ones((1, 2, 2, 1)), np.ones((1, 6, 6, 1)), np.ones((2, 2, 1, 1)), stride=3
    )
    assert d_x[0, :, :, 0].tolist() == [[1, 1, 0, 1, 1, 0]] * 2 + [[0] * 6] + [
        [1, 1, 0, 1, 1, 0]
    ] * 2 + [[0] * 6]


X, W, Y = (1, 6, 6, 1), (3, 3, 1, 2), (1, 4, 4, 2)


@pytest.mark.parametrize(
    ("d_y", "x", "w", "options", "error", "message"),
    [
        (Y, (6, 6), W, {}, ShapeError, r"x must have 4 dimensions \(N, H, W, C\), got 2: \(6, 6\)"),
        (Y, X, (3, 3), {}, ShapeError, r"w must have 4 dimensions \(kh, kw, C, F\), got 2"),
        (Y, (1, 6, 6, 3), W, {}, ShapeError, r"x has 3 channels but w expects 1 \(x \(1, 6, 6, 3"),
        (Y, X, (3, 3, 1, 0), {}, ShapeError, "w must have at least one channel and one filter"),
        (Y, (1, 6, 6, 3), W, {"groups": 2}, ShapeError, "x has 3 channels but .* 2 groups"),
        (Y, (1, 6, 6, 3), W, {"groups": 3}, ShapeError, "2 filters do not divide into 3 groups"),
        (Y, X, W, {"groups": 0}, ValueError, "groups must be at least 1, got 0"),
        (Y, (1, 2, 2, 1), W, {}, ShapeError, "a window of 3x3 does not fit on an image of 2x2"),
        (Y, X, W, {"dilation": 3}, ShapeError, "a window of 7x7 does not fit on an image of 6x6"),
        (Y, X, W, {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        (Y, X, W, {"dilation": 0}, ValueError, "dilation must be at least 1, got 0"),
        (Y, X, W, {"stride": 1.5}, TypeError, "stride must be an integer, got 1.5"),
        (Y, X, W, {"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        (Y, X, W, {"padding": "SAME"}, ValueError, 'padding must be "valid", "same".* got \'SAME'),
        ((1, 4, 4, 1), X, W, {}, ShapeError, r"d_y .* the output, \(1, 4, 4, 2\), got \(1, 4, 4, "),
        ((2, 4, 4, 2), X, W, {}, ShapeError, r"d_y .* \(1, 4, 4, 2\), got \(2, 4, 4, 2\)"),
        ((1, 6, 6, 2), X, W, {}, ShapeError, r"d_y .* \(1, 4, 4, 2\), got \(1, 6, 6, 2\)"),
        ((4, 4), X, W, {}, ShapeError, r"d_y .* \(1, 4, 4, 2\), got \(4, 4\)"),
        (Y, X, W, {"padding": 1}, ShapeError, r"d_y .* \(1, 6, 6, 2\), got \(1, 4, 4, 2\)"),
        ((), X, W, {}, ShapeError, r"d_y .* \(1, 4, 4, 2\), got \(\)"),
    ],
)
def test_bad_input(d_y, x, w, options, error, message):
    with pytest.raises(error, match=f"^conv2d_backward: {message}"):
        ref.conv2d_backward(np.zeros(d_y), np.zeros(x), np.zeros(w), **options)


@pytest.mark.parametrize("bad", ["a", 1j, None, [[1], [1, 2]]], ids=repr)
@pytest.mark.parametrize("what", ["d_y", "x", "w"])
def test_what_is_not_a_number(what, bad):
    arguments = {"d_y": np.zeros(Y), "x": np.zeros(X), "w": np.zeros(W), what: bad}
    with pytest.raises(TypeError, match=f"^conv2d_backward: {what} must hold real numbers"):
        ref.conv2d_backward(**arguments)
