"""Gradients of the small layers: measured away from kinks, and TensorFlow's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecturekit import reference as ref
from lecturekit import tf_ops
from lecturekit._tensorflow import tf
from lecturekit.shapes import ShapeError
from tests.reference.configurations import DTYPES, SEEDS, TOLERANCE, denses

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)
LAYERS = {
    "relu": (ref.relu, ref.relu_backward),
    "flatten": (ref.flatten, ref.flatten_backward),
    "softmax": (ref.softmax, ref.softmax_backward),
}


@st.composite
def inputs(draw, name, dtype=DTYPES):
    """Numbers of both signs, none of them near 0, and a gradient that tells all outputs apart."""
    shape = draw(SHAPES if name != "flatten" else SHAPES.filter(lambda s: len(s) > 1))
    dtype, rng = draw(dtype), np.random.default_rng(draw(SEEDS))
    x = rng.choice([-1, 1], shape) * rng.uniform(0.02, 2, shape)
    y = LAYERS[name][0](x)
    d_y = (rng.permutation(y.size) + rng.uniform(0.5, 1, y.size)).reshape(y.shape) / y.size
    return x.astype(dtype), d_y.astype(dtype)


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
def test_equals_the_measured_gradient(name, data, assert_relative):
    forward, backward = LAYERS[name]
    x, d_y = data.draw(inputs(name, st.just("float64")))
    expected = ref.numerical_gradient(lambda v: np.vdot(d_y, forward(v)), x)
    assert_relative(backward(d_y, x), expected, "numerical")


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
def test_equals_the_gradient_of_tensorflow(name, data, assert_relative):
    x, d_y = data.draw(inputs(name))
    v = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = getattr(tf_ops, name)(v)
    d_x = LAYERS[name][1](d_y, x)
    assert d_x.dtype == x.dtype
    expected = tape.gradient(y, v, output_gradients=tf.constant(d_y))
    assert_relative(d_x, expected, TOLERANCE[x.dtype.name])


@given(case=denses(st.just("float64")))
def test_dense_equals_the_measured_gradient(case, assert_relative):
    x, w, b, d_y = case.arrays()
    d_x, d_w, d_b = ref.dense_backward(d_y, x, w)

    def slope(f, at):
        return ref.numerical_gradient(lambda v: np.vdot(d_y, f(v)), at)

    assert_relative(d_x, slope(lambda v: ref.dense(v, w, b), x), "numerical")
    assert_relative(d_w, slope(lambda v: ref.dense(x, v, b), w), "numerical")
    assert_relative(d_b, slope(lambda v: ref.dense(x, w, v), b), "numerical")


@given(case=denses())
def test_dense_equals_the_gradient_of_tensorflow(case, assert_relative):
    x, w, b, d_y = case.arrays()
    variables = [tf.constant(a) for a in (x, w, b)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        y = tf_ops.dense(*variables)
    assert_relative(ref.dense(x, w, b), y, TOLERANCE[case.dtype])
    expected = tape.gradient(y, variables, output_gradients=tf.constant(d_y))
    for ours, theirs in zip(ref.dense_backward(d_y, x, w), expected, strict=True):
        assert ours.dtype == case.dtype
        assert_relative(ours, theirs, TOLERANCE[case.dtype])


def test_relu_passes_nothing_at_zero():
    x = np.array([-1.0, -0.0, 0.0, 5e-324, 1.0])
    assert ref.relu_backward([1, 2, 3, 4, 5], x).tolist() == [0, 0, 0, 4, 5]
    v = tf.constant([-1.0, -0.0, 0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = tf.nn.relu(v)
    assert ref.relu_backward(np.ones(4), v.numpy()).tolist() == tape.gradient(y, v).numpy().tolist()


def test_relu_asks_for_its_input_not_its_gradient():
    assert ref.relu_backward([-3, 3], [1, 1]).tolist() == [-3, 3]
    assert ref.relu_backward([-3, 3], [-1, -1]).tolist() == [0, 0]


def test_dense_sums_over_the_batch():
    _, d_w, d_b = ref.dense_backward(np.ones((7, 2)), np.ones((7, 3)), np.ones((3, 2)))
    assert d_w.tolist() == [[7, 7]] * 3
    assert d_b.tolist() == [7, 7]


def test_flatten_folds_up_what_it_unfolded(rng):
    x = rng.normal(size=(2, 3, 4, 5))
    assert np.array_equal(ref.flatten_backward(ref.flatten(x), x), x)


def test_softmax_asks_nothing_of_all_scores_alike(rng, assert_close):
    """Probabilities sum to 1 whatever comes: a gradient that is alike for all moves nothing."""
    x = rng.normal(size=(3, 5))
    assert_close(ref.softmax_backward(np.ones((3, 5)), x), np.zeros((3, 5)), "float64")
    assert_close(ref.softmax_backward(rng.random((3, 5)), x).sum(axis=1), np.zeros(3), "float64")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_is_safe_with_large_scores(dtype):
    d_x = ref.softmax_backward([[1.0, 2.0, 4.0]], np.array([[1e4, -1e4, 1e4]], dtype))
    assert d_x.tolist() == [[-0.75, 0, 0.75]]


BAD = [
    (ref.dense_backward, ((2, 2), (3,), (3, 2)), r"x must have 2 dimensions \(N, D\), got 1"),
    (ref.dense_backward, ((2, 2), (2, 3), (3,)), r"w must have 2 dimensions \(D, K\), got 1"),
    (ref.dense_backward, ((2, 2), (2, 4), (3, 2)), "x has 4 features but w expects 3"),
    (ref.dense_backward, ((2, 3), (2, 3), (3, 2)), r"d_y .* \(2, 2\), got \(2, 3\)"),
    (ref.dense_backward, ((1, 2), (2, 3), (3, 2)), r"d_y .* \(2, 2\), got \(1, 2\)"),
    (ref.dense_backward, ((2,), (2, 3), (3, 2)), r"d_y .* \(2, 2\), got \(2,\)"),
    (ref.relu_backward, ((3,), (4,)), r"d_y .* \(4,\), got \(3,\)"),
    (ref.relu_backward, ((1,), (4,)), r"d_y .* \(4,\), got \(1,\)"),
    (ref.relu_backward, ((), (4,)), r"d_y .* \(4,\), got \(\)"),
    (ref.relu_backward, ((2, 3), (3, 2)), r"d_y .* \(3, 2\), got \(2, 3\)"),
    (ref.flatten_backward, ((3,), (3,)), r"x must have at least 2 dimensions .* got \(3,\)"),
    (ref.flatten_backward, ((1, 5), (1, 2, 3)), r"d_y .* \(1, 6\), got \(1, 5\)"),
    (ref.flatten_backward, ((1, 2, 3), (1, 2, 3)), r"d_y .* \(1, 6\), got \(1, 2, 3\)"),
    (ref.flatten_backward, ((6, 1), (1, 2, 3)), r"d_y .* \(1, 6\), got \(6, 1\)"),
    (ref.softmax_backward, ((2, 3), (2, 4)), r"d_y .* \(2, 4\), got \(2, 3\)"),
    (ref.softmax_backward, ((3,), (2, 3)), r"d_y .* \(2, 3\), got \(3,\)"),
    (ref.softmax_backward, ((), ()), r"x must have at least one score on its last axis, got \(\)"),
    (ref.softmax_backward, ((2, 0), (2, 0)), r"x must have at least one score .*\(2, 0\)"),
]


@pytest.mark.parametrize(("backward", "shapes", "message"), BAD)
def test_bad_input(backward, shapes, message):
    with pytest.raises(ShapeError, match=f"^{backward.__name__}: {message}"):
        backward(*(np.zeros(shape) for shape in shapes))


@pytest.mark.parametrize("bad", ["a", 1j, None, [[1], [1, 2]]], ids=repr)
@pytest.mark.parametrize("what", ["d_y", "x", "w"])
def test_what_is_not_a_number(what, bad):
    arguments = {"d_y": np.zeros((1, 2)), "x": np.zeros((1, 2)), "w": np.zeros((2, 2)), what: bad}
    with pytest.raises(TypeError, match=f"^dense_backward: {what} must hold real numbers"):
        ref.dense_backward(**arguments)
    if what != "w":
        del arguments["w"]
        for _, backward in LAYERS.values():
            message = f"^{backward.__name__}: {what} must hold real numbers"
            with pytest.raises(TypeError, match=message):
                backward(**arguments)
