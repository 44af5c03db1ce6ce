"""Training in NumPy: it learns, it repeats, and it stops with good weights when it goes wrong.

That each step is Keras' step is in `test_training_like_keras`.
"""

import re

import numpy as np
import pytest

from lecturekit import data
from lecturekit._history import Record
from lecturekit.reference import CNN, History, layers, optimizers
from lecturekit.shapes import ShapeError

IMAGES = 50


@pytest.fixture(scope="module")
def few():
    """Digits of 8x8 pixels, every third of the 28: enough to learn something at once."""
    digits = data.load_digits()
    return digits.x_train[:IMAGES, 2:26:3, 2:26:3], digits.y_train[:IMAGES]


def network(*more, **options):
    chosen = [
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(2),
        *more,
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
    return CNN(chosen, (8, 8, 1), **options)


def fit(few, **options):
    cnn = network()
    return cnn, cnn.fit(*few, **({"epochs": 2, "batch_size": 20} | options))


def assert_same(weights, others):
    assert list(weights) == list(others)
    for name, weight in weights.items():
        np.testing.assert_array_equal(weight, others[name], strict=True)


class Stop(optimizers.SGD):
    """Gradient descent until the reader stops the kernel, in the middle of a step."""

    def step(self, w, d_w, memory, number):
        if number == 4:
            raise KeyboardInterrupt
        return super().step(w, d_w, memory, number)


# --- it learns --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "optimizer", [optimizers.Adam(0.01), optimizers.SGD(0.2), optimizers.SGD(0.05, 0.9)], ids=str
)
def test_the_loss_falls_and_the_accuracy_rises(optimizer, few):
    cnn, history = fit(few, epochs=40, optimizer=optimizer)
    assert history.loss[-1] < 0.3 * history.loss[0]
    assert history.accuracy[-1] > 0.8 > history.accuracy[0]
    assert cnn.evaluate(*few)[0] < history.loss[-1] * 1.5


def test_the_history_has_one_value_for_each_epoch_and_step_and_the_settings(few):
    _, history = fit(few, epochs=3, seed=5)
    assert isinstance(history, History)
    assert history.loss.shape == history.accuracy.shape == (3,)
    assert history.step_loss.shape == (9,)  # 20, 20 and 10 images in each epoch
    assert history.loss.dtype == history.step_loss.dtype == np.float64
    assert history.held_out_loss is None
    assert history.held_out_accuracy is None
    assert history.settings == {
        "epochs": 3,
        "batch_size": 20,
        "seed": 5,
        "optimizer": "Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)",
        "images": IMAGES,
    }


def test_the_loss_of_an_epoch_is_the_mean_over_its_images(few):
    _, history = fit(few, epochs=2)
    means = history.step_loss.reshape(2, 3) @ [20, 20, 10] / 50
    np.testing.assert_allclose(history.loss, means, rtol=1e-12)


def test_history_holds_means_over_the_epoch(few):
    """With a learning rate of 0 the weights stay, so the means are those of `evaluate`."""
    cnn, history = fit(few, optimizer=optimizers.SGD(0.0))
    loss, accuracy = cnn.evaluate(*few)
    np.testing.assert_allclose(history.loss, loss, rtol=1e-6)
    np.testing.assert_allclose(history.accuracy, accuracy, rtol=1e-6)
    assert_same(cnn.weights, network().weights)


def test_the_first_step_goes_down_the_gradient(few, assert_relative):
    cnn, history = fit(few, epochs=1, batch_size=IMAGES, optimizer=optimizers.SGD(0.5))
    start = network()
    assert history.step_loss[0] == pytest.approx(start.evaluate(*few)[0], rel=1e-6)
    for name, gradient in start.gradients(*few).items():
        assert_relative(cnn.weights[name], start.weights[name] - 0.5 * gradient, "operation")


def test_a_batch_may_be_larger_than_the_data(few):
    cnn, history = fit(few, batch_size=1000)
    whole, _ = fit(few, batch_size=IMAGES)
    assert history.step_loss.shape == (2,)
    assert_same(cnn.weights, whole.weights)


