"""Checkpoints: exact, of this training and no other, and never lost."""

import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from training.short import FEW, HELD_OUT, curves, small_model, state, train

from lecturekit import training
from lecturekit._tensorflow import keras
from lecturekit.training import checkpoint, checkpoint_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "training.npz"


def interrupting(at, augment=lambda images, rng: images):
    """Return an augmentation that presses Ctrl-C before its batch number `at`, counted from 1."""
    batches = iter(range(1, 1000))

    def augmentation(images, rng):
        if next(batches) == at:
            signal.raise_signal(signal.SIGINT)
        return augment(images, rng)

    augmentation.__name__ = "augmentation"
    return augmentation


def shaken(images, rng):
    """Use the generator in both ways: its own numbers, and those of generators made by it."""
    return images * rng.uniform(0.9, 1) + rng.spawn(1)[0].uniform(0, 0.1)


# --- it goes on as if nothing had been ----------------------------------------------------------


@pytest.mark.parametrize("at", range(1, 9))
def test_an_interrupted_training_goes_on_to_the_same_bytes(at, path):
    how = {"held_out": HELD_OUT, "seed": 4}
    whole = small_model()
    expected = train(whole, augment=interrupting(0, shaken), **how)
    with pytest.warns(UserWarning, match="train: interrupted after") if at < 8 else _nothing():
        train(small_model(), augment=interrupting(at, shaken), checkpoint=path, **how)
    again = small_model()
    again.set_weights([weight + 1 for weight in again.get_weights()])  # what it starts with is lost
    got = train(again, augment=interrupting(0, shaken), checkpoint=path, **how)
    assert curves(got) == curves(expected)
    assert got.settings == expected.settings
    assert state(again) == state(whole)


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def test_what_is_stored_within_an_epoch_is_exact_too(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS", 0)
    monkeypatch.setattr(checkpoint, "_SHARE", 1e9)
    kept = []
    write = checkpoint_file.write

    def keep(path, stored):
        write(path, stored)
        kept.append(path.read_bytes())

    monkeypatch.setattr(checkpoint_file, "write", keep)
    whole = small_model()
    expected = train(whole, checkpoint=path, augment=shaken)
    assert len(kept) == 1 + 4 + 1 + 4 + 1  # before the first batch, after each, after each epoch
    monkeypatch.undo()
    for content in kept:
        path.write_bytes(content)
        again = small_model()
        assert curves(train(again, checkpoint=path, augment=shaken)) == curves(expected)
        assert state(again) == state(whole)


def test_a_checkpoint_changes_nothing_in_the_training(path):
    one, other = small_model(), small_model()
    expected = train(one)
    got = train(other, checkpoint=path)
    assert curves(got) == curves(expected)
    assert got.settings == expected.settings
    assert state(one) == state(other)


def test_a_finished_training_returns_at_once_with_everything(path):
    whole = small_model()
    expected = train(whole, checkpoint=path, held_out=HELD_OUT)
    content, changed = path.read_bytes(), path.stat().st_mtime_ns
    again = small_model()
    got = train(again, checkpoint=str(path), held_out=HELD_OUT)
    assert curves(got) == curves(expected)
    assert got.settings == expected.settings
    assert state(again) == state(whole)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, changed)


def test_more_epochs_go_on(path):
    whole = small_model()
    expected = train(whole, epochs=3)
    train(small_model(), epochs=1, checkpoint=path)
    again = small_model()
    got = train(again, epochs=3, checkpoint=path)
    assert curves(got) == curves(expected)
    assert state(again) == state(whole)


def test_fewer_epochs_than_there_are_is_an_error(path):
    train(small_model(), epochs=2, checkpoint=path)
    with pytest.raises(ValueError, match=r"training.npz is already in epoch 2, more than epochs=1"):
        train(small_model(), epochs=1, checkpoint=path)


def test_names_that_keras_counts_do_not_matter(path):
    """A notebook's cell that builds a model, run twice, gives dense and dense_1."""

    def counted():
        keras.utils.set_random_seed(0)
        layers = [keras.Input((28, 28, 1)), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])

    one, other = counted(), counted()
    assert one.layers[-1].name != other.layers[-1].name
    expected = train(one, checkpoint=path)
    assert curves(train(other, checkpoint=path)) == curves(expected)
    assert state(one) == state(other)


