"""The bundled files: the digits, the weights, and what happens when a file is damaged."""

import hashlib
import subprocess
import sys
import zipfile

import make_digits
import numpy as np
import pytest
from sklearn import datasets

from lecturekit import data
from lecturekit.data import _bundled, _digits
from lecturekit.reference import CNN

MAKERS = {
    "cnn_weights.npz": "make weights",
    "digits.npz": "make digits",
    "jury.npz": "make jury",
    "seed_study.npz": "make study",
}
BUNDLED = tuple(MAKERS)
LAYERS = {
    "conv2d_1": ((3, 3, 1, 25), (25,)),
    "conv2d_2": ((3, 3, 25, 50), (50,)),
    "dense": ((1250, 100), (100,)),
    "output": ((100, 10), (10,)),
}


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def originals():
    return datasets.load_digits()


@pytest.fixture
def copies(tmp_path):
    """A folder with copies of the bundled files, to be damaged."""
    for name in (*BUNDLED, _bundled.CHECKSUMS):
        (tmp_path / name).write_bytes((_bundled.FOLDER / name).read_bytes())
    return tmp_path


# --- the digits -------------------------------------------------------------------------------


def test_digits_have_the_shapes_types_and_range_that_the_docstring_says(digits):
    assert [a.shape for a in digits] == [(1437, 28, 28, 1), (1437,), (360, 28, 28, 1), (360,)]
    assert [a.dtype for a in digits] == [np.float32, np.int64, np.float32, np.int64]
    for images in (digits.x_train, digits.x_test):
        assert images.min() == 0
        assert images.max() == 1
    assert set(digits.y_train) == set(digits.y_test) == set(range(10))


def test_digits_are_the_same_on_every_machine(digits):
    """The images are computed in integers: one checksum holds for all systems and versions."""
    content = b"".join(array.tobytes() for array in digits)
    expected = "3653983125f3cf6b82eb114b6a3c89ba3ab4aa057f771f6b96330e07f4629310"
    assert hashlib.sha256(content).hexdigest() == expected


def test_the_file_holds_what_scikit_learn_ships(originals):
    stored = _bundled.read_npz("digits.npz")
    np.testing.assert_array_equal(stored["images"], originals.images)
    np.testing.assert_array_equal(stored["labels"], originals.target)


def test_the_script_makes_the_bundled_file_byte_for_byte(tmp_path):
    checksum = make_digits.make_digits(tmp_path)
    made = (tmp_path / "digits.npz").read_bytes()
    assert made == (_bundled.FOLDER / "digits.npz").read_bytes()
    assert checksum == _bundled.read_checksums()["digits.npz"]


def test_each_digit_keeps_its_share_in_the_held_out_part(digits, originals):
    share = np.bincount(digits.y_test) - np.bincount(originals.target) / 5
    assert np.abs(share).max() < 1


def test_both_parts_together_are_all_digits_once(digits, originals):
    parts = np.concatenate([digits.x_train, digits.x_test])[..., 0] * 255
    whole = _digits.enlarge(originals.images.astype(np.uint8))
    key = [image.astype(np.uint8).tobytes() for image in np.rint(parts)]
    assert sorted(key) == sorted(image.tobytes() for image in whole)
    assert len(set(key)) == 1797  # no digit is in both parts


def test_digits_lie_inside_a_margin_and_in_the_middle(digits):
    images = np.concatenate([digits.x_train, digits.x_test])[..., 0].astype(np.float64)
    edge = np.ones((28, 28), dtype=bool)
    edge[1:-1, 1:-1] = False
    assert not images[:, edge].any()
    total = images.sum(axis=(1, 2))
    for axis in (1, 2):
        middle = images.sum(axis=axis) @ np.arange(28) / total
        assert np.abs(middle - 13.5).max() <= 0.5


def test_enlarging_keeps_what_an_interpolation_must_keep():
    weights = _digits._interpolation_weights(8, 20) / 2000
    inner = slice(4, 16)  # away from the edge, beyond which there is no ink
    np.testing.assert_allclose(weights[inner].sum(axis=1), 1, rtol=0, atol=1e-15)
    places = (np.arange(20) + 0.5) * 8 / 20 - 0.5
    np.testing.assert_allclose(weights[inner] @ np.arange(8), places[inner], rtol=0, atol=1e-14)
    squares = weights[inner] @ np.arange(8) ** 2  # Catmull-Rom is exact up to the second degree
    np.testing.assert_allclose(squares, places[inner] ** 2, rtol=0, atol=1e-13)


def test_enlarging_turns_with_the_image(originals):
    """Upside down in, upside down out: no half-pixel is lost on the way to 20x20."""
    image = originals.images[:50].astype(np.uint8)
    weights = _digits._interpolation_weights(8, 20)
    np.testing.assert_array_equal(weights, weights[::-1, ::-1])
    turned = _digits.enlarge(image[:, ::-1, ::-1])[:, ::-1, ::-1]
    # A center of mass exactly between two pixels rounds the other way when it is turned.
    same = [np.array_equal(a, b) for a, b in zip(_digits.enlarge(image), turned, strict=True)]
    assert np.mean(same) >= 0.9


