"""Patience, class weights, decay and on_epoch: what they do, and that they too go on exactly."""

import signal

import numpy as np
import pytest
from training.short import FEW, HELD_OUT, curves, small_model, state, train

from lecturekit import training
from lecturekit._tensorflow import keras
from lecturekit.training import checkpoint_file


def interrupted(at, path, **options):
    """Train, press Ctrl-C before batch number `at`, and go on."""
    count = iter(range(1, 1000))

    def pressing(images, rng):
        if next(count) == at:
            signal.raise_signal(signal.SIGINT)
        return images

    def augment(images, rng):
        return images

    pressing.__name__ = "augment"
    with pytest.warns(UserWarning, match="interrupted"):
        train(small_model(), augment=pressing, checkpoint=path, **options)
    model = small_model()
    return train(model, augment=augment, checkpoint=path, **options), model


# --- patience -----------------------------------------------------------------------------------


def wild(rate=0.7):
    """A model whose held-out loss soon goes up and down."""
    return small_model(keras.optimizers.SGD(rate))


def test_patience_stops_and_gives_the_best_weights():
    model = wild()
    history = train(model, epochs=40, patience=2, held_out=HELD_OUT)
    best = int(np.argmin(history.held_out_loss))
    assert len(history.loss) == best + 1 + 2 < 40
    assert history.settings["patience"] == 2
    assert history.settings["best_epoch"] == best + 1
    assert "interrupted" not in history.settings
    loss, accuracy = training.evaluate(model, *HELD_OUT)
    assert (loss, accuracy) == (history.held_out_loss[best], history.held_out_accuracy[best])


def test_patience_changes_nothing_on_the_way_and_gives_the_best_at_the_end_too():
    one, other = wild(), wild()
    expected = train(one, epochs=4, held_out=HELD_OUT)
    got = train(other, epochs=4, held_out=HELD_OUT, patience=40)
    assert curves(got) == curves(expected)
    assert training.evaluate(other, *HELD_OUT)[0] == min(got.held_out_loss)


