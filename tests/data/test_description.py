"""The numbers that describe a data set, and how they are shown."""

import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from lecturekit import data


@pytest.fixture(scope="module")
def small():
    """Two pixels of ink in a 0, one and a half in each 1, in 4x4 pixels."""
    x = np.zeros((3, 4, 4, 1), dtype=np.float32)
    x[0, 0, :2] = 1
    x[1, 0, 0], x[1, 1, 1] = 1, 0.5
    x[2, 0, 0], x[2, 1, 1] = 0.5, 1
    return data.Digits(x, np.array([0, 1, 1]), np.ones((2, 4, 4, 1), np.float32), np.array([9, 0]))


def test_the_numbers_of_a_small_set(small):
    found = data.describe(small)
    assert found.images == (3, 2)
    assert found.size == (4, 4)
    assert found.train_counts == (1, 2, 0, 0, 0, 0, 0, 0, 0, 0)
    assert found.test_counts == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert found.mean_ink[:2] == (2.0, 1.5)
    assert all(math.isnan(ink) for ink in found.mean_ink[2:])
    assert found.never_inked == 13 / 16  # of the training images: the others are all white


def test_the_numbers_agree_with_a_count_image_by_image():
    digits = data.load_digits()
    found = data.describe(digits)
    for k in range(10):
        mine = [x for x, y in zip(digits.x_train, digits.y_train, strict=True) if y == k]
        assert found.train_counts[k] == len(mine)
        ink = [math.fsum(image.ravel().tolist()) for image in mine]
        assert found.mean_ink[k] == pytest.approx(math.fsum(ink) / len(ink), rel=1e-12)
    assert sum(found.test_counts) == len(digits.y_test)


def test_the_table(small):
    assert str(data.describe(small)).splitlines() == [
        "3 images to train on and 2 held out, 4x4 pixels",
        "digit     train      test  mean ink",
        "    0         1         1       2.0",
        "    1         2         0       1.5",
        *(f"    {k}         0         {int(k == 9)}      none" for k in range(2, 10)),
        "  all         3         2       1.7",
        "Ink: the sum of an image's pixels, where white is 1.",
        "Never inked in the training images: 81.2% of the pixels.",
    ]
    assert repr(data.describe(small)) == str(data.describe(small))


def test_the_page_shows_the_same_cells(small):
    page, lines = data.describe(small)._repr_html_(), str(data.describe(small)).splitlines()
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page)
    assert " ".join(cells).split() == " ".join(lines[1:-2]).split()
    assert all(line in page for line in (lines[0], lines[-1]))
    assert '<th scope="col">' in page
    assert '<th scope="row">all</th>' in page


def test_it_cannot_be_changed_and_equal_sets_are_equal():
    one, other = (data.describe(data.load_digits()) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(AttributeError):
        one.never_inked = 0.0


def with_changes(**changes):
    return data.load_digits()._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((1437, 28, 28))}, r"x_train must be \(N, H, W, 1\).*1437, 28, 28\)"),
        ({"x_test": np.zeros((0, 28, 28, 1))}, r"x_test must be \(N, H, W, 1\), N at least 1"),
        ({"x_test": np.zeros((360, 8, 8, 1))}, "images of one size"),
        ({"y_test": np.zeros(5, int)}, r"y_test must be \(360,\) integers, got \(5,\) int64"),
        ({"y_test": np.zeros(360)}, r"y_test must be \(360,\) integers, got \(360,\) float64"),
        ({"y_test": np.full(360, 10)}, "y_test must hold labels from 0 to 9, got 10 to 10"),
        ({"y_test": np.full(360, -1)}, "y_test must hold labels from 0 to 9, got -1 to -1"),
        ({"x_test": np.full((360, 28, 28, 1), 255)}, r"pixels in \[0, 1\], got 255 to 255"),
        ({"x_test": np.full((360, 28, 28, 1), np.nan)}, r"pixels in \[0, 1\], got nan to nan"),
    ],
)
def test_what_cannot_be_described(changes, message):
    with pytest.raises(ValueError, match=f"describe: .*{message}"):
        data.describe(with_changes(**changes))


@pytest.mark.parametrize("what", [None, 3, (1, 2), np.zeros((4, 3))])
def test_what_is_no_set_of_digits(what):
    with pytest.raises(TypeError, match=r"describe: expected Digits \(x_train, y_train"):
        data.describe(what)


def test_describing_needs_no_matplotlib():
    code = (
        "import sys; from lecturekit import data; str(data.describe(data.load_digits())); "
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


REAL = os.environ.get("LECTUREKIT_MNIST")


@pytest.mark.skipif(not REAL, reason="LECTUREKIT_MNIST names no mnist.npz")
def test_the_public_mnist():
    found = data.describe(data.load_mnist(REAL))
    assert found.images == (60_000, 10_000)
    assert found.test_counts == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    assert found.never_inked == 67 / 784
    assert min(found.mean_ink) == found.mean_ink[1]