@pytest.mark.parametrize("count", [0, 1])
def test_enlarging_an_empty_batch_or_an_empty_image(count):
    enlarged = _digits.enlarge(np.zeros((count, 8, 8), dtype=np.uint8))
    assert enlarged.shape == (count, 28, 28)
    assert enlarged.dtype == np.uint8
    assert not enlarged.any()


def test_callers_cannot_change_each_others_digits():
    first = data.load_digits()
    for array in first:
        array[...] = 7
    assert data.load_digits().x_train.max() == 1
    assert set(data.load_digits().y_test) == set(range(10))


# --- the weights ------------------------------------------------------------------------------


def test_weights_have_the_layers_shapes_and_type_of_the_lectures_network():
    weights = data.load_weights()
    expected = {f"{layer}/kernel": kernel for layer, (kernel, _) in LAYERS.items()}
    expected |= {f"{layer}/bias": bias for layer, (_, bias) in LAYERS.items()}
    assert {name: array.shape for name, array in weights.items()} == expected
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_weight_is_exactly_an_8_bit_integer_times_the_layers_scale(layer):
    stored = _bundled.read_npz("cnn_weights.npz")
    scale = stored[f"{layer}/scale"]
    assert scale.dtype == np.float32
    assert scale.shape == ()
    mantissa, _ = np.frexp(scale)
    assert mantissa * 2**12 == np.rint(mantissa * 2**12)  # 12 significant bits
    for part in ("kernel", "bias"):
        integers = stored[f"{layer}/{part}"]
        assert integers.dtype == np.int8
        assert integers.min() >= -127
        exact = integers.astype(np.float64) * np.float64(scale)
        np.testing.assert_array_equal(data.load_weights()[f"{layer}/{part}"], exact)


@pytest.mark.parametrize("size", [1e-6, 1, 300])
def test_rounding_to_8_bits_is_exact_and_as_near_as_8_bits_can_be(size, rng):
    import train_weights  # here: it loads TensorFlow, which the other tests do not need

    kernel, bias = (size * rng.standard_normal(shape).astype(np.float32) for shape in ((9, 5), 5))
    stored, rounded_kernel, rounded_bias = train_weights.quantize(kernel, bias)
    scale = float(stored["scale"])
    for part, old, new in (("kernel", kernel, rounded_kernel), ("bias", bias, rounded_bias)):
        assert stored[part].dtype == np.int8
        assert new.dtype == np.float32
        np.testing.assert_array_equal(new, stored[part] * scale)  # in float64: nothing is lost
        assert np.abs(new - old).max() <= scale / 2 * (1 + 1e-6)
    integers = np.abs(np.concatenate([stored["kernel"].ravel(), stored["bias"]]).astype(int))
    assert integers.max() == 127


def test_no_filter_is_dead_or_doubled():
    """Chapter 6 draws all filters: each must see something, and something of its own."""
    weights = data.load_weights()
    for layer in ("conv2d_1", "conv2d_2"):
        kernel = weights[f"{layer}/kernel"]
        filters = kernel.reshape(-1, kernel.shape[-1]).T
        size = np.linalg.norm(filters, axis=1)
        assert size.min() > 0.1 * size.max()
        cosine = (filters / size[:, None]) @ (filters / size[:, None]).T
        np.fill_diagonal(cosine, 0)
        assert cosine.max() < 0.99


def test_the_weights_are_small_enough_for_a_page():
    assert (_bundled.FOLDER / "cnn_weights.npz").stat().st_size < 300_000


# --- damaged files ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_the_listed_checksum_is_that_of_the_file(name):
    content = (_bundled.FOLDER / name).read_bytes()
    assert _bundled.read_checksums()[name] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", BUNDLED)
def test_one_changed_bit_is_an_error_that_names_both_checksums_and_the_repair(copies, name):
    content = bytearray((copies / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copies / name).write_bytes(content)
    with pytest.raises(data.DataFileError) as error:
        _bundled.read_npz(name, folder=copies)
    message = str(error.value)
    assert str(copies / name) in message
    assert _bundled.read_checksums()[name] in message
    assert hashlib.sha256(content).hexdigest() in message
    assert f"git checkout -- lecturekit/data/{name}" in message
    assert MAKERS[name] in message


def remove_file(folder):
    (folder / "digits.npz").unlink()


def cut_file(folder):
    content = (folder / "digits.npz").read_bytes()
    (folder / "digits.npz").write_bytes(content[:1000])


def remove_checksums(folder):
    (folder / _bundled.CHECKSUMS).unlink()


def forget_checksum(folder):
    (folder / _bundled.CHECKSUMS).write_text("")


def garble_checksums(folder):
    (folder / _bundled.CHECKSUMS).write_text("no checksum here, only words\n")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_file, r"digits\.npz is missing or damaged: .* no readable file"),
        (cut_file, r"digits\.npz is missing or damaged: expected SHA-256 \w{64}, found \w{64}"),
        (remove_checksums, r"SHA256SUMS\.txt is missing or damaged: .*FileNotFoundError"),
        (forget_checksum, r"SHA256SUMS\.txt is missing or damaged: expected a line for digits"),
        (garble_checksums, r"SHA256SUMS\.txt is missing or damaged: .*ValueError"),
    ],
)
def test_a_missing_or_damaged_file_is_a_clear_error(copies, damage, message):
    assert _bundled.read_npz("digits.npz", folder=copies)
    damage(copies)
    with pytest.raises(data.DataFileError, match=message):
        _bundled.read_npz("digits.npz", folder=copies)


