"""The digits of the chapters: one choice, and MNIST's in the places of the book's."""

import re

import numpy as np
import pytest

import lecturekit.data._dataset as dataset
from lecturekit import data
from lecturekit.data import _mnist_checks
from tests.data import small_mnist


@pytest.fixture
def made(monkeypatch, tmp_path):
    """A set in MNIST's form with enough digits of each label; its images hold their number."""
    rng, arrays = np.random.default_rng(0), {}
    for part, count in (("train", 2000), ("test", 600)):
        number = np.arange(count)
        arrays[f"x_{part}"] = np.zeros((count, 28, 28), dtype=np.uint8)
        arrays[f"x_{part}"][:, 0, :2] = np.stack([number // 256, number % 256], axis=-1)
        arrays[f"y_{part}"] = rng.permutation(number % 10).astype(np.uint8)
    monkeypatch.setattr(_mnist_checks, "CHECKSUMS", small_mnist.checksums(arrays))
    file = tmp_path / "mine.npz"
    file.write_bytes(small_mnist.npz(arrays))
    monkeypatch.setenv("LECTUREKIT_MNIST", str(file))
    return arrays


def numbers(images):
    high, low = np.rint(images[:, 0, :2, 0].T * 255).astype(int)
    return 256 * high + low


def assert_are_the_books(digits):
    for found, expected in zip(digits, data.load_digits(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", [None, "", "digits"])
def test_without_a_choice_they_are_the_books(monkeypatch, name):
    monkeypatch.delenv("LECTUREKIT_DATA", raising=False)
    if name is not None:
        monkeypatch.setenv("LECTUREKIT_DATA", name)
    assert_are_the_books(data.load_dataset())


def test_the_argument_decides_before_the_environment(monkeypatch, made):
    monkeypatch.setenv("LECTUREKIT_DATA", "mnist")
    assert_are_the_books(data.load_dataset("digits"))
    monkeypatch.setenv("LECTUREKIT_DATA", "digits")
    assert numbers(data.load_dataset("mnist").x_train).max() > 256


def test_the_digits_of_mnist_have_the_labels_of_the_books(monkeypatch, made):
    monkeypatch.setenv("LECTUREKIT_DATA", "mnist")
    digits, books = data.load_dataset(), data.load_digits()
    for part in ("train", "test"):
        x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
        np.testing.assert_array_equal(y, getattr(books, f"y_{part}"))
        assert x.shape == getattr(books, f"x_{part}").shape
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        found = numbers(x)
        np.testing.assert_array_equal(made[f"y_{part}"][found], y)  # each image has its own label
        for label in range(10):  # and they are the first of each label, in their order
            expected = np.flatnonzero(made[f"y_{part}"] == label)[: np.sum(y == label)]
            np.testing.assert_array_equal(found[y == label], expected)


@pytest.mark.parametrize("given", ["argument", "environment"])
def test_an_unknown_name(monkeypatch, given):
    monkeypatch.setenv("LECTUREKIT_DATA", "Mnist")
    source = " (LECTUREKIT_DATA)" if given == "environment" else ""
    message = f"load_dataset: the name{source} must be one of ('digits', 'mnist'), got 'Mnist'"
    with pytest.raises(ValueError, match=re.escape(message)):
        data.load_dataset("Mnist" if given == "argument" else None)


def test_without_mnist_nothing_is_put_in_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv("LECTUREKIT_MNIST", str(tmp_path / "none.npz"))
    with pytest.raises(data.DataFileError, match="there is no such file"):
        data.load_dataset("mnist")


def test_mnist_itself_has_enough_of_each_label():
    """Counts of the public MNIST, as its description says."""
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    digits = data.load_digits()
    for wanted, counts in ((digits.y_train, train), (digits.y_test, test)):
        labels = np.repeat(np.arange(10), counts)
        places = dataset._places(wanted, labels)
        assert len(np.unique(places)) == len(wanted)
        np.testing.assert_array_equal(labels[places], wanted)