def test_half_precision_comes_back(path):
    def half():
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                keras.layers.Flatten(dtype="bfloat16"),
                keras.layers.Dense(10, activation="softmax", dtype="bfloat16"),
            ]
        )
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    whole, again = half(), half()
    train(whole, epochs=2)
    train(half(), epochs=1, checkpoint=path)
    train(again, epochs=2, checkpoint=path)
    assert state(again) == state(whole)


# --- of this training and no other --------------------------------------------------------------

OTHER = {
    "more units": ({"model": {"hidden": (21,)}}, r"layer 2 units is 20 there and 21 here"),
    "one layer more": ({"model": {"hidden": (20, 5)}}, "the model has 3 layers there and 4 here"),
    "another optimizer": ({"model": {"optimizer": "sgd"}}, "optimizer"),
    "another learning rate": (
        {"model": {"optimizer": keras.optimizers.Adam(0.25)}},
        r"optimizer learning_rate is 0.001\d* there and 0.25 here",
    ),
    "another seed": ({"seed": 1}, "seed is 0 there and 1 here"),
    "another batch size": ({"batch_size": 20}, "batch_size is 30 there and 20 here"),
    "augmentation": ({"augment": shaken}, "augment is 'None' there and 'shaken' here"),
    "held-out images": ({"held_out": HELD_OUT}, "held_out is None there and 40 images here"),
    "fewer images": ({"data": (FEW[0][:-1], FEW[1][:-1])}, "data images is 120 there and 119"),
    "another label": ({"data": (FEW[0], 9 - FEW[1])}, "data holds other images or labels"),
    "another pixel": ({"data": (FEW[0] * 0.5, FEW[1])}, "data holds other images or labels"),
}


@pytest.mark.parametrize(("changes", "message"), OTHER.values(), ids=OTHER)
def test_another_training_is_refused_and_nothing_changes(changes, message, path):
    changes = dict(changes)
    train(small_model(), epochs=1, checkpoint=path)
    model = small_model(**changes.pop("model", {}))
    before, content = state(model), path.read_bytes()
    how = {"data": FEW, "batch_size": 30} | changes
    with pytest.raises(ValueError, match="belongs to another training: ") as error:
        training.train(model, how.pop("data"), epochs=3, checkpoint=path, **how)
    assert error.match(message)
    assert "layer" not in str(error.value) or "hidden" in str(changes) or "layer" in message
    assert (state(model), path.read_bytes()) == (before, content)


def test_a_later_version_is_refused(path, monkeypatch):
    train(small_model(), epochs=1, checkpoint=path)
    monkeypatch.setattr(checkpoint_file, "VERSION", 0)
    with pytest.raises(ValueError, match=r"is of version 1, and this lecturekit reads versions up"):
        train(small_model(), epochs=1, checkpoint=path)


# --- damaged ------------------------------------------------------------------------------------


def test_a_damaged_byte_is_noticed_or_changes_nothing(path, rng):
    train(small_model(hidden=()), epochs=1, checkpoint=path)
    good, content = checkpoint_file.read(path), path.read_bytes()
    noticed = 0
    for place in rng.integers(len(content), size=300):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            got = checkpoint_file.read(path)
        except ValueError:
            noticed += 1
        else:
            assert got.about == good.about
            assert all(np.array_equal(got.arrays[name], good.arrays[name]) for name in good.arrays)
    assert noticed > 250


@pytest.mark.parametrize("length", [0, 1, 1000, -1])
def test_a_file_that_ends_too_early_is_damaged(length, path):
    train(small_model(), epochs=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:length])
    content, model = path.read_bytes(), small_model()
    before = state(model)
    with pytest.raises(ValueError, match=r"is damaged or is no checkpoint .* it stays as it is"):
        train(model, epochs=1, checkpoint=path)
    assert (path.read_bytes(), state(model)) == (content, before)


def test_other_files_are_no_checkpoints_and_stay(path):
    for save in (
        lambda: path.write_text("notes"),
        lambda: np.savez(path, x=np.zeros(3)),
        lambda: np.savez(path, about=np.array([{}], dtype=object)),
        lambda: np.savez(path, about=np.array(json.dumps({"format": "x"})), sha256=np.array("0")),
    ):
        save()
        content = path.read_bytes()
        with pytest.raises(ValueError, match="is damaged or is no checkpoint"):
            train(small_model(), checkpoint=path)
        assert path.read_bytes() == content


# --- where nothing can be written ---------------------------------------------------------------


def never(images, rng):
    raise AssertionError("it was trained before the checkpoint was found to be impossible")


