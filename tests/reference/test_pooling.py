"""Max and mean pooling against windows cut out one by one."""

import numpy as np
import pytest

from lecturekit import reference as ref
from lecturekit.shapes import ShapeError

POOLINGS = [(ref.max_pool2d, np.max), (ref.avg_pool2d, np.mean)]


def by_hand(x, reduce, size, stride, pads):
    """Reduce the real pixels of each window, without any padding at all."""
    (kh, kw), (sh, sw), ((top, bottom), (left, right)) = size, stride, pads
    rows = (x.shape[1] + top + bottom - kh) // sh + 1
    columns = (x.shape[2] + left + right - kw) // sw + 1
    y = np.empty((len(x), rows, columns, x.shape[3]))
    for i, j in np.ndindex(rows, columns):
        above, before = i * sh - top, j * sw - left
        window = x[:, max(above, 0) : above + kh, max(before, 0) : before + kw]
        y[:, i, j] = reduce(window, axis=(1, 2))
    return y


@pytest.mark.parametrize(("pool", "reduce"), POOLINGS)
def test_the_stride_is_the_size_unless_told(pool, reduce, rng):
    x = rng.normal(size=(1, 11, 11, 2))
    assert pool(x).shape == (1, 5, 5, 2)
    assert np.array_equal(pool(x), pool(x, 2, stride=2))


@pytest.mark.parametrize("pool", [ref.max_pool2d, ref.avg_pool2d])
class TestBoth:
    def test_nan_propagates(self, pool):
        x = np.array([[1, np.nan, 1, 1], [2, 3, 1, 1]])[None, :, :, None]
        y = pool(x).ravel()
        assert np.isnan(y[0])
        assert y[1] == 1

    def test_empty_batch(self, pool):
        assert pool(np.zeros((0, 4, 4, 3))).shape == (0, 2, 2, 3)

    def test_the_argument_stays_as_it_is(self, pool, rng):
        x = rng.normal(size=(1, 4, 4, 1))
        kept = x.copy()
        y = pool(x, 1)
        y[...] = 0
        assert np.array_equal(x, kept)

    @pytest.mark.parametrize(
        ("shape", "options", "error", "message"),
        [
            ((4, 4), {}, ShapeError, r"x must have 4 dimensions \(N, H, W, C\), got 2: \(4, 4\)"),
            ((1, 1, 1, 1), {}, ShapeError, "a window of 2x2 does not fit on an image of 1x1"),
            ((1, 4, 4, 1), {"size": 0}, ValueError, "size must be at least 1, got 0"),
            ((1, 4, 4, 1), {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
            ((1, 4, 4, 1), {"padding": 2}, ShapeError, "must be smaller than the window"),
            ((1, 4, 4, 1), {"padding": -1}, ValueError, "padding must be at least 0, got -1"),
            ((1, 4, 4, 1), {"padding": "full"}, ValueError, "got 'full'"),
        ],
    )
    def test_bad_input(self, pool, shape, options, error, message):
        with pytest.raises(error, match=f"{pool.__name__}: .*{message}"):
            pool(np.zeros(shape), **options)

    def test_what_is_not_a_number(self, pool):
        with pytest.raises(TypeError, match=f"{pool.__name__}: x must hold real numbers"):
            pool(np.full((1, 2, 2, 1), "a"))


def test_max_keeps_integers_and_mean_gives_floats():
    x = np.full((1, 2, 2, 1), 200, np.uint8)
    assert ref.max_pool2d(x).dtype == np.uint8
    assert ref.avg_pool2d(x).dtype == np.float64
    assert ref.avg_pool2d(x).item() == 200


def test_padding_never_wins_among_negative_numbers():
    x = np.full((1, 2, 2, 1), -5, np.int8)
    assert ref.max_pool2d(x, 2, padding=1).ravel().tolist() == [-5] * 4
