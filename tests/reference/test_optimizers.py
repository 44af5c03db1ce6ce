"""The optimizers alone: Keras' steps on a bowl, each by hand once, and what they refuse.

Keras brings Python's floats to float32 before it uses them as momentum, or corrects the means of
Adam with them: 0.9 becomes 0.8999999762. Given as NumPy's float64, they stay what they are.
"""

import numpy as np
import pytest

from lecturekit._tensorflow import keras, tf
from lecturekit.reference import CNN, layers, optimizers

SLOPES = np.array([0.1, 1.0, 5.0, 20.0])
"""The bowl ``sum(SLOPES * w**2) / 2``: flat in one direction, steep in another."""
START = np.array([3.0, -2.0, 1.0, 0.5])
STEPS = 20

CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.05}),
    ("SGD", {"learning_rate": 0.0}),
    ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.02, "momentum": 0.5}),
    ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.02, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.1}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.0}),
    ("Adam", {"learning_rate": 0.1, "beta_2": 0.0}),
    ("Adam", {"learning_rate": 0.1, "epsilon": 1.0}),
    ("Adam", {"learning_rate": 0.1, "epsilon": 0.0}),
]


def path(optimizer, dtype="float64", start=START):
    """Go down the bowl; return the weights after each step."""
    w, slopes = start.astype(dtype), SLOPES.astype(dtype)
    memory, seen = optimizer.start(w.size, w.dtype), []
    for number in range(1, STEPS + 1):
        w, memory = optimizer.step(w, slopes * w, memory, number)
        seen.append(w)
    return np.array(seen)


def keras_path(name, options, dtype):
    """Go down the bowl with Keras, every number as it is."""
    floatx = keras.config.floatx()
    keras.config.set_floatx(dtype)  # of the learning rate
    try:
        exact = {k: v if isinstance(v, bool) else np.float64(v) for k, v in options.items()}
        optimizer = getattr(keras.optimizers, name)(**exact)
        w, seen = keras.Variable(START, dtype=dtype), []
        for _ in range(STEPS):
            optimizer.apply([tf.constant(SLOPES, dtype) * w.value], [w])
            seen.append(w.numpy())
    finally:
        keras.config.set_floatx(floatx)
    return np.array(seen)


@pytest.mark.parametrize(("dtype", "line"), [("float32", "operation"), ("float64", "float64")])
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_every_step_is_that_of_keras(name, options, dtype, line, assert_relative):
    ours = path(getattr(optimizers, name)(**options), dtype)
    assert ours.dtype == dtype
    expected = keras_path(name, {**defaults(name), **options}, dtype)
    for w, theirs in zip(ours, expected, strict=True):
        assert_relative(w, theirs, line)


def defaults(name):
    """The numbers of ours that are not given: Keras' own are compared below."""
    return vars(getattr(optimizers, name)())


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_the_numbers_that_are_not_given_are_those_of_keras(name):
    config = getattr(keras.optimizers, name)().get_config()
    for option, value in defaults(name).items():
        assert value == pytest.approx(config[option], rel=1e-7)  # the learning rate is a float32


def test_gradient_descent_by_hand():
    sgd = optimizers.SGD(learning_rate=0.5)
    w, memory = sgd.step(np.array([1.0, 2.0]), np.array([2.0, -4.0]), sgd.start(2), 1)
    assert w.tolist() == [0, 4]
    assert memory == ()


@pytest.mark.parametrize(("nesterov", "expected"), [(False, [-1.0, -2.5]), (True, [-1.5, -3.25])])
def test_momentum_by_hand(nesterov, expected):
    """With a gradient of 1, the velocity is -1 and then -0.5 - 1; Nesterov looks one ahead."""
    sgd = optimizers.SGD(1.0, 0.5, nesterov)
    w, memory = np.zeros(1), sgd.start(1)
    seen = []
    for number in (1, 2):
        w, memory = sgd.step(w, np.ones(1), memory, number)
        seen.append(w.item())
    assert seen == expected
    assert memory[0].tolist() == [-1.5]


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient():
    adam = optimizers.Adam(0.1)
    gradient = np.array([1e-2, -1.0, 1e6])
    w, _ = adam.step(np.zeros(3), gradient, adam.start(3), 1)
    np.testing.assert_allclose(w, -0.1 * np.sign(gradient), rtol=1e-3)


