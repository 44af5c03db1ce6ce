"""MNIST from a file of the reader's own: what is read, and what is refused and how."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lecturekit import data
from lecturekit.data import _idx, _mnist_checks
from lecturekit.data._mnist_files import FILES
from tests.data.small_mnist import idx, idx_files, npz, small_mnist, write_files

IMAGES, LABELS = FILES["x_train"], FILES["y_train"]


def assert_is(digits, arrays):
    """Hold what was loaded against the stored bytes."""
    for name, array in digits._asdict().items():
        if name.startswith("x"):
            assert array.dtype == np.float32
            assert array.shape == (*arrays[name].shape, 1)
            np.testing.assert_array_equal(np.rint(array[..., 0] * 255), arrays[name])
        else:
            assert array.dtype == np.int64
            np.testing.assert_array_equal(array, arrays[name])


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [True, False])
def test_the_file_of_keras(tmp_path, arrays, compressed):
    (tmp_path / "mine.npz").write_bytes(npz(arrays, compressed=compressed))
    digits = data.load_mnist(tmp_path / "mine.npz")
    assert isinstance(digits, data.Digits)
    assert_is(digits, arrays)


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_folder_with_the_four_idx_files(tmp_path, arrays, gzipped):
    folder = write_files(tmp_path / "raw", idx_files(arrays, gzipped=gzipped))
    assert_is(data.load_mnist(str(folder)), arrays)


def test_whether_a_file_is_gzipped_is_not_seen_from_its_name(tmp_path, arrays):
    plain = {name + ".gz": content for name, content in idx_files(arrays, gzipped=False).items()}
    assert_is(data.load_mnist(write_files(tmp_path / "raw", plain)), arrays)


def test_file_names_with_a_dot_before_idx(tmp_path, arrays):
    files = idx_files(arrays, gzipped=False)
    dotted = {name.replace("-idx", ".idx"): content for name, content in files.items()}
    assert_is(data.load_mnist(write_files(tmp_path / "raw", dotted)), arrays)


def test_the_content_counts_and_not_how_it_is_stored(tmp_path, arrays):
    other = {name: np.asfortranarray(array) for name, array in arrays.items()}
    other |= {name: arrays[name].astype(">i8") for name in ("y_train", "y_test")}
    (tmp_path / "mine.npz").write_bytes(npz(other | {"more": np.zeros(3)}))
    digits = data.load_mnist(tmp_path / "mine.npz")
    assert_is(digits, arrays)
    assert all(array.flags.c_contiguous and array.flags.writeable for array in digits)


def test_a_pixel_is_its_byte_divided_by_255(tmp_path):
    arrays = small_mnist()
    arrays["x_train"].reshape(-1)[:256] = np.arange(256)
    (tmp_path / "mine.npz").write_bytes(npz(arrays))
    pixels = data.load_mnist(tmp_path / "mine.npz", check=False).x_train.reshape(-1)[:256]
    exact = (np.arange(256) / 255).astype(np.float32)
    np.testing.assert_array_equal(pixels, exact)
    assert (pixels[0], pixels[-1]) == (0, 1)


def test_the_environment_names_the_file_and_an_argument_goes_before(tmp_path, arrays, monkeypatch):
    (tmp_path / "mine.npz").write_bytes(npz(arrays))
    monkeypatch.setenv("LECTUREKIT_MNIST", str(tmp_path / "mine.npz"))
    assert_is(data.load_mnist(), arrays)
    monkeypatch.setenv("LECTUREKIT_MNIST", str(tmp_path / "nothing.npz"))
    assert_is(data.load_mnist(tmp_path / "mine.npz"), arrays)
    with pytest.raises(data.DataFileError, match=r"nothing.npz \(named by LECTUREKIT_MNIST\): the"):
        data.load_mnist()


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, arrays, monkeypatch):
    (tmp_path / "mine.npz").write_bytes(npz(arrays))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert_is(data.load_mnist("~/mine.npz"), arrays)


def test_each_call_makes_new_arrays(tmp_path, arrays):
    folder = write_files(tmp_path / "raw", idx_files(arrays))
    for array in data.load_mnist(folder):
        array[...] = 7
    assert_is(data.load_mnist(folder), arrays)


def test_neither_data_nor_a_file_of_ones_own_needs_pooch(tmp_path):
    (tmp_path / "mine.npz").write_bytes(npz(small_mnist()))
    code = (
        "import sys; from lecturekit import data; data.load_mnist(sys.argv[1], check=False); "
        "assert not {'pooch', 'requests', 'urllib3', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "mine.npz"], check=True)


# --- other numbers than MNIST's ---------------------------------------------------------------


def test_other_numbers_are_refused_with_both_checksums_and_read_without_the_check(tmp_path, arrays):
    expected = _mnist_checks.CHECKSUMS["x_test"]
    other = arrays | {"x_test": 255 - arrays["x_test"]}
    found = _mnist_checks.checksum(other["x_test"])
    folder = write_files(tmp_path / "fashion", idx_files(other))
    with pytest.raises(data.DataFileError) as error:
        data.load_mnist(folder)
    message = str(error.value)
    assert f"load_mnist: {folder}: not the public MNIST:" in message
    assert f"x_test (20, 28, 28): expected SHA-256 {expected}, found {found}" in message
    assert "check=False" in message
    assert "x_train" not in message
    assert_is(data.load_mnist(folder, check=False), other)


def test_a_part_of_mnist_is_told_by_its_shape(tmp_path, arrays):
    part = arrays | {"x_train": arrays["x_train"][:7], "y_train": arrays["y_train"][:7]}
    (tmp_path / "part.npz").write_bytes(npz(part))
    with pytest.raises(data.DataFileError, match=r"x_train \(7, 28, 28\).*\n *y_train \(7,\)"):
        data.load_mnist(tmp_path / "part.npz")
    assert len(data.load_mnist(tmp_path / "part.npz", check=False).x_train) == 7


def test_train_and_test_swapped_are_recognized(tmp_path, arrays):
    swapped = {f"{axis}_{a}": arrays[f"{axis}_{b}"] for axis in "xy"
               for a, b in (("train", "test"), ("test", "train"))}  # fmt: skip
    with pytest.raises(data.DataFileError, match="which is MNIST's x_test") as error:
        data.load_mnist(write_files(tmp_path / "swapped", idx_files(swapped)))
    assert str(error.value).count("which is MNIST's") == 4


# --- what is refused in any case --------------------------------------------------------------


def changed(name, change):
    """Return a maker of the four files in which one was changed."""
    return lambda arrays: (
        idx_files(arrays) | {f"{FILES[name]}.gz": change(idx_files(arrays)[f"{FILES[name]}.gz"])}
    )


def replaced(name, change):
    """The same, with the unzipped content."""
    return changed(name, lambda _: change(idx(small_mnist()[name])))


def without(name):
    return lambda arrays: {k: v for k, v in idx_files(arrays).items() if FILES[name] not in k}


BAD_FOLDERS = {
    "empty": (lambda _: {}, f"no {IMAGES} and no {IMAGES}.gz; expected four IDX files, {IMAGES},"),
    "one is missing": (without("y_test"), f"has no {FILES['y_test']} and no"),
    "an npz beside": (
        lambda _: {"mnist.npz": b""},
        "to read mnist.npz, name that file and not its folder",
    ),
    "labels for images": (
        replaced("x_train", lambda _: idx(small_mnist()["y_train"])),
        rf"{IMAGES}.gz: expected the magic number 0x00000803 \(IDX, unsigned bytes, 3 axes\), "
        r"found 0x00000801 \(an IDX file of labels\)",
    ),
    "images for labels": (
        replaced("y_train", lambda _: idx(small_mnist()["x_train"])),
        rf"{LABELS}.gz: expected the magic number 0x00000801 .* found 0x00000803",
    ),
    "another type": (
        replaced("y_train", lambda content: content[:2] + b"\x0d" + content[3:]),
        "expected the magic number 0x00000801 .*, found 0x00000d01$",
    ),
    "promises more": (
        replaced("x_train", lambda content: content[:-1]),
        f"{IMAGES}.gz: its header promises 30 x 28 x 28 = 23520 bytes, but it holds 23519",
    ),
    "promises the moon": (
        replaced("x_train", lambda content: content[:4] + b"\xff" * 12),
        "promises 4294967295 x 4294967295 x 4294967295 = 79228162458924105385300197375 bytes",
    ),
    "promises less": (
        replaced("y_train", lambda content: content + b"\x00"),
        f"{LABELS}.gz: its header promises 30 = 30 bytes, but it holds 31",
    ),
    "ends within the header": (
        replaced("x_train", lambda content: content[:15]),
        "ends within its header of 16 bytes, after 15",
    ),
    "ends within the magic number": (
        replaced("x_train", lambda content: content[:3]),
        "expected the magic number .*, found 0x000008",
    ),
    "nothing in it": (replaced("x_train", lambda _: b""), "magic number .*, found an empty file"),
    "a gzip cut short": (
        changed("x_train", lambda content: content[:-30]),
        f"{IMAGES}.gz: its gzip is cut short or damaged",
    ),
    "a gzip cut in its header": (
        changed("x_train", lambda content: content[:5]),
        "its gzip is cut short or damaged",
    ),
    "a gzip of nonsense": (
        changed("x_train", lambda content: content[:10] + b"\xff" * 50),
        r"its gzip is cut short or damaged \(Error -3",
    ),
    "a gzip with a changed byte": (
        changed("x_train", lambda content: content[:900] + b"\x00\x00\x00" + content[903:]),
        "its gzip is cut short or damaged",
    ),
    "a page": (
        changed("x_train", lambda _: b"\n<!DOCTYPE html><p>Log in"),
        r"found 0x3c21444f \(HTML, perhaps a page that asks to log in",
    ),
    "other sizes": (
        replaced("x_test", lambda _: idx(np.zeros((20, 32, 32), np.uint8))),
        r"x_test must be \(N, 28, 28\) uint8, got \(20, 32, 32\) uint8",
    ),
    "fewer labels": (
        replaced("y_test", lambda _: idx(small_mnist()["y_test"][1:])),
        "as many labels as images, at least one: x_test has 20 images, y_test has 19 labels",
    ),
    "eleven classes": (
        replaced("y_test", lambda content: content[:-1] + b"\x0a"),
        "y_test must hold labels from 0 to 9, got 0 to 10",
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_bad_folder(tmp_path, arrays, case, check):
    files, message = BAD_FOLDERS[case]
    folder = write_files(tmp_path / "raw", files(arrays))
    with pytest.raises(data.DataFileError, match=message) as error:
        data.load_mnist(folder, check=check)
    assert str(error.value).startswith(f"load_mnist: {folder}: ")
    assert "check=False" not in str(error.value)


def objects(arrays):
    return npz(arrays | {"y_test": np.array([print] * 20, dtype=object)})


def one_array(_):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def flipped(arrays):
    content = bytearray(npz(arrays, compressed=False))
    content[2000] ^= 1
    return bytes(content)


BAD_FILES = {
    "pickled objects": (objects, "y_test holds pickled Python objects, which are never loaded"),
    "a pickle": (lambda _: b"\x80\x04N.", r"begins with 0x80044e2e \(a pickle, which is never lo"),
    "a single array": (one_array, r"begins with 0x934e554d \(a .npy file, one array alone\)"),
    "empty": (lambda _: b"", "the file begins with an empty file"),
    "a page": (lambda _: b"<html>", "the file begins with .*HTML"),
    "cut short": (lambda arrays: npz(arrays)[:9000], "the .npz file is cut short or damaged"),
    "one bit flipped": (flipped, "x_train cannot be read: the file is damaged"),
    "other names": (
        lambda _: npz({"images": np.zeros(3), "x_test": np.zeros(3)}),
        "has no x_train, y_train, y_test; it holds images, x_test",
    ),
    "an archive of nothing": (lambda _: npz({}), "begins with|it holds nothing"),
    "one of the IDX files": (
        lambda arrays: idx(arrays["x_train"]),
        r"an IDX file of images\). Name the folder that holds all four.",
    ),
    "floats": (
        lambda arrays: npz(arrays | {"x_train": arrays["x_train"] / 255}),
        r"x_train must be \(N, 28, 28\) uint8, got \(30, 28, 28\) float64",
    ),
    "flat images": (
        lambda arrays: npz(arrays | {"x_train": arrays["x_train"].reshape(30, -1)}),
        r"x_train must be \(N, 28, 28\) uint8, got \(30, 784\) uint8",
    ),
    "one-hot labels": (
        lambda arrays: npz(arrays | {"y_test": np.eye(10, dtype=np.uint8)[arrays["y_test"]]}),
        r"y_test must be \(N,\) integers, got \(20, 10\) uint8",
    ),
    "labels as floats": (
        lambda arrays: npz(arrays | {"y_test": arrays["y_test"].astype(float)}),
        r"y_test must be \(N,\) integers, got \(20,\) float64",
    ),
    "negative labels": (
        lambda arrays: npz(arrays | {"y_test": arrays["y_test"].astype(int) - 1}),
        "y_test must hold labels from 0 to 9, got -1 to 8",
    ),
    "no images": (
        lambda arrays: npz({name: array[:0] for name, array in arrays.items()}),
        "at least one: x_train has 0 images, y_train has 0 labels",
    ),
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file(tmp_path, arrays, case, check):
    content, message = BAD_FILES[case]
    file = tmp_path / "mine.npz"
    file.write_bytes(content(arrays))
    with pytest.raises(data.DataFileError, match=message) as error:
        data.load_mnist(file, check=check)
    assert str(error.value).startswith(f"load_mnist: {file}: ")


def test_no_damage_is_anything_but_an_error_of_the_data_file(tmp_path, arrays, rng):
    """Bytes changed and cut at random, as by a bad disk: no other error, and no wrong number."""
    sources = [npz(arrays), npz(arrays, compressed=False)]
    file = tmp_path / "mine.npz"
    for trial in range(300):
        content = bytearray(sources[trial % 2])
        # Half of them among the last bytes, where an archive lists what it holds.
        low = len(content) - 500 if trial % 4 < 2 else 0
        for place in rng.integers(low, len(content), rng.integers(1, 4)):
            content[place] = rng.integers(256)
        file.write_bytes(content[: rng.integers(1, len(content))] if trial % 10 == 9 else content)
        try:
            digits = data.load_mnist(file)
        except data.DataFileError:
            continue
        assert_is(digits, arrays)


def test_random_bytes_are_no_idx_file(rng):
    for _ in range(300):
        content = bytes([0, 0, 8, 3]) + rng.bytes(int(rng.integers(0, 60)))
        with pytest.raises(data.DataFileError):
            _idx.read_idx(content, axes=3)


@pytest.mark.parametrize("name", ["nothing.npz", "no/folder"])
def test_a_path_that_is_not_there(tmp_path, name):
    with pytest.raises(data.DataFileError, match=f"{name}: there is no such file or folder"):
        data.load_mnist(tmp_path / name)


def test_a_file_that_may_not_be_read(tmp_path, arrays, monkeypatch):
    file = tmp_path / "mine.npz"
    file.write_bytes(npz(arrays))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(data.DataFileError, match=r"cannot be read \(PermissionError: .*Permission"):
        data.load_mnist(file)


@pytest.mark.parametrize("path", [3, ["a"], 1.5])
def test_what_is_no_path(path):
    with pytest.raises(TypeError, match="load_mnist: path must be a str or a path, got"):
        data.load_mnist(path)


# --- the real file ----------------------------------------------------------------------------

REAL = os.environ.get("LECTUREKIT_MNIST")
needs_mnist = pytest.mark.skipif(not REAL, reason="LECTUREKIT_MNIST names no mnist.npz")


@needs_mnist
def test_the_public_mnist(tmp_path):
    digits = data.load_mnist(REAL)
    assert [len(array) for array in digits] == [60_000, 60_000, 10_000, 10_000]
    assert digits.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert digits.y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(digits.y_train).tolist() == counts
    # The numbers by which everybody normalizes MNIST.
    assert digits.x_train.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert digits.x_train.std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-5)


@needs_mnist
def test_the_public_mnist_as_four_idx_files_and_with_one_pixel_changed(tmp_path):
    with np.load(REAL) as archive:
        arrays = {name: archive[name] for name in FILES}
    files = idx_files(arrays, gzipped=False)
    folder = write_files(tmp_path / "raw", files)
    for one, other in zip(data.load_mnist(folder), data.load_mnist(REAL), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    arrays["x_test"][5000, 14, 14] ^= 1
    (folder / FILES["x_test"]).write_bytes(idx(arrays["x_test"]))
    with pytest.raises(data.DataFileError, match=r"x_test \(10000, 28, 28\): expected SHA-256"):
        data.load_mnist(folder)
