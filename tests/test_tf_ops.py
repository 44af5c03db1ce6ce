"""TensorFlow and Keras give what NumPy gives, in value, shape, dtype and error."""

import numpy as np
import pytest

from lecturekit import reference as ref
from lecturekit import tf_ops
from lecturekit._tensorflow import keras, tf
from lecturekit.shapes import ShapeError
from tests.reference.test_convolution import CASES, example

POOL_CASES = [
    {},
    {"size": 3},
    {"size": (2, 3)},
    {"size": 3, "stride": 1},
    {"size": 2, "stride": 3},
    {"size": 3, "stride": 2, "padding": "same"},
    {"size": 3, "padding": 1},
    {"size": 3, "padding": (2, 0), "stride": (1, 2)},
]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_conv2d(options, rng, assert_close):
    x, w, b = example(rng, groups=options.get("groups", 1))
    assert_close(tf_ops.conv2d(x, w, b, **options), ref.conv2d(x, w, b, **options), "operation")


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("options", POOL_CASES, ids=str)
def test_pooling(pool, options, rng, assert_close):
    x, _, _ = example(rng)
    expected = getattr(ref, pool)(x, **options)
    assert_close(getattr(tf_ops, pool)(x, **options), expected, "operation")


def test_small_layers(rng, assert_close):
    x, w, b = (rng.normal(size=s).astype("f") for s in ((3, 5), (5, 4), (4,)))
    assert_close(tf_ops.dense(x, w, b), ref.dense(x, w, b), "operation")
    assert_close(tf_ops.relu(x), ref.relu(x), "exact")
    assert_close(tf_ops.softmax(x), ref.softmax(x), "operation")
    image = rng.normal(size=(2, 3, 4, 5))
    assert_close(tf_ops.flatten(image), ref.flatten(image), "exact")


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_numpy_equals_keras_layers(padding, stride, rng, assert_close):
    x, w, b = example(rng)
    layer = keras.layers.Conv2D(8, (3, 2), strides=stride, padding=padding)
    layer.build(x.shape)
    layer.set_weights([w, b])
    options = {"stride": stride, "padding": padding}
    assert_close(layer(x), ref.conv2d(x, w, b, **options), "operation")
    for ours, theirs in (
        (ref.max_pool2d, keras.layers.MaxPooling2D),
        (ref.avg_pool2d, keras.layers.AveragePooling2D),
    ):
        pooling = theirs(3, strides=stride, padding=padding)
        assert_close(pooling(x), ours(x, 3, **options), "operation")


def test_keras_dense_flatten_and_activations(rng, assert_close):
    x = rng.normal(size=(2, 5, 5, 3)).astype("f")
    row = keras.layers.Flatten()(x)
    assert_close(row, ref.flatten(x), "exact")
    layer = keras.layers.Dense(4)
    y = layer(row)
    assert_close(y, ref.dense(ref.flatten(x), *layer.get_weights()), "operation")
    assert_close(keras.activations.relu(y), ref.relu(np.asarray(y)), "exact")
    assert_close(keras.activations.softmax(y), ref.softmax(np.asarray(y)), "operation")


@pytest.mark.parametrize(
    "dtypes",
    [
        ("f2", "f2"),
        ("f4", "f4"),
        ("f4", "f8"),
        ("f4", "i8"),
        ("u1", "f4"),
        ("i8", "f2"),
        ("u1", "i1"),
        ("?", "?"),
    ],
)
def test_dtypes_are_those_of_numpy(dtypes):
    x, w = np.ones((1, 4, 4, 1), dtypes[0]), np.ones((3, 3, 1, 1), dtypes[1])
    assert tf_ops.conv2d(x, w).dtype.as_numpy_dtype == ref.conv2d(x, w).dtype
    assert tf_ops.conv2d(x, w).numpy().max() == 9
    row = w.reshape(9, 1)
    assert tf_ops.dense(row.T, row).dtype.as_numpy_dtype == ref.dense(row.T, row).dtype
    assert tf_ops.avg_pool2d(x).dtype.as_numpy_dtype == ref.avg_pool2d(x).dtype