def test_the_last_batch_may_be_smaller(few):
    """50 images by 49: the fourth step sees one image."""
    _, history = fit(few, batch_size=49)
    assert history.step_loss.shape == (4,)
    assert np.isfinite(history.step_loss).all()


def test_held_out_images_are_measured_and_not_trained_on(few):
    held_out = few[0][:13], few[1][:13]
    cnn, history = fit(few, held_out=held_out)
    alone, without = fit(few)
    np.testing.assert_array_equal(history.loss, without.loss)
    assert_same(cnn.weights, alone.weights)
    assert history.held_out_loss.shape == history.held_out_accuracy.shape == (2,)
    assert (history.held_out_loss[-1], history.held_out_accuracy[-1]) == cnn.evaluate(*held_out)


def test_training_goes_on_from_the_weights_that_are_there(few):
    cnn, first = fit(few, epochs=3)
    second = cnn.fit(*few, epochs=1, batch_size=20)
    assert second.loss[0] < first.loss[0]


def test_float64_stays_float64(few):
    cnn = network(weights={name: w.astype(float) for name, w in network().weights.items()})
    cnn.fit(*few, epochs=1)
    assert {weight.dtype.name for weight in cnn.weights.values()} == {"float64"}
    assert {weight.dtype.name for weight in fit(few)[0].weights.values()} == {"float32"}


def test_labels_and_images_may_be_of_any_integer(few):
    x, y = (255 * few[0]).astype(np.uint8), few[1].astype(np.uint8)
    cnn, _ = fit((x, y))
    same, _ = fit((x.astype(np.float32), y.astype(np.int64)))
    assert_same(cnn.weights, same.weights)


def test_a_dropout_that_drops_nothing_is_no_obstacle(few):
    cnn = network(layers.Dropout(0))
    cnn.fit(*few, epochs=2, batch_size=20)
    assert_same(cnn.weights, fit(few)[0].weights)


# --- it repeats -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_history_and_weights_bit_by_bit(few):
    (one, history), (two, again) = fit(few, seed=3), fit(few, seed=3)
    np.testing.assert_array_equal(history.step_loss, again.step_loss)
    np.testing.assert_array_equal(history.accuracy, again.accuracy)
    assert_same(one.weights, two.weights)


def test_another_seed_gives_another_history(few):
    assert not np.array_equal(fit(few, seed=3)[1].step_loss, fit(few, seed=4)[1].step_loss)


@pytest.mark.parametrize(("name", "same"), [("adam", optimizers.Adam()), ("sgd", optimizers.SGD())])
def test_an_optimizer_may_be_named(name, same, few):
    (one, history), (two, again) = fit(few, optimizer=name), fit(few, optimizer=same)
    assert_same(one.weights, two.weights)
    assert history.settings == again.settings


def test_an_optimizer_starts_anew_with_every_training(few):
    """Its memory is not kept: the same object can train two networks, or one twice."""
    optimizer = optimizers.SGD(0.1, 0.9)
    one, _ = fit(few, optimizer=optimizer)
    two, _ = fit(few, optimizer=optimizer)
    assert_same(one.weights, two.weights)


def test_the_data_and_the_given_weights_stay_as_they_were(few):
    x, y = few[0].copy(), few[1].copy()
    weights = network().weights
    before = {name: weight.copy() for name, weight in weights.items()}
    for array in (x, y, *weights.values()):
        array.flags.writeable = False
    cnn = network(weights=weights)
    cnn.fit(x, y, epochs=2, batch_size=20, held_out=(x, y))
    np.testing.assert_array_equal(x, few[0])
    np.testing.assert_array_equal(y, few[1])
    assert_same(weights, before)
    assert not np.array_equal(cnn.weights["conv2d_1/kernel"], before["conv2d_1/kernel"])


# --- it shows what it does --------------------------------------------------------------------


