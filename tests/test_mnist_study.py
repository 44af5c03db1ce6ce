"""The stored study of MNIST: complete, what its script makes, and what was chosen by what."""

import os

import mnist_study
import numpy as np
import pytest
from mnist_study import Result, Run

from lecturekit import data
from lecturekit.data import _bundled

REAL = os.environ.get("LECTUREKIT_MNIST")


@pytest.fixture(scope="module")
def study():
    return data.load_mnist_study()


def test_every_array_is_whole(study):
    shapes = {name: array.shape for name, array in study.items() if name != "versions"}
    assert shapes == {
        **dict.fromkeys(("cnn", "cnn_permuted", "cnn_shifts"), (5, 5, 5)),
        **dict.fromkeys(("dnn", "dnn_permuted", "dnn_shifts"), (5, 5, 5)),
        "cnn_widths": (5, 4), "cnn_parameters": (4,),
        "dnn_widths": (5, 5), "dnn_parameters": (5,),
        "cnn_validation": (3,), "dnn_validation": (3,),
        "cnn_accuracy": (3,), "dnn_accuracy": (3,),
        "sizes": (5,), "books": (),
    }  # fmt: skip
    for name in shapes.keys() - {"sizes", "cnn_parameters", "dnn_parameters"}:
        most = mnist_study.VALIDATION if "validation" in name else mnist_study.TEST
        assert study[name].dtype == np.int64
        assert (study[name] > most / 20).all(), name
        assert (study[name] <= most).all(), name
    assert [line.split()[0] for line in study["versions"]] == ["tensorflow", "keras", "numpy"]


def test_the_docstring_names_every_array(study):
    assert all(f'``"{name}"``' in data.load_mnist_study.__doc__ for name in study)


def test_the_table_beside_the_file_is_the_files(study):
    checksum = _bundled.read_checksums()["mnist_study.npz"]
    text = (_bundled.FOLDER / "mnist_study.md").read_text(encoding="utf-8")
    assert text == mnist_study.described(study, checksum)


def test_the_lectures_networks_stand_among_the_widths_and_agree_with_themselves(study):
    """The same training, asked for in two parts of the study, is one training."""
    for network, width in mnist_study.LECTURES.items():
        among_widths = study[f"{network}_widths"][:, mnist_study.WIDTHS[network].index(width)]
        among_sizes = study[network][:, mnist_study.SIZES.index(mnist_study.WIDTHS_ON), 0]
        np.testing.assert_array_equal(among_widths, among_sizes)


def test_parameters_are_those_of_the_networks(study):
    for network, widths in mnist_study.WIDTHS.items():
        counts = [mnist_study.build(network, width).count_params() for width in widths]
        assert study[f"{network}_parameters"].tolist() == counts
    assert 137_660 in study["cnn_parameters"]
    assert 648_010 in study["dnn_parameters"]


# --- the script ---------------------------------------------------------------------------------


def made_up(run):
    """A result that says which run it is of."""
    best = {"cnn": "shifts", "dnn": "affine"}[run.network]
    count = 4000 + 500 * (run.changes == best) + 10 * run.seed
    return Result([count - pixels for pixels in range(1 if run.validation else 5)], sum(run.width))


@pytest.fixture
def asked(monkeypatch):
    """Answer in place of the trainings; return what was asked for."""
    runs = []

    def answer(wanted, jobs):
        wanted = list(wanted)
        runs.extend(wanted)
        return {run: made_up(run) for run in wanted}

    monkeypatch.setattr(mnist_study, "results_of", answer)
    return runs


def test_changes_are_chosen_by_the_validation_and_the_test_is_read_once(asked):
    stored = mnist_study.accuracy(2)
    trials, finals = asked[:6], asked[6:]
    assert all(run.validation and run.images == 55_000 and run.seed == 10 for run in trials)
    assert len({(run.network, run.changes) for run in trials}) == 6
    assert not any(run.validation for run in finals)
    chosen = {(run.network, run.changes, run.images, run.seed) for run in finals}
    expected = {("cnn", "shifts"), ("dnn", "affine")}
    assert chosen == {(*pair, 60_000, seed) for pair in expected for seed in (0, 1, 2)}
    assert stored["cnn_validation"].tolist() == [4100, 4600, 4100]
    assert stored["dnn_accuracy"].tolist() == [4500, 4510, 4520]


