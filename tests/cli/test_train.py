"""``lecturekit train``: what it writes, how it goes on, and what it refuses."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from cli.commands import contents, only_line, train

from lecturekit import data, training
from lecturekit._tensorflow import keras, tf
from lecturekit.augmentation import RandomAffine
from lecturekit.cli import datasets, live, main, pictures, run_folder
from lecturekit.cli import train as command
from lecturekit.cli.run_folder import RunFolder
from lecturekit.training import checkpoint_file

FILES = {
    ".lock", "checkpoint.npz", "history.csv", "history.json", "learning_curves.png", "logs",
    "model.keras", "settings.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run with all kinds of curves; do not change it."""
    out = tmp_path_factory.mktemp("runs") / "x"
    assert train(out, "--validation", "40") == 0
    return out


@pytest.fixture
def copy(run, tmp_path):
    """The same run, to be changed."""
    out = tmp_path / "copy"
    out.mkdir()
    for name, content in contents(run).items():
        (out / name).write_bytes(content)
    return out


# --- what is written ----------------------------------------------------------------------------


def test_everything_is_in_the_folder_and_nothing_half_written(run):
    assert {path.name for path in run.iterdir()} == FILES


def test_the_table_and_the_json_hold_the_same_numbers(run):
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    stored = json.loads((run / "history.json").read_text())
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert [float(row[name]) for row in rows] == pytest.approx(stored[name], abs=6e-7)
    assert len(stored["step_loss"]) == 8
    assert stored["settings"] == {
        "epochs": 2, "batch_size": 30, "seed": 0, "augment": "None", "images": 120,
    }  # fmt: skip


def test_the_settings_say_what_was_asked_for_and_with_which_versions(run):
    stored = json.loads((run / "settings.json").read_text())
    asked = {"data": "digits", "model": "dnn", "epochs": 2, "validation": 40, "seed": 0}
    assert asked.items() <= stored["arguments"].items()
    [versions] = stored["versions"]
    assert {"lecturekit", "python", "numpy", "keras"} <= versions.keys()


def test_the_model_is_the_one_that_the_history_tells_of(run):
    model = keras.models.load_model(run / "model.keras")
    digits = data.load_digits()
    held_out, _ = datasets._split(len(digits.x_train), 40, 120)
    loss, accuracy = training.evaluate(model, digits.x_train[held_out], digits.y_train[held_out])
    stored = json.loads((run / "history.json").read_text())
    assert loss == pytest.approx(stored["validation_loss"][-1], rel=1e-6)
    assert accuracy == stored["validation_accuracy"][-1]


def scalars(folder):
    """Return what TensorBoard would draw: steps and values by name."""
    found: dict[str, list[tuple[int, float]]] = {}
    for record in tf.data.TFRecordDataset([str(path) for path in folder.iterdir()]):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars" or value.tag in found
            number = float(tf.make_ndarray(value.tensor))
            found.setdefault(value.tag, []).append((event.step, number))
    return found


def test_the_logs_hold_the_curves(run):
    stored = json.loads((run / "history.json").read_text())
    train, validation = scalars(run / "logs" / "train"), scalars(run / "logs" / "validation")
    assert train.keys() == {"epoch_loss", "epoch_accuracy", "batch_loss"}
    assert validation.keys() == {"epoch_loss", "epoch_accuracy"}
    assert [step for step, _ in train["epoch_loss"]] == [1, 2]
    assert [step for step, _ in train["batch_loss"]] == list(range(8))
    for curve, name in (
        (train["epoch_loss"], "loss"),
        (train["batch_loss"], "step_loss"),
        (validation["epoch_accuracy"], "validation_accuracy"),
    ):
        assert [value for _, value in curve] == pytest.approx(stored[name], rel=1e-6)