def test_float16_is_summed_in_float32():
    x = np.full((1, 1, 2, 1), 300, np.float16)
    w = np.array([300, -299.75], np.float16).reshape(1, 2, 1, 1)
    assert tf_ops.conv2d(x, w).numpy().item() == 75
    # float16 holds 2048 and 2050, not 2049: the bias comes before the result is rounded.
    x = np.array([2048, 1], np.float16).reshape(1, 1, 2, 1)
    w, b = np.ones((1, 2, 1, 1), np.float16), np.ones(1, np.float16)
    assert tf_ops.conv2d(x, w, b).numpy().item() == 2050
    assert tf_ops.dense(x.reshape(1, 2), w.reshape(2, 1), b).numpy().item() == 2050


def test_lists_become_what_numpy_makes_of_them(assert_close):
    for row in ([[1.5, 2.0]], [[1, 2]], [[True, False]]):
        for name in ("relu", "softmax", "flatten"):
            expected = getattr(ref, name)(row)
            actual = getattr(tf_ops, name)(row).numpy()
            assert actual.dtype == expected.dtype
            assert_close(actual, expected, "float64")
    assert tf_ops.dense([[0.1]], [[1]]).numpy().item() == 0.1


def test_a_list_of_tensors_keeps_the_gradient():
    parts = [tf.constant([1.0, -2.0]), tf.constant([3.0, 4.0])]
    with tf.GradientTape() as tape:
        tape.watch(parts)
        y = tf.reduce_sum(tf_ops.relu(parts))
    assert [g.numpy().tolist() for g in tape.gradient(y, parts)] == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (tf.bfloat16, tf.bfloat16),
        (tf.int32, tf.bfloat16),
        (tf.float16, tf.float32),
        (tf.float32, tf.float32),
        (tf.float64, tf.float64),
    ],
)
def test_bfloat16_stays_unless_something_wider_came(other, expected):
    x, w = tf.ones((1, 4, 4, 1), tf.bfloat16), tf.ones((3, 3, 1, 1), other)
    assert tf_ops.conv2d(x, w).dtype == expected
    assert tf_ops.dense(tf.ones((1, 2), tf.bfloat16), tf.ones((2, 1), other)).dtype == expected
    for name in ("relu", "softmax", "flatten", "max_pool2d", "avg_pool2d"):
        for value in (x, x.numpy()):
            assert getattr(tf_ops, name)(value).dtype == tf.bfloat16


def test_bfloat16_is_summed_in_float32():
    """In bfloat16 the sum stops at 256, where 1 is less than half a step."""
    ones = tf.ones((1, 1024), tf.bfloat16)
    assert tf_ops.dense(ones, tf.transpose(ones)).numpy().item() == 1024
    x = tf.constant([[1.0, 1 / 256, -1.0]], tf.bfloat16)
    assert tf_ops.dense(x, tf.ones((3, 1), tf.bfloat16)).numpy().item() == 1 / 256


def test_empty_batch():
    x, w = np.zeros((0, 6, 6, 1), "f"), np.zeros((3, 3, 1, 2), "f")
    assert tf_ops.conv2d(x, w).shape == (0, 4, 4, 2)
    assert tf_ops.max_pool2d(x).shape == tf_ops.avg_pool2d(x).shape == (0, 3, 3, 1)
    assert tf_ops.flatten(x).shape == (0, 36)


def test_it_can_be_differentiated(rng):
    x, w, b = (tf.constant(a) for a in example(rng))
    with tf.GradientTape() as tape:
        tape.watch([x, w, b])
        y = tf_ops.max_pool2d(tf_ops.relu(tf_ops.conv2d(x, w, b, stride=(1, 1), padding=1)))
        loss = tf.reduce_sum(y**2)
    for gradient, value in zip(tape.gradient(loss, [x, w, b]), (x, w, b), strict=True):
        assert gradient.shape == value.shape
        assert np.count_nonzero(gradient) > 0