def test_patience_goes_on_exactly(tmp_path):
    path, options = tmp_path / "a.npz", {"epochs": 40, "patience": 2, "held_out": HELD_OUT}
    whole = wild()
    expected = train(whole, **options)
    total = len(expected.step_loss)
    for at in (total // 2, total - 2):
        path.unlink(missing_ok=True)
        count = iter(range(1, 1000))

        def augment(images, rng, at=at, count=count):
            if next(count) == at:
                signal.raise_signal(signal.SIGINT)
            return images

        with pytest.warns(UserWarning, match="interrupted"):
            train(wild(), checkpoint=path, augment=augment, **options)
        again = wild()
        got = train(again, checkpoint=path, augment=augment, **options)
        assert curves(got) == curves(expected)
        assert got.settings["best_epoch"] == expected.settings["best_epoch"]
        assert state(again)[:4] == state(whole)[:4]
        done = wild()
        assert curves(train(done, checkpoint=path, augment=augment, **options)) == curves(expected)
        assert state(done)[:4] == state(whole)[:4]


def test_more_epochs_go_on_from_the_last_weights_not_from_the_best(tmp_path):
    options = {"patience": 30, "held_out": HELD_OUT}
    expected = train(wild(), epochs=6, **options)
    train(wild(), epochs=3, checkpoint=tmp_path / "a.npz", **options)
    got = train(wild(), epochs=6, checkpoint=tmp_path / "a.npz", **options)
    assert curves(got) == curves(expected)


# --- class weights ------------------------------------------------------------------------------


def test_class_weights_are_those_of_keras():
    weights = {0: 3.0, 4: 0.5, 7: 0}
    one, other = small_model(), small_model()
    history = train(one, epochs=1, batch_size=120, class_weight=weights)
    order = np.random.default_rng(0).spawn(2)[0].permutation(120)
    logs = other.train_on_batch(
        FEW[0][order], FEW[1][order], class_weight=weights, return_dict=True
    )
    assert history.step_loss[0] == pytest.approx(float(logs["loss"]), rel=1e-6)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
    assert history.settings["class_weight"] == [3.0, 1, 1, 1, 0.5, 1, 1, 0, 1, 1]


def test_weights_of_one_change_nothing():
    one, other = small_model(), small_model()
    assert curves(train(one)) == curves(train(other, class_weight={3: 1}))
    assert state(one) == state(other)


def test_balanced_gives_each_class_the_same_say():
    x = np.concatenate([FEW[0][FEW[1] == 0][:3], FEW[0][FEW[1] == 1]])
    y = np.array([0] * 3 + [1] * (len(x) - 3))
    weights = np.array(
        training.train(small_model(), (x, y), epochs=1, class_weight="balanced").settings[
            "class_weight"
        ]
    )
    assert weights[0] * 3 == pytest.approx(weights[1] * (len(x) - 3), rel=1e-5)
    assert weights[y].mean() == pytest.approx(1, rel=1e-5)


# --- decay --------------------------------------------------------------------------------------


def rates(decay, epochs=2, **options):
    """Return the learning rate of each step, by a model that learns nothing else."""
    model = small_model(keras.optimizers.SGD(0.5))
    seen = []

    def watch(images, rng):
        seen.append(float(model.optimizer.learning_rate.numpy()))
        return images

    train(model, epochs=epochs, decay=decay, augment=watch, **options)
    return seen[1:], float(model.optimizer.learning_rate.numpy())  # set after the images are drawn


def test_the_learning_rate_falls_as_it_was_asked_to_and_comes_back():
    done = np.arange(7) / 8
    for decay, expected in [
        ("cosine", (1 + np.cos(np.pi * done)) / 2),
        ("linear", 1 - done),
        (lambda share: 0.25 if share > 0.5 else 1, np.where(done > 0.5, 0.25, 1)),
        (None, np.ones(7)),
    ]:
        found, afterwards = rates(decay)
        np.testing.assert_allclose(found, 0.5 * expected, rtol=1e-6)
        assert afterwards == 0.5


@pytest.mark.parametrize("at", [1, 3, 4, 6])
def test_decay_goes_on_exactly(at, tmp_path):
    def augment(images, rng):
        return images

    whole = small_model()
    expected = train(whole, decay="cosine", augment=augment)
    got, model = interrupted(at, tmp_path / "a.npz", decay="cosine")
    assert curves(got) == curves(expected)
    assert state(model) == state(whole)


def test_with_decay_the_number_of_epochs_is_part_of_the_training(tmp_path):
    train(small_model(), epochs=1, decay="cosine", checkpoint=tmp_path / "a.npz")
    with pytest.raises(ValueError, match="another training: epochs is 1 there and 2 here"):
        train(small_model(), epochs=2, decay="cosine", checkpoint=tmp_path / "a.npz")
    with pytest.raises(ValueError, match="decay is 'cosine' there and 'linear' here"):
        train(small_model(), epochs=1, decay="linear", checkpoint=tmp_path / "a.npz")
    with pytest.raises(ValueError, match="decay is 'cosine' there and None here"):
        train(small_model(), epochs=1, checkpoint=tmp_path / "a.npz")


# --- on_epoch -----------------------------------------------------------------------------------


def test_on_epoch_is_told_of_each_epoch_and_changes_nothing(tmp_path):
    seen = []

    def tell(history):
        seen.append(history)
        stored = checkpoint_file.read(tmp_path / "a.npz").about["course"]
        assert stored["epoch"] == len(history.loss)  # what is told is kept already

    one, other = small_model(), small_model()
    expected = train(one, epochs=3, held_out=HELD_OUT)
    checkpoint = {"checkpoint": tmp_path / "a.npz"}
    got = train(other, epochs=3, held_out=HELD_OUT, on_epoch=tell, **checkpoint)
    assert curves(got) == curves(expected)
    assert state(other) == state(one)
    assert [len(history.loss) for history in seen] == [1, 2, 3]
    assert curves(seen[-1]) == curves(got)
    assert all("interrupted" not in history.settings for history in seen)
    train(other, epochs=3, held_out=HELD_OUT, on_epoch=tell, **checkpoint)
    assert len(seen) == 3  # a finished training has no epoch to tell of
    train(other, epochs=4, held_out=HELD_OUT, on_epoch=tell, **checkpoint)
    assert len(seen[-1].loss) == 4


def test_an_error_of_on_epoch_ends_the_training_and_the_checkpoint_goes_on(tmp_path):
    def fail(history):
        raise RuntimeError("no paper")

    with pytest.raises(RuntimeError, match="no paper"):
        train(small_model(), epochs=3, checkpoint=tmp_path / "a.npz", on_epoch=fail)
    model, whole = small_model(), small_model()
    train(model, epochs=3, checkpoint=tmp_path / "a.npz")
    train(whole, epochs=3)
    assert state(model) == state(whole)


# --- what is wrong ------------------------------------------------------------------------------

SCHEDULE = keras.optimizers.schedules.CosineDecay(0.1, 10)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patience": 2}, ValueError, "train: patience needs held_out images"),
        ({"patience": 0, "held_out": HELD_OUT}, ValueError, "patience must be at least 1, got 0"),
        ({"patience": 1.5, "held_out": HELD_OUT}, TypeError, "patience must be an integer"),
        ({"class_weight": "even"}, ValueError, "class_weight must be .* got 'even'"),
        ({"class_weight": [1, 2]}, TypeError, r"class_weight must be .* got \[1, 2\]"),
        ({"class_weight": {10: 1}}, ValueError, "names class 10, and the model has 0 to 9"),
        ({"class_weight": {-1: 1}}, ValueError, "each class of class_weight must be at least 0"),
        ({"class_weight": {"3": 1}}, TypeError, "each class of class_weight must be an integer"),
        (
            {"class_weight": {3: -1}},
            ValueError,
            "of class 3 must be a number of at least 0, got -1",
        ),
        ({"class_weight": {3: np.nan}}, ValueError, "of class 3 must be a number .* got nan"),
        ({"class_weight": {3: "a"}}, ValueError, "of class 3 must be a number .* got 'a'"),
        ({"class_weight": dict.fromkeys(range(10), 0)}, ValueError, "is 0 for all classes"),
        ({"decay": "step"}, ValueError, r"decay must be one of \['cosine', 'linear'\], got 'step'"),
        ({"decay": 0.5}, TypeError, "decay must be a word or be called with a share, got 0.5"),
        ({"decay": lambda share: -1}, ValueError, "decay must return a factor of at least 0"),
        ({"decay": lambda share: np.nan}, ValueError, "decay must return .* got nan"),
        ({"on_epoch": "print"}, TypeError, "on_epoch must be called with a History, got 'print'"),
        (
            {"strategy": "mirrored"},
            TypeError,
            "strategy must be one of tf.distribute .* 'mirrored'",
        ),
    ],
)
def test_train_names_what_is_wrong(options, error, message):
    model = small_model()
    before = state(model)
    with pytest.raises(error, match=message):
        train(model, **options)
    assert state(model)[:4] == before[:4]


def test_a_schedule_of_the_optimizers_own_excludes_decay():
    with pytest.raises(
        ValueError, match="decay needs an optimizer whose learning rate is a number"
    ):
        train(small_model(keras.optimizers.SGD(SCHEDULE)), decay="cosine")


def test_a_schedule_of_the_optimizers_own_goes_on_exactly(tmp_path):
    def scheduled():
        return small_model(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)))

    whole, again = scheduled(), scheduled()
    train(whole)
    train(scheduled(), epochs=1, checkpoint=tmp_path / "a.npz")
    train(again, checkpoint=tmp_path / "a.npz")
    assert state(again) == state(whole)