def test_pictures_are_drawn_whatever_back_end_is_asked_for():
    """A notebook's ``!lecturekit`` inherits the notebook's own."""
    run = subprocess.run(
        [sys.executable, "-c", "from lecturekit.cli import pictures; pictures._plots().panels()"],
        env=os.environ | {"MPLBACKEND": "module://not_there"},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_one_epoch_is_a_point_and_none_is_no_picture(tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(pictures, "_save", lambda folder, name, figure: figures.append(figure))
    folder, none = run_folder.RunFolder(tmp_path), np.zeros(0)
    for curve in (np.array([0.5]), none):
        history = training.History(loss=curve, accuracy=curve, step_loss=none, settings={})
        pictures.learning_curves(folder, history)
    [figure] = figures
    assert [line.get_marker() for ax in figure.axes for line in ax.lines] == ["o", "o"]


# --- the parts of the data ----------------------------------------------------------------------


def test_validation_images_are_not_trained_on_and_do_not_depend_on_the_rest():
    held_out, chosen = datasets._split(100, 20, None)
    assert sorted([*held_out, *chosen]) == list(range(100))
    other, fewer = datasets._split(100, 20, 30)
    np.testing.assert_array_equal(held_out, other)
    np.testing.assert_array_equal(fewer, chosen[:30])
    assert held_out.max() - held_out.min() > 50  # drawn from everywhere


# --- every option reaches the training ----------------------------------------------------------


class Asked(Exception):
    """Raised in place of a training, with what it was asked for."""


@pytest.fixture
def asked(tmp_path, monkeypatch):
    def refuse(model, pair, **how):
        raise Asked(model, pair, how)

    monkeypatch.setattr(training, "train", refuse)
    said = []
    monkeypatch.setattr("lecturekit.cli.program.one_line", lambda error: said.append(error))

    def ask(*arguments):
        main(["train", "--out", str(tmp_path / "x"), *arguments])
        model, pair, how = said.pop().args
        return {"model": model, "images": len(pair[0])} | how

    return ask


def test_by_default_it_trains_the_cnn_on_the_bundled_digits(asked, tmp_path):
    found = asked()
    model = found.pop("model")
    assert isinstance(found.pop("on_epoch"), live.Live)
    assert (model.name, model.count_params()) == ("cnn", 137_660)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert found == {
        "images": 1437, "epochs": 12, "batch_size": 100, "seed": 0, "augment": None,
        "held_out": None, "checkpoint": tmp_path / "x" / "checkpoint.npz", "patience": None,
        "class_weight": None, "decay": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--epochs", "3"), {"epochs": 3}),
        (("--batch-size", "7"), {"batch_size": 7}),
        (("--seed", "5"), {"seed": 5}),
        (("--augment", "shifts"), {"augment": RandomAffine(rotate=0, scale=0)}),
        (("--augment", "affine"), {"augment": RandomAffine()}),
        (("--decay", "cosine"), {"decay": "cosine"}),
        (("--class-weight", "balanced"), {"class_weight": "balanced"}),
        (("--validation", "37"), {"images": 1400}),
        (("--validation", "37", "--images", "9"), {"images": 9}),
        (("--validation", "37", "--patience", "2"), {"patience": 2}),
    ],
    ids=" ".join,
)
def test_an_option_reaches_the_training(arguments, expected, asked):
    assert expected.items() <= asked(*arguments).items()


def test_the_seed_decides_the_first_weights(asked):
    first, again, other = (asked("--seed", seed)["model"] for seed in "112")
    for one, same, different in zip(
        first.get_weights()[::2], again.get_weights()[::2], other.get_weights()[::2], strict=True
    ):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, different)


def test_the_network_and_its_learning_rate_are_as_asked_for(asked):
    model = asked("--model", "dnn", "--learning-rate", "0.25")["model"]
    assert (model.name, float(model.optimizer.learning_rate)) == ("dnn", 0.25)


# --- it goes on ---------------------------------------------------------------------------------


def test_the_same_command_again_changes_nothing(copy, capsys):
    before = contents(copy)
    assert train(copy, "--validation", "40") == 0
    after = contents(copy)
    del before["model.keras"], after["model.keras"]  # it holds the time
    assert after == before
    assert "epoch 2 of 2" in capsys.readouterr().out


def test_the_same_command_elsewhere_writes_the_same_bytes(run, tmp_path):
    assert train(tmp_path / "y", "--validation", "40") == 0
    for name in ("history.csv", "history.json", "settings.json"):
        assert (tmp_path / "y" / name).read_bytes() == (run / name).read_bytes()


