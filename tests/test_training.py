"""Training: it learns, it repeats, it shows what it does, and it stops when it goes wrong."""

import numpy as np
import pytest

from lecturekit import data, models, training
from lecturekit._tensorflow import keras
from lecturekit.shapes import ShapeError


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def few(digits):
    """120 digits: enough to learn something in a second."""
    return digits.x_train[:120], digits.y_train[:120]


def small_model(optimizer="adam", hidden=(20,), metrics=("accuracy",)):
    """A network that always starts alike; eagerly, for building a graph takes longer than that."""
    keras.utils.set_random_seed(0)
    model = models.build_dnn(hidden=hidden)
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=list(metrics) or None,
        run_eagerly=True,
    )
    return model


def train(few, **options):
    model = small_model()
    history = training.train(model, few, **({"epochs": 2, "batch_size": 32} | options))
    return history, model.get_weights()


# --- it learns --------------------------------------------------------------------------------


def test_the_loss_falls_and_the_accuracy_rises(digits):
    keras.utils.set_random_seed(0)
    model = models.build_cnn()
    part = digits._replace(x_train=digits.x_train[:600], y_train=digits.y_train[:600])
    history = training.train(model, part, epochs=4, batch_size=50)
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.accuracy[-1] > history.accuracy[0]
    _, accuracy = training.evaluate(model, digits.x_test, digits.y_test)
    assert accuracy > 0.8


def test_history_has_one_value_for_each_epoch_and_the_settings(few):
    history, _ = train(few, epochs=3, seed=5)
    assert history.loss.shape == history.accuracy.shape == (3,)
    assert history.loss.dtype == np.float64
    assert ((history.accuracy >= 0) & (history.accuracy <= 1)).all()
    assert history.held_out_loss is None
    assert history.held_out_accuracy is None
    assert train(few, augment=training.RandomStroke(amount=0.25))[0].settings["augment"] == (
        "RandomStroke(amount=0.25)"
    )
    assert history.settings == {
        "epochs": 3,
        "batch_size": 32,
        "seed": 5,
        "images": 120,
        "augment": "None",
    }


def test_history_holds_means_over_the_epoch(few):
    """With a learning rate of 0 the weights stay, so the means are those of `evaluate`."""
    model = small_model(keras.optimizers.SGD(0.0))
    history = training.train(model, few, epochs=2, batch_size=50)  # batches of 50, 50 and 20
    loss, accuracy = training.evaluate(model, *few)
    np.testing.assert_allclose(history.loss, loss, rtol=1e-5)
    np.testing.assert_allclose(history.accuracy, accuracy, rtol=1e-5)


def test_held_out_images_are_measured_and_not_trained_on(digits, few):
    held_out = digits.x_test[:50], digits.y_test[:50]
    with_it, weights = train(few, held_out=held_out)
    without, weights_without = train(few)
    np.testing.assert_array_equal(with_it.loss, without.loss)
    for one, other in zip(weights, weights_without, strict=True):
        np.testing.assert_array_equal(one, other)
    model = small_model()
    model.set_weights(weights)
    expected = training.evaluate(model, *held_out)
    assert (with_it.held_out_loss[-1], with_it.held_out_accuracy[-1]) == expected
    assert with_it.held_out_loss.shape == (2,)


def test_digits_means_their_training_part(digits):
    part = digits._replace(x_train=digits.x_train[:60], y_train=digits.y_train[:60])
    from_digits, _ = train(part)
    from_pair, _ = train((part.x_train, part.y_train))
    np.testing.assert_array_equal(from_digits.loss, from_pair.loss)
    assert from_digits.settings["images"] == 60


