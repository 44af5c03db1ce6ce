"""``lecturekit evaluate``: the right numbers, the right table, the right picture."""

import json

import numpy as np
import pytest
from cli.commands import only_line, train

from lecturekit import data, training
from lecturekit._tensorflow import keras
from lecturekit.cli import datasets, evaluate, main, pictures


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "x"
    assert train(out, "--validation", "40") == 0
    return out


def as_json(capsys, *arguments):
    capsys.readouterr()
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_numbers_are_those_of_the_model(run, capsys):
    found = as_json(capsys, run)
    digits, model = data.load_digits(), keras.models.load_model(run / "model.keras")
    loss, accuracy = training.evaluate(model, digits.x_test, digits.y_test)
    assert found["images"] == 360
    assert (found["loss"], found["accuracy"]) == pytest.approx((loss, accuracy), rel=1e-6)
    read = model.predict(digits.x_test, verbose=0).argmax(axis=1)
    expected = np.zeros((10, 10), dtype=int)
    for right, seen in zip(digits.y_test, read, strict=True):
        expected[right, seen] += 1
    np.testing.assert_array_equal(found["confusion"], expected)


def test_the_validation_part_gives_the_last_number_of_the_training(run, capsys):
    found = as_json(capsys, run, "--split", "validation")
    history = json.loads((run / "history.json").read_text())
    assert found["images"] == 40
    assert found["accuracy"] == history["validation_accuracy"][-1]
    assert found["loss"] == pytest.approx(history["validation_loss"][-1], rel=1e-6)


def test_the_train_part_is_what_was_trained_on(run, capsys):
    assert as_json(capsys, run, "--split", "train")["images"] == 120


def test_the_text_says_it_all(run, capsys):
    found = as_json(capsys, run)
    assert main(["evaluate", str(run)]) == 0
    out, err = capsys.readouterr()
    title, numbers, _, _, head, *rows = out.splitlines()
    assert title == f"{run}: test part of digits"
    right, loss, accuracy = round(found["accuracy"] * 360), found["loss"], found["accuracy"]
    assert numbers == f"{right} of 360 right: accuracy {accuracy:.4f}, loss {loss:.4f}"
    assert head.split() == ["digit", *"0123456789", "right"]
    for k in range(10):
        label, *cells, share = rows[k].split()
        counts = [0 if cell == "." else int(cell) for cell in cells]
        assert (int(label), counts) == (k, found["confusion"][k])
        assert float(share.rstrip("%")) == pytest.approx(100 * counts[k] / sum(counts), abs=0.05)
    assert rows[-1] == "The worst of them are in mistakes.png."
    assert err == ""
    assert (run / "mistakes.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_shows_the_worst_first(run, monkeypatch):
    shown = []
    monkeypatch.setattr(pictures, "mistakes", lambda *what: shown.append(what))
    assert main(["evaluate", str(run)]) == 0
    [(_, images, labels, title)] = shown
    model, digits = keras.models.load_model(run / "model.keras"), data.load_digits()
    p = model.predict(digits.x_test, verbose=0)
    wrong = [i for i in range(360) if p[i].argmax() != digits.y_test[i]]
    wrong.sort(key=lambda i: p[i, digits.y_test[i]])
    assert title == f"The worst 20 of {len(wrong)} mistakes"
    np.testing.assert_array_equal(images, digits.x_test[wrong[:20]])
    assert labels == [f"{digits.y_test[i]} as {p[i].argmax()}" for i in wrong[:20]]


def test_where_nothing_is_misread_no_old_picture_stays(run, monkeypatch, capsys):
    (run / "mistakes.png").write_bytes(b"old")
    monkeypatch.setattr(evaluate, "_worst", lambda found: [])
    assert main(["evaluate", str(run)]) == 0
    assert "Nothing was misread." in capsys.readouterr().out
    assert not (run / "mistakes.png").exists()


def test_a_class_without_images_has_a_dash():
    counts = np.zeros((10, 10), dtype=int)
    counts[3, 3], counts[3, 5] = 12000, 1
    table = evaluate._table(counts).splitlines()
    assert len({len(line) for line in table[1:]}) == 1
    assert table[2].split()[-1] == "-"
    assert table[5].split() == ["3", ".", ".", ".", "12000", ".", "1", ".", ".", ".", ".", "100.0%"]


def test_an_unfinished_run_is_called_so(run, capsys):
    path = run / "history.json"
    content = path.read_text()
    try:
        history = json.loads(content)
        history["settings"]["interrupted"] = "after epoch 1"
        path.write_text(json.dumps(history))
        assert main(["evaluate", str(run)]) == 0
        assert f"{run} (unfinished: after epoch 1): test part" in capsys.readouterr().out
        path.write_text("{")  # the history is not needed
        assert main(["evaluate", str(run)]) == 0
    finally:
        path.write_text(content)


# --- what goes wrong ----------------------------------------------------------------------------


def failure(capsys, code, *arguments):
    capsys.readouterr()
    assert main(["evaluate", *map(str, arguments)]) == code
    return only_line(capsys.readouterr().err)


def test_a_folder_without_a_run_is_one_line(tmp_path, capsys):
    said = failure(capsys, 1, tmp_path / "x")
    assert said == (
        f"{tmp_path / 'x'} holds no run; `lecturekit train --out {tmp_path / 'x'}` makes one"
    )


def test_a_damaged_model_is_one_line_and_training_makes_it_anew(run, capsys):
    path = run / "model.keras"
    path.write_bytes(path.read_bytes()[:5000])
    assert "model.keras is damaged or cannot be read" in failure(capsys, 1, run)
    path.unlink()
    assert "holds no model.keras yet" in failure(capsys, 1, run)
    assert train(run, "--validation", "40") == 0
    assert main(["evaluate", str(run)]) == 0


def test_there_is_no_validation_part_of_other_data(run, capsys, monkeypatch):
    digits = data.load_digits()
    monkeypatch.setattr(datasets, "_loaded", lambda arguments: digits)
    assert as_json(capsys, run, "--data", "mnist", "--split", "train")["images"] == 1437
    said = failure(capsys, 2, run, "--data", "mnist", "--split", "validation")
    assert said.startswith("there is no validation part")