@pytest.mark.parametrize(
    ("checkpoint", "error", "message"),
    [
        ("no/such/folder.npz", FileNotFoundError, "train: there is no folder .*such for the check"),
        (".", IsADirectoryError, "train: checkpoint must be a file, and .* is a folder"),
        ("", TypeError, "train: checkpoint must be the path of a file, got ''"),
        (3, TypeError, "train: checkpoint must be the path of a file, got 3"),
    ],
)
def test_a_path_that_cannot_be_is_refused_before_training(
    checkpoint, error, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        train(small_model(), checkpoint=checkpoint, augment=never)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the system's owner may write anywhere"
)
def test_no_permission_to_write_is_noticed_before_training(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"train: the checkpoint .* could not be written"):
        train(small_model(), checkpoint=tmp_path / "training.npz", augment=never)


def test_any_trouble_with_writing_is_noticed_before_training(path, monkeypatch):
    def refuse(*args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(checkpoint_file.np, "savez", lambda *args, **arrays: refuse())
    with pytest.raises(OSError, match=r"training.npz could not be written: Read-only file system$"):
        train(small_model(), checkpoint=path, augment=never)
    assert list(path.parent.iterdir()) == []


FULL = """
import resource, signal, sys
from training.short import small_model, train
from lecturekit.training import checkpoint_file
path = sys.argv[1]
train(small_model(), epochs=1, checkpoint=path)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
train(small_model(), epochs=2, checkpoint=path)
"""


def test_a_full_disk_leaves_the_old_checkpoint(path, tmp_path):
    """A limit of the system stands for the disk: writing stops in the middle of the file."""
    tests = os.path.dirname(os.path.dirname(__file__))
    run = subprocess.run(
        [sys.executable, "-c", FULL, path],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([tests, *filter(None, sys.path)])},
    )
    assert run.returncode == 1
    assert "could not be written" in run.stderr
    assert "the one from before is still there" in run.stderr
    assert checkpoint_file.read(path).about["course"]["epoch"] == 1
    assert list(tmp_path.iterdir()) == [path]
    assert train(small_model(), epochs=2, checkpoint=path).loss.shape == (2,)


# --- Ctrl-C -------------------------------------------------------------------------------------


def test_ctrl_c_returns_what_there_is_without_a_checkpoint_too():
    with pytest.warns(UserWarning, match="after batch 3 of 4 in epoch 2; .* Without a checkpoint"):
        history = train(small_model(), augment=interrupting(7))
    assert (history.loss.shape, history.step_loss.shape) == ((1,), (7,))
    assert history.settings["interrupted"] == "after batch 3 of 4 in epoch 2"


def test_ctrl_c_in_the_first_epoch_returns_curves_without_epochs():
    with pytest.warns(UserWarning, match="interrupted after batch 1 of 4 in epoch 1") as caught:
        history = train(small_model(), augment=interrupting(1), held_out=HELD_OUT)
    assert history.loss.shape == history.accuracy.shape == (0,)
    assert history.step_loss.shape == (1,)
    assert [warning.filename for warning in caught] == [train.__code__.co_filename]


def test_a_second_ctrl_c_is_obeyed_at_once(path):
    def impatient(images, rng):
        signal.raise_signal(signal.SIGINT)
        return images

    def twice(images, rng):
        return impatient(impatient(images, rng), rng)

    with pytest.raises(KeyboardInterrupt):
        train(small_model(), augment=twice, checkpoint=path)
    assert checkpoint_file.read(path).about["course"]["batch"] == 0


@pytest.mark.filterwarnings("ignore:train. interrupted")
def test_ctrl_c_is_pythons_own_again_afterwards(path):
    train(small_model(), augment=interrupting(2), checkpoint=path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_users_own_stays_in_place():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        history = train(small_model(), augment=interrupting(2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [signal.SIGINT]
    assert len(history.loss) == 2


# --- NaN ----------------------------------------------------------------------------------------


def test_nan_leaves_the_last_good_checkpoint(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS", 0)
    monkeypatch.setattr(checkpoint, "_SHARE", 1e9)

    def poisoned(images, rng):
        """Good for an epoch and a half, then far too large."""
        seen.append(len(images))
        return images * (np.float32(1e38) if len(seen) > 6 else 1)

    seen = []
    with pytest.raises(FloatingPointError, match=r"in epoch 2; .* after batch 3 of 4; .* before"):
        train(small_model(), augment=poisoned, checkpoint=path)
    stored = checkpoint_file.read(path)
    assert stored.about["course"]["epoch"] == 1
    assert all(np.isfinite(array).all() for array in stored.arrays.values())