def test_adam_does_not_move_where_the_gradient_is_zero():
    assert path(optimizers.Adam(0.1), start=np.zeros(4)).tolist() == np.zeros((STEPS, 4)).tolist()


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.1, 0.9), optimizers.Adam()], ids=str)
def test_nothing_that_comes_in_is_changed(optimizer):
    w, d_w, memory = np.ones(3), np.ones(3), optimizer.start(3)
    for array in (w, d_w, *memory):
        array.flags.writeable = False
    _, after = optimizer.step(w, d_w, memory, 1)
    assert len(after) == len(memory)
    assert not any(array.any() for array in memory)


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.1, 0.9), optimizers.Adam()], ids=str)
def test_the_memory_starts_as_zeros_of_the_dtype(optimizer):
    for array in optimizer.start(5, np.float32):
        np.testing.assert_array_equal(array, np.zeros(5, np.float32), strict=True)


# --- one of the reader's own ------------------------------------------------------------------


class Signs(optimizers.Optimizer):
    """Steps of one size: only the sign of the gradient counts."""

    def start(self, size, dtype=np.float64):
        return ()

    def step(self, w, d_w, memory, number):
        return w - w.dtype.type(0.25) * np.sign(d_w), memory


def test_fit_takes_an_optimizer_of_ones_own(rng):
    cnn = CNN([layers.Dense(3, activation="softmax")], (4,))
    x, labels = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    before, gradients = dict(cnn.weights), cnn.gradients(x, labels)
    history = cnn.fit(x, labels, epochs=1, optimizer=Signs())
    assert "Signs" in history.settings["optimizer"]
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(weight, before[name] - 0.25 * np.sign(gradients[name]))


# --- what they refuse -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optimizers.SGD(-0.1), ValueError, "SGD: learning_rate .* at least 0 .* got -0.1"),
        (lambda: optimizers.SGD(np.inf), ValueError, "SGD: learning_rate .* got inf"),
        (lambda: optimizers.SGD(np.nan), ValueError, "SGD: learning_rate .* got nan"),
        (lambda: optimizers.SGD("fast"), TypeError, "SGD: learning_rate .* number, got 'fast'"),
        (lambda: optimizers.SGD(None), TypeError, "SGD: learning_rate .* number, got None"),
        (lambda: optimizers.SGD(True), TypeError, "SGD: learning_rate .* number, got True"),
        (lambda: optimizers.SGD(0.1, 1), ValueError, "SGD: momentum .* below 1, got 1"),
        (lambda: optimizers.SGD(0.1, -0.5), ValueError, "SGD: momentum .* at least 0 .* got -0.5"),
        (lambda: optimizers.SGD(0.1, [0.9]), TypeError, r"SGD: momentum .* number, got \[0.9\]"),
        (lambda: optimizers.Adam(-1), ValueError, "Adam: learning_rate .* at least 0 .* got -1"),
        (lambda: optimizers.Adam(beta_1=1.0), ValueError, "Adam: beta_1 .* below 1, got 1.0"),
        (lambda: optimizers.Adam(beta_1=-0.1), ValueError, "Adam: beta_1 .* at least 0"),
        (lambda: optimizers.Adam(beta_2=1), ValueError, "Adam: beta_2 .* below 1, got 1"),
        (lambda: optimizers.Adam(beta_2="b"), TypeError, "Adam: beta_2 .* number, got 'b'"),
        (lambda: optimizers.Adam(epsilon=-1e-7), ValueError, "Adam: epsilon .* at least 0"),
        (lambda: optimizers.Adam(epsilon=np.nan), ValueError, "Adam: epsilon .* got nan"),
    ],
)
def test_they_name_the_number_that_is_wrong(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(0), 0])
def test_numbers_of_numpy_are_numbers(number):
    assert optimizers.SGD(number, number).learning_rate == number


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(np.float64(0.1)),
        optimizers.SGD(0.1, np.float64(0.5), nesterov=True),
        optimizers.Adam(np.float64(0.1)),
        optimizers.Adam(0.1, np.float64(0.5), np.float64(0.5), np.float64(1e-7)),
    ],
    ids=str,
)
def test_the_weights_keep_their_dtype_whatever_the_numbers_are(optimizer, rng):
    w, memory = np.ones(3, np.float32), optimizer.start(3, np.float32)
    w, memory = optimizer.step(w, np.ones(3, np.float32), memory, 1)
    assert {array.dtype.name for array in (w, *memory)} == {"float32"}
