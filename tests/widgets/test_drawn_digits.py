"""Digits drawn by script, read by the page's own code: an honest test of the bundled network.

The strokes were written down before any network had read them, and the variants before their first
run. Neither is ever changed so that more are read.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import read_digits

from lecturekit import data

FROZEN = json.loads(Path(__file__).with_name("drawn_digits.json").read_text(encoding="utf-8"))
STROKES = {int(digit): strokes for digit, strokes in FROZEN["digits"].items()}
VARIANTS = 10
ENOUGH = 90


def variant(strokes, rng):
    """One of many ways to draw the same digit: its slant, size, place and thickness."""
    slant, size = np.tan(np.radians(rng.uniform(-15, 15))), rng.uniform(0.5, 1.2)
    pen = rng.uniform(0.6, 1.6)
    points = [np.array(stroke) - 0.5 for stroke in strokes]
    points = [size * np.stack([x - slant * y, y], axis=1) for x, y in (p.T for p in points)]
    every = np.concatenate(points)
    corner = rng.uniform(0, 1 - np.ptp(every, axis=0)) - every.min(axis=0)
    return [(stroke + corner).tolist() for stroke in points], {"pen": pen}


@pytest.fixture(scope="module")
def variants():
    """A hundred drawings and their digits."""
    rng = np.random.default_rng(0)
    drawings = [variant(STROKES[digit], rng) for digit in range(10) for _ in range(VARIANTS)]
    return drawings, np.repeat(np.arange(10), VARIANTS)


def test_the_strokes_are_such_as_a_hand_draws():
    assert sorted(STROKES) == list(range(10))
    for stroke in (stroke for strokes in STROKES.values() for stroke in strokes):
        points = np.array(stroke)
        assert 10 <= len(points) <= 40
        assert points.min() > 0.1
        assert points.max() < 0.9
        assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() < 0.1


def test_the_variants_stay_on_the_pad_and_differ(variants):
    drawings, _ = variants
    points = [np.concatenate([np.array(stroke) for stroke in strokes]) for strokes, _ in drawings]
    assert min(p.min() for p in points) >= 0
    assert max(p.max() for p in points) <= 1
    assert len({tuple(p.ravel()) for p in points}) == len(points)


def test_nine_of_ten_drawn_digits_are_read_correctly(variants, record_property, capsys):
    drawings, digits = variants
    images, probabilities = read_digits.read("drawn", drawings)
    np.testing.assert_allclose(probabilities, data.load_cnn().forward(images), atol=1e-5)
    found = probabilities.argmax(axis=1)
    wrong = [
        f"variant {at % VARIANTS} of {digits[at]} is read as {found[at]}"
        for at in np.flatnonzero(found != digits)
    ]
    right = len(digits) - len(wrong)
    record_property("read correctly", right)
    with capsys.disabled():
        print("", f"drawn digits: {right} of {len(digits)} read correctly", *wrong, sep="\n  ")
    assert right >= ENOUGH, "\n".join(wrong)


def test_rasters_of_any_size_are_brought_to_the_form_of_the_training_digits(variants):
    """A digit that is drawn into a larger raster is read as the digit drawn."""
    digits = data.load_digits()
    held_out, labels = digits.x_test[:100, :, :, 0], digits.y_test[:100]
    larger = np.zeros((100, 90, 80), "f4")
    larger[:, 5:61, 20:76] = held_out.repeat(2, axis=1).repeat(2, axis=2)
    images, probabilities = read_digits.read("normalized", read_digits.as_rasters(larger))
    np.testing.assert_array_equal(np.round(images * 255), images * np.float32(255))
    expected = data.load_cnn().forward(digits.x_test[:100]).argmax(axis=1)
    assert (probabilities.argmax(axis=1) == expected).mean() >= 0.97
    assert (probabilities.argmax(axis=1) == labels).mean() >= 0.95


@pytest.mark.skipif(
    "LECTUREKIT_MNIST" not in os.environ, reason="LECTUREKIT_MNIST names no mnist.npz"
)
def test_the_share_of_mnist_is_told_as_it_is(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["read_digits", os.environ["LECTUREKIT_MNIST"]])
    read_digits.main()
    told = capsys.readouterr().out
    with capsys.disabled():
        print(f"\n{told}", end="")
    assert "of MNIST's first 500 test digits" in told