def test_every_image_is_seen_once_in_each_epoch(few):
    seen = []

    def watch(images, rng):
        seen.append(images.copy())
        return images

    train(few, augment=watch)
    assert [len(batch) for batch in seen] == [32, 32, 32, 24] * 2
    orders = [np.concatenate(seen[:4]), np.concatenate(seen[4:])]
    expected = sorted(image.tobytes() for image in few[0])
    for images in orders:
        assert sorted(image.tobytes() for image in images) == expected
    assert not np.array_equal(*orders)
    assert not np.array_equal(orders[0], few[0])


def test_a_compiled_model_keeps_its_optimizer(few):
    optimizer = keras.optimizers.SGD(0.01)
    model = small_model(optimizer)
    training.train(model, few, epochs=1)
    assert model.optimizer is optimizer
    assert int(optimizer.iterations) == 2


# --- it repeats -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_history_and_weights_bit_by_bit(few):
    affine = training.RandomAffine()
    one, weights = train(few, seed=3, augment=affine)
    two, weights_again = train(few, seed=3, augment=affine)
    np.testing.assert_array_equal(one.loss, two.loss)
    np.testing.assert_array_equal(one.accuracy, two.accuracy)
    for first, second in zip(weights, weights_again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_another_seed_gives_another_history(few):
    assert not np.array_equal(train(few, seed=3)[0].loss, train(few, seed=4)[0].loss)


def test_the_augmentation_does_not_change_the_order_of_the_images(few):
    orders = []
    for draws in (0, 1000):

        def watch(images, rng, draws=draws):
            rng.random(draws)
            orders.append(images.copy())
            return images

        train(few, augment=watch)
    half = len(orders) // 2
    np.testing.assert_array_equal(np.concatenate(orders[:half]), np.concatenate(orders[half:]))


def test_the_data_stays_as_it_was(few):
    x, y = few[0].copy(), few[1].copy()
    x.flags.writeable = y.flags.writeable = False
    train((x, y), augment=training.RandomStroke())
    np.testing.assert_array_equal(x, few[0])


# --- it shows what it does --------------------------------------------------------------------


def test_the_progress_bar_shows_epoch_loss_and_accuracy(few, monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    history, _ = train(few)
    shown = capsys.readouterr().err
    assert "epoch 2/2: 100%" in shown
    assert "8/8" in shown
    assert f"accuracy={history.accuracy[-1]:.3f}, loss={history.loss[-1]:.3f}" in shown


def test_tqdm_disable_silences_the_progress_bar(few, monkeypatch, capfd):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    train(few)
    assert capfd.readouterr() == ("", "")


# --- it stops when it goes wrong --------------------------------------------------------------


def test_a_loss_that_is_not_a_number_stops_the_training(few):
    model = small_model(keras.optimizers.SGD(1e38), hidden=())
    with pytest.raises(FloatingPointError, match=r"train: the loss became nan in epoch \d+; take"):
        training.train(model, few, epochs=50)


def test_weights_that_are_not_numbers_stop_the_training_though_the_loss_is_finite(few):
    """In a graph, TensorFlow's ReLU can turn NaN into 0: the loss would stay at log(10) forever."""
    model = models.build_dnn(hidden=(20,))
    kernel, bias = model.get_layer("dense_1").get_weights()
    kernel[3, 4] = np.nan
    model.get_layer("dense_1").set_weights([kernel, bias])
    with pytest.raises(FloatingPointError, match=r"train: (the loss|weights) became .* in epoch 1"):
        training.train(model, few, epochs=1, batch_size=60)


def test_a_compiled_model_without_accuracy_is_an_error(few):
    model = small_model(metrics=())
    with pytest.raises(ValueError, match=r'train: .* metrics=\["accuracy"\], it measures \[\'loss'):
        training.train(model, few, epochs=1)


def images(*shape, dtype="float32"):
    return np.zeros(shape, dtype=dtype)


GOOD = (images(4, 28, 28, 1), np.arange(4))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "train: epochs must be at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "train: epochs must be an integer, got 1.5"),
        ({"batch_size": 0}, ValueError, "train: batch_size must be at least 1, got 0"),
        ({"batch_size": "10"}, TypeError, "train: batch_size must be an integer, got '10'"),
        ({"seed": -1}, ValueError, "train: seed must be at least 0, got -1"),
        ({"seed": None}, TypeError, "train: seed must be an integer, got None"),
        ({"augment": 2}, TypeError, r"train: augment must be called with .* got 2"),
        ({"data": GOOD[0]}, TypeError, "train: data must be a pair .* got ndarray"),
        ({"data": (*GOOD, GOOD[0])}, TypeError, "train: data must be a pair .* got tuple"),
        ({"held_out": "test"}, TypeError, "train: held_out must be a pair .* got str"),
        (
            {"data": (images(4, 28, 28), GOOD[1])},
            ShapeError,
            r"train: the model takes images \('N', 28, 28, 1\), got \(4, 28, 28\)",
        ),
        ({"data": (GOOD[0], np.arange(3))}, ShapeError, r"4 images need labels \(4,\), got \(3,\)"),
        ({"data": (GOOD[0], np.eye(4, dtype=int))}, ShapeError, r"need labels \(4,\), got \(4, 4"),
        ({"data": (GOOD[0], np.ones(4))}, TypeError, "train: labels must be integers, got float64"),
        (
            {"data": (images(4, 28, 28, 1, dtype="uint8"), GOOD[1])},
            TypeError,
            "train: images must be floating point, got uint8",
        ),
        ({"data": (GOOD[0], GOOD[1] + 7)}, ValueError, "between 0 and 9, got 7 to 10"),
        ({"data": (GOOD[0], GOOD[1] - 1)}, ValueError, "between 0 and 9, got -1 to 2"),
        ({"data": (GOOD[0] + np.nan, GOOD[1])}, ValueError, "data holds NaN or infinite pixels"),
        ({"held_out": (GOOD[0] - np.inf, GOOD[1])}, ValueError, "held_out holds NaN or infinite"),
        ({"data": (images(0, 28, 28, 1), GOOD[1][:0])}, ValueError, "train: data holds no images"),
        ({"held_out": (GOOD[0], GOOD[1] + 7)}, ValueError, "train: labels must lie between"),
    ],
)
def test_train_names_what_is_wrong(changes, error, message):
    with pytest.raises(error, match=message):
        training.train(small_model(), **({"data": GOOD, "epochs": 1} | changes))


