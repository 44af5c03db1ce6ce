"""A network in a file: it comes back as it was, is never half written, and names what is wrong."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest

from lecturekit import data
from lecturekit.reference import CNN, layers

KINDS = {
    "convolution": [layers.Conv2D(3, (3, 2), activation="relu")],
    "convolution_with_everything": [
        layers.Conv2D(
            4, 2, strides=(1, 2), padding="same", groups=2, activation="softmax", use_bias=False
        )
    ],
    "dilation": [layers.Conv2D(4, 2, dilation_rate=(2, 1), name="far apart")],
    "padding_by_pixels": [layers.Conv2D(2, 3, padding=1), layers.Conv2D(2, 3, padding=(2, 0))],
    "max_pooling": [layers.MaxPooling2D((2, 3), strides=1, padding="same")],
    "pooling_by_pixels": [layers.MaxPooling2D(3, padding=(1, 0)), layers.AveragePooling2D(2)],
    "average_pooling": [layers.AveragePooling2D(3, strides=(2, 1))],
    "small_layers": [layers.ReLU(), layers.Dropout(0.25), layers.Softmax()],
    "dense": [
        layers.Flatten(),
        layers.Dense(5, activation="relu"),
        layers.Dense(3, use_bias=False),
    ],
}
SHAPE = (8, 7, 2)


def small(**options):
    chosen = [layers.Conv2D(2, 2, activation="relu"), layers.Flatten(), layers.Dense(3)]
    return CNN(chosen, (4, 4, 1), **options)


@pytest.fixture
def saved(tmp_path):
    """A file that holds a small network."""
    small().save(tmp_path / "net.npz")
    return tmp_path / "net.npz"


def assert_same(cnn, other):
    assert repr(cnn) == repr(other)
    assert cnn.layers == other.layers
    assert cnn.input_shape == other.input_shape
    assert list(cnn.weights) == list(other.weights)
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(weight, other.weights[name], strict=True)


# --- there and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("chosen", KINDS.values(), ids=KINDS)
def test_every_kind_of_layer_comes_back(chosen, dtype, tmp_path, rng):
    new = CNN(chosen, SHAPE).weights
    weights = {name: rng.normal(size=w.shape).astype(dtype) for name, w in new.items()}
    cnn = CNN(chosen, SHAPE, weights=weights)
    cnn.save(tmp_path / "net.npz")
    again = CNN.load(tmp_path / "net.npz")
    assert_same(cnn, again)
    x = rng.normal(size=(3, *SHAPE))
    np.testing.assert_array_equal(cnn.forward(x), again.forward(x), strict=True)


def test_the_lectures_network_comes_back(tmp_path):
    cnn, digits = data.load_cnn(), data.load_digits()
    cnn.save(tmp_path / "net.npz")
    again = CNN.load(tmp_path / "net.npz")
    assert_same(cnn, again)
    np.testing.assert_array_equal(
        cnn.forward(digits.x_test[:50]), again.forward(digits.x_test[:50])
    )


def test_what_was_learned_is_saved(tmp_path, rng):
    cnn = CNN([layers.Flatten(), layers.Dense(3, activation="softmax")], (4, 4, 1))
    cnn.fit(rng.normal(size=(9, 4, 4, 1)), rng.integers(0, 3, 9), epochs=2)
    cnn.save(tmp_path / "net.npz")
    assert_same(cnn, CNN.load(tmp_path / "net.npz"))


def test_numbers_of_numpy_describe_a_layer_too(tmp_path):
    """``Conv2D(np.int64(2), ...)`` is made without complaint; so it can be saved."""
    cnn = CNN([layers.Conv2D(np.int64(2), np.int64(2)), layers.Dropout(np.float64(0.5))], (4, 4, 1))
    cnn.save(tmp_path / "net.npz")
    assert repr(CNN.load(tmp_path / "net.npz")) == repr(cnn)


@pytest.mark.parametrize("name", ["net.npz", "net", "net.weights", "ein Netz.npz"])
@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "Path"])
def test_the_file_is_called_as_it_was_asked_for(name, kind, tmp_path):
    small().save(kind(tmp_path / name))
    assert os.listdir(tmp_path) == [name]
    assert_same(CNN.load(kind(tmp_path / name)), small())


def test_a_name_without_a_folder_is_a_file_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small().save("net.npz")
    assert os.listdir() == ["net.npz"]
    assert_same(CNN.load("net.npz"), small())


def test_others_may_read_the_file(saved):
    assert saved.stat().st_mode & 0o444 == 0o444


def test_there_is_no_pickle_inside(saved):
    with np.load(saved, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    about = json.loads(arrays.pop("description").item())
    assert about["format"] == "lecturekit.reference.CNN 1"
    assert [layer["kind"] for layer in about["layers"]] == ["Conv2D", "Flatten", "Dense"]
    assert arrays.keys() == small().weights.keys()


# --- never half written -----------------------------------------------------------------------


def test_a_file_is_replaced(saved):
    other = small(seed=1)
    other.save(saved)
    assert_same(CNN.load(saved), other)
    assert os.listdir(saved.parent) == ["net.npz"]


@pytest.mark.parametrize("error", [OSError("No space left"), KeyboardInterrupt()], ids=repr)
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(error, saved, monkeypatch):
    before = saved.read_bytes()

    def fail(file, *arrays, **named):
        file.write(b"half of a network")
        raise error

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(type(error)):
        small(seed=1).save(saved)
    assert os.listdir(saved.parent) == ["net.npz"]
    assert saved.read_bytes() == before


def test_a_replacement_that_fails_leaves_nothing(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(source, target):
        raise PermissionError(13, "no", str(target))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(PermissionError):
        small(seed=1).save(saved)
    assert os.listdir(saved.parent) == ["net.npz"]
    assert saved.read_bytes() == before


def test_a_folder_is_no_file_to_save_in(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        small().save(tmp_path / "folder")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_folder_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        small().save(tmp_path / "nowhere" / "net.npz")


# --- files that hold no network ---------------------------------------------------------------


def test_a_file_that_does_not_exist_is_said_to(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
        CNN.load(tmp_path / "nothing.npz")


def change(path, *, drop=(), about=None, **arrays):
    """Change the description or the arrays of a saved network."""
    with np.load(path) as file:
        stored = {key: file[key] for key in file.files if key not in drop}
    if about is not None:
        text = json.dumps(json.loads(stored["description"].item()) | about)
        stored["description"] = np.array(text)
    np.savez(path, **(stored | arrays))


def layer(kind, **config):
    return {"layers": [{"kind": kind, "config": {"name": "odd"} | config}]}


def archive(path, **files):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)


BAD = {
    "text": lambda path: path.write_text("no network"),
    "nothing": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[:1000]),
    "all_but_the_end": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "pickle": lambda path: path.write_bytes(pickle.dumps({"weights": [1, 2]})),
    "pickled_array": lambda path: np.savez(path, description=np.array([{"a": 1}], object)),
    "one_array": lambda path: np.save(path.open("wb"), np.zeros(3)),
    "other_arrays": lambda path: np.savez(path, a=np.zeros(3)),
    "other_archive": lambda path: archive(path, readme="text"),
    "the_bundled_weights": lambda path: np.savez(path, **data.load_weights()),
    "description_of_numbers": lambda path: change(path, description=np.arange(3)),
    "description_of_text": lambda path: change(path, description=np.array("a network")),
    "description_of_a_list": lambda path: change(path, description=np.array("[1]")),
    "other_format": lambda path: change(path, about={"format": "lecturekit.reference.CNN 2"}),
    "no_format": lambda path: change(path, about={"format": None}),
    "unknown_layer": lambda path: change(path, about=layer("Conv3D")),
    "unknown_activation": lambda path: change(path, about=layer("Dense", units=2, activation="a")),
    "layer_without_filters": lambda path: change(path, about=layer("Conv2D", kernel_size=3)),
    "layer_too_large": lambda path: change(path, about=layer("Conv2D", kernel_size=9, filters=1)),
    "layer_of_text": lambda path: change(path, about=layer("Dense", units="many")),
    "layers_of_numbers": lambda path: change(path, about={"layers": [1, 2]}),
    "no_layers": lambda path: change(path, about={"layers": []}),
    "shape_of_text": lambda path: change(path, about={"input_shape": "4x4"}),
    "shape_of_one_number": lambda path: change(path, about={"input_shape": 4}),
    "shape_of_fractions": lambda path: change(path, about={"input_shape": [4.5, 4, 1]}),
    "negative_shape": lambda path: change(path, about={"input_shape": [-4, 4, 1]}),
    "other_shape": lambda path: change(path, about={"input_shape": [5, 4, 1]}),
    "weight_missing": lambda path: change(path, drop=["dense_1/bias"]),
    "weight_too_many": lambda path: change(path, more=np.zeros(3)),
    "weight_of_another_shape": lambda path: change(path, **{"dense_1/bias": np.zeros(4)}),
    "weight_of_text": lambda path: change(path, **{"dense_1/bias": np.array(["a", "b", "c"])}),
    "weight_that_is_complex": lambda path: change(path, **{"dense_1/bias": np.zeros(3) + 1j}),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_file_without_a_network_is_named(spoil, saved):
    spoil(saved)
    with pytest.raises(ValueError, match=r"load: .*net\.npz"):
        CNN.load(saved)


def test_every_shorter_file_is_damaged(saved):
    content = saved.read_bytes()
    for length in range(0, len(content), 101):
        saved.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"load: .*net\.npz"):
            CNN.load(saved)


def test_a_changed_byte_is_noticed_or_does_no_harm(saved, rng):
    """Whatever byte it is: another network never comes back, and no error that says too little.

    The operating system may have its own word about a place that the file does not have.
    """
    content, told = saved.read_bytes(), set()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= int(rng.integers(1, 256))
        saved.write_bytes(changed)
        try:
            assert_same(CNN.load(saved), small())
        except (ValueError, OSError) as error:
            told.add((type(error), "net.npz" in str(error) or isinstance(error, OSError)))
    assert {named for _, named in told} == {True}