def test_more_epochs_go_on_to_the_same_bytes(copy, tmp_path):
    longer = ("--validation", "40", "--epochs", "3")
    assert train(copy, *longer) == 0
    assert train(tmp_path / "whole", *longer) == 0
    for name in ("history.csv", "history.json", "settings.json"):
        assert (copy / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(scalars(copy / "logs" / "train")["epoch_loss"]) == 3


@pytest.fixture
def ctrl_c_before(monkeypatch):
    """Press Ctrl-C before a batch, counted from 1."""

    def press(at):
        batches = iter(range(1, 1000))

        def augmentation(images, rng):
            if next(batches) == at:
                signal.raise_signal(signal.SIGINT)
            return images * rng.uniform(0.9, 1)

        monkeypatch.setattr(command, "_augmentation", lambda name: augmentation)

    return press


@pytest.mark.parametrize("at", [2, 6])
def test_ctrl_c_keeps_all_and_the_same_command_goes_on(at, ctrl_c_before, tmp_path, capsys):
    ctrl_c_before(at)
    out, whole = tmp_path / "x", tmp_path / "whole"
    assert train(out) == 130
    place = f"after batch {(at - 1) % 4 + 1} of 4 in epoch {(at - 1) // 4 + 1}"
    said = only_line(capsys.readouterr().err)
    assert said.startswith(f"interrupted {place}; {out / 'checkpoint.npz'} is kept, and the same ")
    assert json.loads((out / "history.json").read_text())["settings"]["interrupted"] == place
    ctrl_c_before(0)
    assert train(out) == 0
    assert train(whole) == 0
    for name in ("history.csv", "history.json", "settings.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


# --- while it runs ------------------------------------------------------------------------------


def test_all_is_there_while_it_runs(tmp_path, monkeypatch):
    """After each epoch, if it is time; what the files show is what is done, and they say so."""
    monkeypatch.setattr(live, "SECONDS", 0)
    seen, out = [], tmp_path / "x"

    class Watched(live.Live):
        def __call__(self, history):
            super().__call__(history)
            stored = json.loads((out / "history.json").read_text())
            seen.append((len(stored["loss"]), stored["settings"]["interrupted"]))
            assert {path.name for path in out.iterdir()} == FILES

    monkeypatch.setattr(command, "Live", Watched)
    assert train(out, "--epochs", "3") == 0
    assert seen == [(epoch, f"after epoch {epoch}") for epoch in (1, 2, 3)]
    assert "interrupted" not in json.loads((out / "history.json").read_text())["settings"]


def test_a_model_that_is_stored_on_the_way_is_the_one_that_its_history_tells_of(tmp_path):
    """Also if the process is killed then: model and history are of the same epoch."""
    out = tmp_path / "x"
    assert train(out, "--epochs", "1", "--validation", "40") == 0
    whole, found = (out / "history.json").read_text(), []

    def stop(history):
        live.Live(lambda history: command._keep(RunFolder(out), history, found[0]))(history)
        raise KeyboardInterrupt

    real = training.train

    def killed(model, pair, **how):
        found.append(model)
        return real(model, pair, **(how | {"on_epoch": stop}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "train", killed)
        assert train(out, "--epochs", "3", "--validation", "40") == 130
    stored = json.loads((out / "history.json").read_text())
    assert stored["settings"]["interrupted"] == "after epoch 2"
    assert json.loads(whole)["loss"] == stored["loss"][:1]
    parts = datasets.load(json.loads((out / "settings.json").read_text())["arguments"])
    model = keras.models.load_model(out / "model.keras")
    assert training.evaluate(model, *parts.validation) == pytest.approx(
        (stored["validation_loss"][-1], stored["validation_accuracy"][-1])
    )


def test_the_files_are_not_written_too_often(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "SECONDS", 3600)  # longer than three epochs on any machine
    times = []
    monkeypatch.setattr(command, "_keep", lambda folder, history, model: times.append(history))
    assert train(tmp_path / "x", "--epochs", "3") == 0
    assert [len(history.loss) for history in times] == [1, 3]  # the first epoch, and the end


def test_a_picture_that_is_locked_for_a_moment_ends_no_training(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "SECONDS", 0)
    replace, refusals = os.replace, iter([True, False, False, False])

    def locked(old, new):
        if os.path.basename(new) == "learning_curves.png" and next(refusals):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        replace(old, new)

    monkeypatch.setattr(run_folder.os, "replace", locked)
    assert train(tmp_path / "x", "--epochs", "3") == 0
    assert (tmp_path / "x" / "learning_curves.png").exists()


def test_ctrl_c_before_the_first_step_says_so(monkeypatch, tmp_path, capsys):
    def interrupt(*anything):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_model", interrupt)
    assert train(tmp_path / "x") == 130
    assert only_line(capsys.readouterr().err) == "interrupted before the first step"


# --- another run is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "difference"),
    [
        (("--seed", "1"), "--seed is 0 there and 1 here"),
        (("--model", "cnn"), "--model is dnn there and cnn here"),
        (("--augment", "affine"), "--augment is none there and affine here"),
        (("--patience", "2"), "--patience is not given there and 2 here"),
        (("--images", "121"), "--images is 120 there and 121 here"),
        (("--learning-rate", "1"), "--learning-rate is 0.001 there and 1.0 here"),
        (("--epochs", "1"), "--epochs is 2 there and 1 here, and it may only grow"),
        (
            ("--decay", "linear", "--epochs", "3"),
            "--decay is none there and linear here; --epochs is 2 there and 3 here, and with",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_another_run_is_refused_and_nothing_changes(arguments, difference, copy, capsys):
    before = contents(copy)
    assert train(copy, "--validation", "40", *arguments) == 1
    said = only_line(capsys.readouterr().err)
    assert said.startswith(f"{copy} holds a run with other settings: {difference}")
    assert contents(copy) == before


def test_a_run_that_never_began_may_have_other_settings(tmp_path, capsys):
    out = tmp_path / "x"
    assert train(out, "--data", "mnist", "--file", str(tmp_path / "no.npz")) == 1
    assert "no.npz: there is no such file" in only_line(capsys.readouterr().err)
    assert train(out) == 0


def test_other_versions_are_noted(copy):
    path = copy / "settings.json"
    stored = json.loads(path.read_text())
    stored["versions"][0]["keras"] = "3.10.0"
    path.write_text(json.dumps(stored))
    assert train(copy, "--validation", "40") == 0
    begun, later = json.loads(path.read_text())["versions"]
    assert (begun["keras"], later["keras"]) == ("3.10.0", keras.__version__)


def test_a_folder_with_other_files_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert train(tmp_path) == 1
    assert "holds other files (thesis.txt) and no run" in only_line(capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_at_a_time_are_refused(copy, capsys):
    with run_folder.RunFolder(copy).held():
        assert train(copy, "--validation", "40") == 1
    assert "another lecturekit is training into" in only_line(capsys.readouterr().err)
    assert train(copy, "--validation", "40") == 0


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_loss_that_is_no_number_is_one_line(tmp_path, capsys):
    out = tmp_path / "x"
    assert train(out, "--learning-rate", "1e30") == 1
    said = only_line(capsys.readouterr().err)
    assert "became" in said
    assert said.endswith("Begin in another --out, with --learning-rate smaller than 1e+30")
    assert not (out / "model.keras").exists()


def test_a_damaged_checkpoint_is_one_line_and_stays(copy, capsys):
    (copy / "checkpoint.npz").write_bytes(b"damaged")
    assert train(copy, "--validation", "40") == 1
    assert "is damaged or is no checkpoint" in only_line(capsys.readouterr().err)
    assert (copy / "checkpoint.npz").read_bytes() == b"damaged"


@pytest.mark.parametrize("content", ["{", "[]", '{"arguments": 3}', "\x00"])
def test_damaged_settings_are_one_line(content, copy, capsys):
    (copy / "settings.json").write_text(content)
    assert train(copy, "--validation", "40") == 1
    assert "settings.json is damaged; remove it, then" in only_line(capsys.readouterr().err)
    (copy / "settings.json").unlink()
    assert train(copy, "--validation", "40") == 0


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path, capsys):
    (tmp_path / "x").write_text("mine")
    assert train(tmp_path / "x") == 1
    assert "a file is in its place" in only_line(capsys.readouterr().err)
    assert train(tmp_path / "x" / "below") == 1
    assert "a file is in its place" in only_line(capsys.readouterr().err)
    assert (tmp_path / "x").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_no_permission_is_one_line(number, tmp_path, monkeypatch, capsys):
    def refuse(*anything, **more):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    assert train(tmp_path / "x") == 1
    said = only_line(capsys.readouterr().err)
    assert said.startswith(f"--out {tmp_path / 'x'} cannot be made ({os.strerror(number)}); ")
    assert "name another place" in said


def test_a_full_disk_is_one_line_and_the_old_checkpoint_stays(copy, monkeypatch, capsys):
    before = contents(copy)

    def full(*anything, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint_file.np, "savez", full)
    assert train(copy, "--validation", "40", "--epochs", "3") == 1
    said = only_line(capsys.readouterr().err)
    assert "No space left on device; the one from before is still there; free some space" in said
    after = contents(copy)
    assert after.pop("settings.json") != before.pop("settings.json")
    assert after == before


@pytest.mark.parametrize("name", ["history.csv", "model.keras", "learning_curves.png", "logs"])
def test_what_cannot_be_put_in_place_leaves_nothing_half_written(name, copy, monkeypatch, capsys):
    replace = os.replace

    def full(old, new):
        if os.path.basename(new) == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(old, new)

    monkeypatch.setattr(run_folder.os, "replace", full)
    assert train(copy, "--validation", "40") == 1
    said = only_line(capsys.readouterr().err)
    assert said.startswith(f"{copy / name} could not be written (No space left on device); free ")
    assert not list(copy.glob("unfinished-*"))


def test_what_a_killed_process_left_is_no_obstacle(copy):
    (copy / "unfinished-logs").mkdir()
    (copy / "unfinished-model.keras").write_bytes(b"half")
    assert train(copy, "--validation", "40") == 0
    assert not list(copy.glob("unfinished-*"))


def test_too_little_memory_is_one_line(tmp_path, monkeypatch, capsys):
    def refuse(*anything, **more):
        raise MemoryError

    monkeypatch.setattr(training, "train", refuse)
    assert train(tmp_path / "x") == 1
    assert "not enough memory" in only_line(capsys.readouterr().err)


def test_an_error_that_nobody_expected_shows_where_on_request(tmp_path, monkeypatch, capsys):
    def refuse(*anything, **more):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(training, "train", refuse)
    assert train(tmp_path / "x") == 1
    said = only_line(capsys.readouterr().err)
    assert said == "unexpected RuntimeError: two lines (--traceback shows where)"
    assert train(tmp_path / "x", "--traceback") == 1
    assert "Traceback" in capsys.readouterr().err


# --- MNIST --------------------------------------------------------------------------------------


@pytest.fixture
def small_mnist(tmp_path):
    from data.small_mnist import npz, small_mnist

    path = tmp_path / "mnist.npz"
    path.write_bytes(npz(small_mnist()))
    return path


def test_a_file_that_is_not_mnist_needs_no_check(small_mnist, tmp_path, capsys):
    arguments = ["train", "--out", str(tmp_path / "x"), "--data", "mnist", "--epochs", "1"]
    arguments += ["--file", str(small_mnist), "--model", "dnn"]
    assert main(arguments) == 1
    said = only_line(capsys.readouterr().err)
    assert "not the public MNIST" in said
    assert said.endswith("add --no-check.")
    assert main([*arguments, "--no-check"]) == 0
    assert main(["evaluate", str(tmp_path / "x")]) == 0
    assert "of 20 right" in capsys.readouterr().out


def test_a_damaged_file_is_one_line(small_mnist, tmp_path, capsys):
    small_mnist.write_bytes(small_mnist.read_bytes()[:2000])
    out = str(tmp_path / "x")
    assert main(["train", "--out", out, "--data", "mnist", "--file", str(small_mnist)]) == 1
    assert "damaged" in only_line(capsys.readouterr().err)


@pytest.mark.slow
def test_mnist_itself(tmp_path, capsys):
    file = os.environ.get("LECTUREKIT_MNIST")
    if not file:
        pytest.skip("LECTUREKIT_MNIST names no file with MNIST")
    out = str(tmp_path / "x")
    arguments = ["--data", "mnist", "--images", "2000", "--epochs", "3", "--validation", "1000"]
    assert main(["train", "--out", out, *arguments]) == 0
    capsys.readouterr()
    assert main(["evaluate", out, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 10_000
    assert found["accuracy"] > 0.85