# --- evaluate ---------------------------------------------------------------------------------


def test_evaluate_agrees_with_keras(few):
    model = small_model()
    loss, accuracy = training.evaluate(model, *few)
    keras_loss, keras_accuracy = model.evaluate(*few, verbose=0)
    assert loss == pytest.approx(keras_loss, rel=1e-5)
    assert accuracy == pytest.approx(keras_accuracy, rel=1e-6)


def test_evaluate_names_what_is_wrong(few):
    with pytest.raises(ShapeError, match=r"evaluate: 120 images need labels \(120,\)"):
        training.evaluate(small_model(), few[0], few[1][:5])


def test_what_is_no_built_model_is_refused(few):
    with pytest.raises(TypeError, match="train: model must be a Keras model, got str"):
        training.train("cnn", few, epochs=1)
    with pytest.raises(ValueError, match="train: model 'raw' is not built"):
        training.train(keras.Sequential([keras.layers.Dense(10)], name="raw"), few, epochs=1)


def test_a_model_of_any_image_size_is_trained(few):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(4, 3),
            layers.GlobalMaxPooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert np.isfinite(training.train(model, few, epochs=1).loss).all()


def test_an_augmentation_that_changes_the_shape_is_refused(few):
    message = (
        r"train: augment must return images of shape \(100, 28, 28, 1\), got \(100, 14, 28, 1\)"
    )
    with pytest.raises(ShapeError, match=message):
        training.train(
            small_model(), few, epochs=1, batch_size=100, augment=lambda images, rng: images[:, ::2]
        )