def test_a_pickle_is_never_loaded(tmp_path):
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(ValueError, match="Object arrays"):
        _bundled.write_npz("bad.npz", {"a": objects}, folder=tmp_path)
    np.savez(tmp_path / "bad.npz", a=objects)
    checksum = hashlib.sha256((tmp_path / "bad.npz").read_bytes()).hexdigest()
    (tmp_path / _bundled.CHECKSUMS).write_text(f"{checksum}  bad.npz\n")
    with pytest.raises(ValueError, match="allow_pickle"):
        _bundled.read_npz("bad.npz", folder=tmp_path)


def test_writing_gives_the_same_bytes_at_any_time_and_reads_back(tmp_path, rng):
    arrays = {"a/b": rng.standard_normal((3, 4)), "c": np.arange(5, dtype=">i4")}
    first = _bundled.write_npz("one.npz", arrays, folder=tmp_path)
    second = _bundled.write_npz("two.npz", arrays, folder=tmp_path)
    assert first == second
    assert _bundled.read_checksums(folder=tmp_path) == {"one.npz": first, "two.npz": second}
    with zipfile.ZipFile(tmp_path / "one.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for key, array in _bundled.read_npz("one.npz", folder=tmp_path).items():
        np.testing.assert_array_equal(array, arrays[key])


def test_data_needs_no_tensorflow():
    code = (
        "import sys; from lecturekit import data; data.load_digits(); data.load_weights(); "
        "assert not {'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the network in NumPy ---------------------------------------------------------------------


def test_the_network_is_that_of_keras(digits):
    from lecturekit.models import load_pretrained

    cnn, expected = data.load_cnn(), CNN.from_keras(load_pretrained())
    assert repr(cnn) == repr(expected)
    assert [layer.name for layer in cnn.layers] == [layer.name for layer in expected.layers]
    assert cnn.weights.keys() == expected.weights.keys() == data.load_weights().keys()
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(weight, expected.weights[name], strict=True)
    x = digits.x_test[:20]
    np.testing.assert_array_equal(cnn.forward(x), expected.forward(x))
    for name, values in cnn.activations(x, before_activation=True).items():
        others = expected.activations(x, before_activation=True)[name]
        np.testing.assert_array_equal(values, others)


def test_the_network_reads_at_least_98_percent_of_the_held_out_digits(digits):
    assert data.load_cnn().evaluate(digits.x_test, digits.y_test)[1] >= 0.98


def test_each_call_makes_a_new_network():
    one = data.load_cnn()
    for weight in one.weights.values():
        weight[...] = 0
    assert all(weight.any() for weight in data.load_cnn().weights.values())


def test_the_network_is_used_and_trained_without_tensorflow():
    code = (
        "import sys; from lecturekit import data; cnn = data.load_cnn(); d = data.load_digits(); "
        "cnn.forward(d.x_test[:5]); cnn.fit(d.x_test[:20], d.y_test[:20], epochs=1); "
        "assert not {'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the jury ---------------------------------------------------------------------------------


def test_the_jury_is_three_networks_of_the_same_kind_and_of_other_weights(digits):
    jury, own = data.load_jury(), data.load_cnn()
    kernels = [network.weights["conv2d_1/kernel"] for network in (own, *jury)]
    assert len({kernel.tobytes() for kernel in kernels}) == 4
    for network in jury:
        assert repr(network) == repr(own)
        assert network.evaluate(digits.x_test, digits.y_test)[1] >= 0.975


def test_the_text_beside_the_jury_has_its_checksum_its_accuracy_and_the_choice(digits):
    text = (_bundled.FOLDER / "jury.md").read_text(encoding="utf-8")
    assert _bundled.read_checksums()["jury.npz"] in text
    read = [
        int((network.forward(digits.x_test).argmax(axis=1) == digits.y_test).sum())
        for network in data.load_jury()
    ]
    assert ", ".join(map(str, read)) in text
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| 0")]
    few = [row for row in rows if int(row[5]) <= 150]
    best = max(few, key=lambda row: (int(row[4]), int(row[3])))
    assert best[:3] == ["0.2", "0.02", "1, 10, 1.1"]
