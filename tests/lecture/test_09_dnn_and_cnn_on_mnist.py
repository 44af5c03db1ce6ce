"""The claims of the appendix, from the stored counts.

That the counts are what the script makes is tested beside it, in `tests/test_mnist_study.py`.
"""

import numpy as np
import pytest

from lecturekit import data

DIGITS = 10_000


@pytest.fixture(scope="module")
def study():
    return data.load_mnist_study()


@pytest.fixture(scope="module")
def misread(study):
    """Return the mean share that is misread, by size, of the digits as they are."""
    return lambda name: 1 - study[name][:, :, 0].mean(axis=0) / DIGITS


def test_the_cnn_reads_more_than_luck_explains(study):
    cnn, dnn = (study[f"{name}_accuracy"] / DIGITS for name in ("cnn", "dnn"))
    assert cnn.mean() >= 0.99
    assert f"{cnn.mean():.2%} {dnn.mean():.2%}" == "99.40% 99.02%"
    assert round(DIGITS * (cnn.min() - dnn.max())) == 34
    assert [round(DIGITS * (1 - kind.mean())) for kind in (cnn, dnn)] == [60, 98]
    error = np.sqrt(sum(p * (1 - p) / DIGITS for p in (cnn.mean(), dnn.mean())))
    assert error == pytest.approx(0.0013, abs=5e-5)
    assert 2.9 < (cnn.mean() - dnn.mean()) / error < 3.2


def test_the_changes_that_were_chosen_are_the_best_on_the_validation(study):
    assert study["cnn_validation"].argmax() == 2  # affine
    assert study["dnn_validation"].argmax() == 1  # shifts, of two equal ones
    assert study["dnn_validation"][1] == study["dnn_validation"][2]


def test_the_dnn_needs_three_to_five_times_as_many_digits(study, misread):
    """Between the sizes the curves are taken as straight on logarithmic axes."""
    sizes = study["sizes"]
    cnn, dnn = misread("cnn"), misread("dnn")
    needed = np.exp(np.interp(-np.log(cnn), -np.log(dnn), np.log(sizes))) / sizes
    assert [round(times, 1) for times in needed[:4].tolist()] == [1.5, 3.1, 4.8, 3.9]
    assert cnn[2] == pytest.approx(dnn[3], rel=0.03)  # 2,000 and 10,000
    ratios = (dnn / cnn)[1:]
    assert (ratios > 1.5).all()
    assert (ratios < 2).all()


def test_with_100_digits_the_trainings_overlap_and_with_more_they_do_not(study):
    cnn, dnn = study["cnn"][:, :, 0], study["dnn"][:, :, 0]
    assert (cnn.min(axis=0) > dnn.max(axis=0)).tolist() == [False, True, True, True, True]
    assert (cnn[:, 0] > dnn[:, 0]).all()  # on the same 100 digits


def test_a_hundredth_of_the_parameters_is_enough(study):
    counts = {kind: study[f"{kind}_parameters"] for kind in ("cnn", "dnn")}
    wrong = {kind: 1 - study[f"{kind}_widths"].mean(axis=0) / DIGITS for kind in ("cnn", "dnn")}
    assert counts["dnn"][-1] / counts["cnn"][1] == pytest.approx(100, rel=0.01)
    assert wrong["cnn"][1] < wrong["dnn"][-1]
    cnn, dnn = study["cnn_widths"][:, 1], study["dnn_widths"][:, -1]
    error = np.sqrt((cnn.var(ddof=1) + dnn.var(ddof=1)) / 5)  # of the seeds
    assert cnn.mean() - dnn.mean() > 3 * error
    for shares in wrong.values():  # more weights help both
        assert (np.diff(shares) < 0).all()
        assert shares[-1] < shares[0] / 2


def test_on_moved_digits_structure_and_examples_both_help(study):
    names = ("cnn", "dnn", "cnn_shifts", "dnn_shifts")
    right = {name: study[name][:, -1].mean(axis=0) / DIGITS for name in names}
    assert all((np.diff(curve) < 0).all() for curve in right.values())
    assert (right["cnn"] > right["dnn"]).all()
    assert (right["cnn_shifts"] > right["dnn_shifts"]).all()
    for kind in ("cnn", "dnn"):
        assert (right[f"{kind}_shifts"][:3] > 0.98).all()  # what it was shown
        assert right[f"{kind}_shifts"][4] - right[kind][4] > 0.25
    few = study["cnn"][:, study["sizes"].tolist().index(2_000), 3].mean() / DIGITS
    assert (round(100 * few), round(100 * right["cnn"][3])) == (61, 85)
    assert [round(100 * right[name][4]) for name in names] == [64, 36, 93, 88]


def test_on_shuffled_pixels_the_cnn_falls_behind(study, misread):
    cnn, dnn = misread("cnn"), misread("dnn")
    cnn_shuffled, dnn_shuffled = misread("cnn_permuted"), misread("dnn_permuted")
    np.testing.assert_allclose(dnn_shuffled, dnn, rtol=0.03)  # it does not notice
    assert (cnn < dnn).all()
    assert (cnn_shuffled > dnn_shuffled).all()
    assert cnn_shuffled[-1] / cnn[-1] == pytest.approx(4, rel=0.03)
    assert cnn_shuffled[-1] > 2 * dnn_shuffled[-1]
    of_its_size = 1 - study["dnn_widths"][:, 2].mean() / DIGITS
    assert study["dnn_parameters"][2] == pytest.approx(137_660, rel=0.05)
    assert [round(100 * share, 1) for share in (cnn_shuffled[3], of_its_size)] == [7.3, 4.5]


def test_strangers_are_read_worse(study):
    assert f"{study['books'] / DIGITS:.1%}" == "89.3%"
    digits, cnn = data.load_digits(), data.load_cnn()
    read = cnn.forward(digits.x_test).argmax(axis=1)
    own = np.mean(read != digits.y_test)
    assert round(1 / own) == 90
    assert 1 / (1 - study["books"] / DIGITS) == pytest.approx(9, abs=0.5)