def test_the_comparison_puts_every_result_in_its_place(asked):
    stored = mnist_study.comparison(2)
    assert not any(run.validation for run in asked)
    for network in ("cnn", "dnn"):
        for ending, extra in (("", 0), ("_permuted", 0), ("_shifts", 500 * (network == "cnn"))):
            seeds, pixels = np.arange(5)[:, None, None], np.arange(5)
            expected = np.broadcast_to(4000 + extra + 10 * seeds - pixels, (5, 5, 5))
            np.testing.assert_array_equal(stored[network + ending], expected)
    assert {run.pixels for run in asked} == {"whole", "permuted"}
    assert {run.images for run in asked} == set(mnist_study.SIZES)
    assert stored["cnn_parameters"].tolist() == [sum(w) for w in mnist_study.WIDTHS["cnn"]]


def test_all_see_a_fair_number_of_steps():
    for size in mnist_study.SIZES:
        run = Run("cnn", (25, 50, 100), size, 0)
        assert run.epochs >= 12
        assert run.epochs * -(-size // 100) >= 1_200


def test_names_tell_all_runs_apart(asked):
    mnist_study.accuracy(2)
    mnist_study.comparison(2)
    assert len({run.name for run in asked}) == len(set(asked))


def test_a_result_is_noted_and_taken_up_with_the_same_versions_only(monkeypatch, tmp_path):
    monkeypatch.setattr(mnist_study, "NOTES", tmp_path)
    run, result = Run("dnn", (25, 25), 100, 0), Result([9, 8, 7, 6, 5], 20_935)
    assert mnist_study.noted(run) is None
    mnist_study.note(run, result)
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    assert mnist_study.noted(run) == result
    monkeypatch.setattr(mnist_study, "versions", lambda: {"keras": "4"})
    assert mnist_study.noted(run) is None


def test_digits_are_moved_by_so_many_pixels_up_down_left_or_right():
    x = np.zeros((200, 28, 28, 1), dtype=np.float32)
    x[:, 14, 14] = 1
    for pixels in range(5):
        _, rows, columns, _ = np.nonzero(mnist_study.moved(x, pixels))
        steps = np.stack([rows, columns], axis=1) - 14
        assert (np.abs(steps).sum(axis=1) == pixels).all()
        if pixels:
            assert len(np.unique(steps, axis=0)) == 4


def test_what_is_said_holds_the_numbers(study):
    said = mnist_study.said(study)
    assert f"mean {study['cnn_accuracy'].mean() / 10_000:.2%}" in said
    assert f"mean {study['dnn_accuracy'].mean() / 10_000:.2%}" in said


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="LECTUREKIT_MNIST names no mnist.npz")
@pytest.mark.parametrize("network", ["cnn", "dnn"])
def test_training_again_gives_what_is_stored(network, study, monkeypatch, tmp_path):
    """Processors differ in the last digits: by a point on digits as they are."""
    monkeypatch.setattr(mnist_study, "NOTES", tmp_path)
    run = Run(network, mnist_study.LECTURES[network], 500, 0)
    again = mnist_study.result_of(run)
    stored = study[network][0, mnist_study.SIZES.index(500)]
    np.testing.assert_allclose(again.right[:1], stored[:1], atol=100)
    np.testing.assert_allclose(again.right, stored, atol=800)


@pytest.mark.skipif(not REAL, reason="LECTUREKIT_MNIST names no mnist.npz")
def test_the_network_of_the_book_reads_as_many_as_is_stored(study):
    assert abs(mnist_study.read_by_the_book() - study["books"]) <= 1