def test_max_pooling_drops_nan_on_a_cpu_as_the_docstring_says():
    x = np.array([[1, np.nan], [2, 3]], "f")[None, :, :, None]
    with tf.device("CPU"):
        assert tf_ops.max_pool2d(x).numpy().item() == 3
    assert np.isnan(ref.max_pool2d(x)).all()


@pytest.mark.parametrize("dtype", "bhilqBHILQ")
def test_max_pooling_keeps_integers(dtype):
    limits = np.iinfo(dtype)
    corners = np.array([limits.min, limits.max, 0, limits.max // 2, limits.max // 2 + 1], dtype)
    x = np.resize(corners, (1, 4, 4, 1))
    for options in ({}, {"padding": 1}, {"size": 1}):
        y = tf_ops.max_pool2d(x, **options).numpy()
        assert y.dtype == x.dtype
        assert np.array_equal(y, ref.max_pool2d(x, **options))


BAD = [
    ("conv2d", ((1, 6, 6, 3), (3, 3, 1, 2)), {}),
    ("conv2d", ((6, 6), (3, 3, 1, 2)), {}),
    ("conv2d", ((1, 2, 2, 1), (3, 3, 1, 2)), {}),
    ("conv2d", ((1, 6, 6, 1), (3, 3, 1, 2), (3,)), {}),
    ("conv2d", ((1, 6, 6, 1), (3, 3, 1, 0)), {}),
    ("conv2d", ((1, 6, 6, 0), (3, 3, 0, 2)), {}),
    ("conv2d", ((1, 6, 6, 1), (0, 3, 1, 2)), {}),
    ("conv2d", ((1, 6, 6, 1), (3, 3, 1, 2)), {"stride": 0}),
    ("conv2d", ((1, 6, 6, 1), (3, 3, 1, 2)), {"padding": -1}),
    ("max_pool2d", ((4, 4),), {}),
    ("max_pool2d", ((1, 4, 4, 1),), {"padding": 2}),
    ("avg_pool2d", ((1, 1, 1, 1),), {}),
    ("dense", ((1, 4), (3, 2)), {}),
    ("dense", ((4,), (3, 2)), {}),
    ("dense", ((1, 3), (3, 2), (3,)), {}),
    ("flatten", ((3,),), {}),
    ("softmax", ((2, 0),), {}),
]


@pytest.mark.parametrize(("name", "shapes", "options"), BAD)
def test_errors_read_like_those_of_numpy(name, shapes, options):
    arrays = [np.zeros(shape, "f") for shape in shapes]
    with pytest.raises((ShapeError, ValueError)) as expected:
        getattr(ref, name)(*arrays, **options)
    with pytest.raises(type(expected.value)) as actual:
        getattr(tf_ops, name)(*arrays, **options)
    assert str(actual.value) == str(expected.value)


@pytest.mark.parametrize("bad", ["a", [None], [[1], [1, 2]], np.zeros((1, 2, 2, 1), complex)])
@pytest.mark.parametrize("name", ["relu", "max_pool2d", "avg_pool2d", "softmax", "flatten"])
def test_what_is_not_a_number(name, bad):
    with pytest.raises(TypeError, match=f"^{name}: x must hold real numbers") as expected:
        getattr(ref, name)(bad)
    with pytest.raises(TypeError) as actual:
        getattr(tf_ops, name)(bad)
    assert str(actual.value) == str(expected.value)


@pytest.mark.parametrize(
    ("bad", "came"),
    [
        (tf.constant("a"), "dtype string"),
        (tf.constant(1j), "dtype complex128"),
        (tf.sparse.from_dense(np.eye(99)), r"SparseTensor of dtype <dtype: 'float64'>"),
    ],
    ids=["text", "complex", "sparse"],
)
def test_what_tensorflow_cannot_take(bad, came):
    """The message names the type: it does not print the whole array."""
    with pytest.raises(TypeError, match=f"^relu: x must hold real numbers, got {came}$"):
        tf_ops.relu(bad)