def test_the_progress_bar_shows_epoch_loss_and_accuracy(few, monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    _, history = fit(few)
    shown = capsys.readouterr().err
    assert "epoch 2/2: 100%" in shown
    assert "6/6" in shown
    assert f"accuracy={history.accuracy[-1]:.3f}, loss={history.loss[-1]:.3f}" in shown


def test_tqdm_disable_silences_the_progress_bar(few, monkeypatch, capfd):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    fit(few)
    assert capfd.readouterr() == ("", "")


# --- it stops when it goes wrong --------------------------------------------------------------


BROKEN = r"fit: (the loss|a gradient|a weight) became (?:-?inf|nan) at step (\d+); the network"


def deep():
    """Without activation functions, what explodes does not die."""
    return network(layers.Conv2D(3, 2), layers.Conv2D(3, 2))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rate", [1e2, 1e10, 1e20, 1e30, 1e38, 1e300])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_an_exploding_training_names_its_step_and_keeps_the_last_good_weights(rate, momentum, few):
    """Good are weights whose loss and gradient are numbers: those before the step that broke it.

    They are the weights of the same training, stopped earlier: an epoch is one step here.
    """
    options = {"batch_size": IMAGES, "optimizer": optimizers.SGD(rate, momentum)}
    cnn, expected = deep(), deep()
    with pytest.raises(FloatingPointError, match=BROKEN) as caught:
        cnn.fit(*few, epochs=300, **options)
    what, step = re.match(BROKEN, str(caught.value)).groups()
    steps = int(step) - (1 if what == "a weight" else 2)
    if steps > 0:
        expected.fit(*few, epochs=steps, **options)
    assert_same(cnn.weights, expected.weights)
    assert np.isfinite(cnn.evaluate(*few)[0])


@pytest.mark.filterwarnings("error")
def test_an_exploding_adam_stops_too(few):
    cnn = deep()
    with pytest.raises(FloatingPointError, match=BROKEN):
        cnn.fit(*few, epochs=50, optimizer=optimizers.Adam(1e30))
    assert np.isfinite(cnn.evaluate(*few)[0])


@pytest.mark.parametrize("pixel", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_stop_the_training_and_change_nothing(pixel, few):
    """The image is in the third batch at the latest; what was learned before it is kept."""
    x = few[0].copy()
    x[17, 4, 4] = pixel
    cnn = network()
    with pytest.raises(FloatingPointError, match=BROKEN) as caught:
        cnn.fit(x, few[1], epochs=1, batch_size=20)
    assert 1 <= int(re.match(BROKEN, str(caught.value))[2]) <= 3
    assert "see that all pixels are finite" in str(caught.value)
    assert all(np.isfinite(weight).all() for weight in cnn.weights.values())
    cnn = network()
    with pytest.raises(FloatingPointError, match="at step 1;"):
        cnn.fit(x, few[1], epochs=1, batch_size=IMAGES)
    assert_same(cnn.weights, network().weights)


def test_weights_that_are_no_numbers_stop_the_training_at_once(few):
    cnn = network()
    cnn.weights["conv2d_1/kernel"][0, 0, 0, 0] = np.nan
    with pytest.raises(FloatingPointError, match="at step 1;"):
        cnn.fit(*few, epochs=1)


def test_a_stop_inside_a_step_leaves_the_weights_of_the_last_whole_step(few):
    """The fourth step of the full batch is interrupted: three epochs are what is left."""
    cnn = network()
    with pytest.raises(KeyboardInterrupt):
        cnn.fit(*few, epochs=9, batch_size=IMAGES, optimizer=Stop(0.1))
    expected, _ = fit(few, epochs=3, batch_size=IMAGES, optimizer=optimizers.SGD(0.1))
    assert_same(cnn.weights, expected.weights)


@pytest.mark.parametrize("method", ["step", "epoch"])
def test_a_stop_between_two_steps_leaves_the_weights_of_the_last_whole_step(
    method, few, monkeypatch
):
    calls, work = [], getattr(Record, method)

    def stop(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return work(*arguments)

    monkeypatch.setattr(Record, method, stop)
    cnn = network()
    with pytest.raises(KeyboardInterrupt):
        cnn.fit(*few, epochs=9, batch_size=IMAGES)
    monkeypatch.undo()
    assert_same(cnn.weights, fit(few, epochs=3, batch_size=IMAGES)[0].weights)


def test_a_stop_leaves_a_network_that_can_be_used_and_trained(few):
    cnn = network()
    with pytest.raises(KeyboardInterrupt):
        cnn.fit(*few, epochs=9, batch_size=20, optimizer=Stop())
    assert np.isfinite(cnn.evaluate(*few)[0])
    assert np.isfinite(cnn.fit(*few, epochs=1).loss).all()


# --- what it refuses --------------------------------------------------------------------------

X, Y = np.zeros((4, 8, 8, 1)), np.arange(4)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "fit: epochs must be at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "fit: epochs must be an integer, got 1.5"),
        ({"batch_size": 0}, ValueError, "fit: batch_size must be at least 1, got 0"),
        ({"batch_size": "10"}, TypeError, "fit: batch_size must be an integer, got '10'"),
        ({"seed": -1}, ValueError, "fit: seed must be at least 0, got -1"),
        ({"seed": None}, TypeError, "fit: seed must be an integer, got None"),
        ({"optimizer": "rmsprop"}, ValueError, "fit: optimizer must be \"adam\", .* got 'rmsprop'"),
        ({"optimizer": optimizers.SGD}, ValueError, "fit: optimizer must be .* got <class"),
        ({"optimizer": None}, ValueError, "fit: optimizer must be .* got None"),
        ({"x": X[0]}, ShapeError, r"fit: the network takes images \(N, 8, 8, 1\), got \(8, 8, 1\)"),
        ({"x": X.astype(str)}, TypeError, "fit: x must hold real numbers"),
        ({"labels": Y[:3]}, ShapeError, r"fit: 4 images need labels \(4,\), got \(3,\)"),
        ({"labels": np.eye(4, dtype=int)}, ShapeError, r"fit: .* need labels \(4,\), got \(4, 4\)"),
        ({"labels": Y * 1.0}, TypeError, "fit: labels must be integers, got dtype float64"),
        ({"labels": Y + 7}, ValueError, "fit: labels must lie between 0 and 9, got 7 to 10"),
        ({"labels": Y - 1}, ValueError, "fit: labels must lie between 0 and 9, got -1 to 2"),
        ({"x": X[:0], "labels": Y[:0]}, ShapeError, "fit: expected at least one image"),
        ({"held_out": (X, Y + 7)}, ValueError, "fit: labels must lie between 0 and 9"),
        ({"held_out": (X[:, :5], Y)}, ShapeError, "fit: the network takes images"),
        ({"held_out": (X[:0], Y[:0])}, ShapeError, "fit: expected at least one image"),
        ({"held_out": "test"}, TypeError, "fit: held_out must be a pair .* got str"),
        ({"held_out": (X,)}, TypeError, "fit: held_out must be a pair .* got tuple"),
    ],
)
def test_fit_names_what_is_wrong_and_changes_nothing(changes, error, message):
    cnn = network()
    with pytest.raises(error, match=message):
        cnn.fit(**({"x": X, "labels": Y, "epochs": 1} | changes))
    assert_same(cnn.weights, network().weights)


def test_dropout_is_refused_by_its_name():
    cnn = network(layers.Dropout(0.5, name="forget"))
    with pytest.raises(ValueError, match="fit: layer 'forget' is a Dropout; leave it out"):
        cnn.fit(X, Y, epochs=1)


def test_a_network_without_a_softmax_at_its_end_is_refused():
    cnn = CNN([layers.Flatten(), layers.Dense(10)], (8, 8, 1))
    with pytest.raises(ValueError, match="fit: the network must end in a softmax, its last layer"):
        cnn.fit(X, Y, epochs=1)


def test_a_network_without_weights_says_that_there_is_nothing_to_train():
    cnn = CNN([layers.Flatten(), layers.Softmax()], (8, 8, 1))
    with pytest.raises(ValueError, match=r"fit: .*weights"):
        cnn.fit(X, Y, epochs=1)
