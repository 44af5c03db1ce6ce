"""On a GPU, unasked: the same numbers, within the tolerances that hold on a CPU.

A GPU rounds the factors of convolutions and matrix products to TensorFloat-32 unless it is told
otherwise. So all tests but one tell it otherwise. `make test-gpu` runs them, and fails where
there is no GPU; `make test` computes on the CPU.
"""

import numpy as np
import pytest

from lecturekit import data, models, tf_ops, training
from lecturekit import feature_visualization as fv
from lecturekit import reference as ref
from lecturekit._tensorflow import tf
from tests.conftest import NO_GPU, need_gpu
from tests.reference.test_convolution import CASES, example
from tests.test_tf_ops import POOL_CASES

gpu = pytest.mark.gpu
STEPS = 10  # of Adam in float32; later ones drift apart, see test_training_like_keras.py


@pytest.fixture
def float32():
    """Convolutions and matrix products keep all bits of their factors."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    yield
    tf.config.experimental.enable_tensor_float_32_execution(before)


def on_gpu(tensor):
    """Tell whether a tensor or a variable lies on the first GPU."""
    return tensor.device.endswith("GPU:0")


@gpu
@pytest.mark.usefixtures("float32")
@pytest.mark.parametrize("options", CASES, ids=str)
def test_conv2d_and_its_gradients(options, rng, assert_close):
    x, w, b = example(rng, groups=options.get("groups", 1))
    tensors = [tf.constant(array) for array in (x, w, b)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = tf_ops.conv2d(*tensors, **options)
    d_y = rng.normal(size=y.shape).astype("f")
    gradients = tape.gradient(y, tensors, output_gradients=tf.constant(d_y))
    assert all(map(on_gpu, [*tensors, y, *gradients]))
    assert_close(y, ref.conv2d(x, w, b, **options), "operation")
    for actual, expected in zip(gradients, ref.conv2d_backward(d_y, x, w, **options), strict=True):
        assert_close(actual, expected, "gradient")


@gpu
@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("options", POOL_CASES, ids=str)
def test_pooling_and_its_gradient(pool, options, rng, assert_close):
    x = tf.constant(example(rng)[0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = getattr(tf_ops, pool)(x, **options)
    d_y = rng.normal(size=y.shape).astype("f")
    gradient = tape.gradient(y, x, output_gradients=tf.constant(d_y))
    assert all(map(on_gpu, [x, y, gradient]))
    assert_close(y, getattr(ref, pool)(x.numpy(), **options), "operation")
    expected = getattr(ref, f"{pool}_backward")(d_y, x.numpy(), **options)
    assert_close(gradient, expected, "gradient")


@gpu
@pytest.mark.usefixtures("float32")
def test_dense_relu_and_softmax_and_their_gradients(rng, assert_close):
    x, w, b = (rng.normal(size=size).astype("f") for size in ((6, 50), (50, 10), (10,)))
    labels = np.arange(6)
    tensors = [tf.constant(array) for array in (x, w, b)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        z = tf_ops.dense(tf_ops.relu(tensors[0]), *tensors[1:])
        p = tf_ops.softmax(z)
        loss = -tf.reduce_mean(tf.math.log(tf.gather(p, labels, batch_dims=1)))
    gradients = tape.gradient(loss, tensors)
    assert all(map(on_gpu, [z, p, loss, *gradients]))
    logits = ref.dense(ref.relu(x), w, b)
    assert_close(p, ref.softmax(logits), "operation")
    expected, d_z = ref.softmax_cross_entropy(logits, labels)
    assert_close(loss, expected, "operation")
    d_relu, *d_weights = ref.dense_backward(d_z, ref.relu(x), w)
    for actual, wanted in zip(gradients, [ref.relu_backward(d_relu, x), *d_weights], strict=True):
        assert_close(actual, wanted, "gradient")


@gpu
def test_the_second_layer_as_a_gpu_computes_it_by_default(rng, assert_relative):
    x, w = rng.normal(size=(8, 13, 13, 25)).astype("f"), rng.normal(size=(3, 3, 25, 50)).astype("f")
    y = tf_ops.conv2d(x, w)
    assert on_gpu(y)
    assert_relative(y.numpy(), ref.conv2d(x, w), "TensorFloat-32")


@gpu
@pytest.mark.usefixtures("float32")
def test_an_epoch_of_training_begins_as_in_numpy_and_learns(assert_relative):
    digits = data.load_digits()
    model = models.build_cnn()
    twin = ref.CNN.from_keras(model)
    theirs = training.train(model, digits, epochs=1)
    assert all(on_gpu(variable.value) for variable in model.variables)
    assert on_gpu(model(digits.x_test[:1]))
    ours = twin.fit(digits.x_train, digits.y_train, epochs=1, batch_size=100, optimizer="adam")
    assert len(theirs.step_loss) == len(ours.step_loss) == 15
    assert_relative(theirs.step_loss[:STEPS], ours.step_loss[:STEPS], "training")
    _, accuracy = training.evaluate(model, digits.x_test, digits.y_test)
    assert accuracy > 0.7


@gpu
@pytest.mark.usefixtures("float32")
def test_an_ascent_reaches_the_scores_of_numpy(assert_relative):
    model = models.load_pretrained()
    second = fv.Filter("conv2d_2", range(50))
    images = data.load_digits().x_test[:50]
    slope = fv.gradient(model, second, images)
    assert_relative(slope, fv.gradient(data.load_cnn(), second, images), "gradient")
    climbs = [
        fv.maximize(network, second, steps=30, step_size=0.02)
        for network in (model, data.load_cnn())
    ]
    theirs, ours = climbs
    assert (theirs.scores[-1] > theirs.scores[0]).all()
    assert_relative(theirs.scores, ours.scores, "score")


# --- without a GPU -----------------------------------------------------------------------------


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_tests_skip_and_say_why(monkeypatch):
    monkeypatch.delenv("LECTUREKIT_REQUIRE_GPU", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"^{NO_GPU}$"):
        need_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(pytest.skip.Exception, match="since CUDA_VISIBLE_DEVICES is '-1'"):
        need_gpu()


@pytest.mark.usefixtures("no_gpu")
def test_where_a_gpu_is_required_they_fail(monkeypatch):
    monkeypatch.setenv("LECTUREKIT_REQUIRE_GPU", "1")
    with pytest.raises(pytest.fail.Exception, match=f"{NO_GPU}.*: see book/running.md"):
        need_gpu()


def test_tensorfloat_32_stays_within_its_tolerance(rng, assert_relative):
    """NumPy on factors that are rounded to 11 bits, as a GPU does it."""
    x, w = rng.normal(size=(8, 13, 13, 25)).astype("f"), rng.normal(size=(3, 3, 25, 50)).astype("f")
    expected = ref.conv2d(x, w)
    rounded = ref.conv2d(as_tensorfloat(x), as_tensorfloat(w))
    assert_relative(rounded, expected, "TensorFloat-32")
    assert ref.relative_error(rounded, expected) > 1e-5


def as_tensorfloat(x):
    """Round float32 to 11 bits: all but the 13 last of its 24."""
    bits = x.view(np.uint32)
    return ((bits + np.uint32(1 << 12)) & np.uint32(0xFFFFE000)).view(np.float32)
