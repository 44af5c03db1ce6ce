"""The stored study: complete, and what its script makes."""

import numpy as np
import pytest
import seed_study

from lecturekit import data
from lecturekit._tensorflow import keras
from lecturekit.data import _bundled, _seed_study


@pytest.fixture(scope="module")
def study():
    return data.load_seed_study()


def test_every_network_has_ten_seeds_five_shifts_and_360_digits(study):
    assert set(study) == set(seed_study.ENTRIES)
    assert {right.shape for right in study.values()} == {(10, 5, 360)}
    assert {right.dtype for right in study.values()} == {np.dtype(bool)}


def test_the_docstring_names_every_network(study):
    assert all(f'``"{name}"``' in data.load_seed_study.__doc__ for name in study)


def test_the_table_beside_the_file_is_the_files():
    study = data.load_seed_study()
    checksum = _bundled.read_checksums()["seed_study.npz"]
    text = (_bundled.FOLDER / "seed_study.md").read_text(encoding="utf-8")
    assert text == seed_study.describe(study, checksum)


def test_what_is_read_right_comes_back_as_it_was_stored(tmp_path, monkeypatch, rng):
    right = rng.random((10, 5, 360)) < 0.5
    stored = {}
    monkeypatch.setattr(seed_study, "ENTRIES", {"cnn": seed_study.ENTRIES["cnn"]})
    monkeypatch.setattr(seed_study, "FOLDER", tmp_path)
    monkeypatch.setattr(seed_study, "read_right", lambda entry, digits, seed: right[seed])
    monkeypatch.setattr(seed_study, "write_npz", lambda name, arrays: stored.update(arrays) or "0")
    seed_study.main()
    monkeypatch.setattr(_seed_study, "read_npz", lambda name: stored)
    np.testing.assert_array_equal(data.load_seed_study()["cnn"], right)


def test_turned_axes_are_a_convolution_with_channels_first():
    """What the study trains is the model of the chapter, which not every machine can run."""
    chapter = keras.layers.Conv2D(25, (3, 3), data_format="channels_first")
    turned = seed_study.build_channels_first()
    assert chapter(keras.Input((1, 28, 28))).shape == turned.layers[1].output.shape
    counts = [layer.count_params() for layer in turned.layers if layer.weights]
    assert counts == [250, 11_750, 125_100, 1_010]


def test_shuffling_moves_pixels_and_loses_none():
    x = data.load_digits().x_test[:3]
    moved = seed_study.shuffled(x)
    assert not np.array_equal(moved, x)
    np.testing.assert_array_equal(np.sort(moved.reshape(3, -1)), np.sort(x.reshape(3, -1)))
    one = np.arange(784, dtype=np.float32).reshape(1, 28, 28, 1)
    places = seed_study.shuffled(one).ravel().astype(int)
    np.testing.assert_array_equal(moved[0].ravel(), x[0].ravel()[places])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dnn", "cnn"])
def test_training_again_gives_what_is_stored(name, study):
    """Later epochs differ between processors: a point on digits as they are, more on moved ones."""
    again = seed_study.read_right(seed_study.ENTRIES[name], data.load_digits(), 0).mean(axis=1)
    stored = study[name][0].mean(axis=1)
    assert abs(again[0] - stored[0]) <= 0.015
    np.testing.assert_allclose(again, stored, atol=0.08)
