"""What all functions have in common: which arrays they take, what they leave alone, what they give.

Each function is called with small arrays of the shapes in `CALLS`.
"""

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lecturekit import reference as ref


@dataclass(frozen=True)
class Call:
    """A function, the shapes of its arrays, and how many of the first of them hold a batch."""

    function: Any
    shapes: list[tuple[int, ...]]
    batches: int
    options: dict[str, Any] = field(default_factory=dict)
    keeps_integers: bool = False

    def __call__(self, *arrays):
        results = self.function(*arrays, **self.options)
        return list(results) if isinstance(results, tuple) else [results]

    def arrays(self, rng, dtypes="f8"):
        dtypes = [dtypes] * len(self.shapes) if isinstance(dtypes, str) else dtypes
        pairs = zip(self.shapes, dtypes, strict=True)
        return [rng.integers(0, 9, shape).astype(dtype) for shape, dtype in pairs]


def d_logits(logits):
    """The part of `softmax_cross_entropy` that is an array."""
    return ref.softmax_cross_entropy(logits, np.arange(len(logits)))[1]


IMAGES, POOLED, ROWS = (2, 6, 5, 4), (2, 3, 2, 4), (2, 6)
FILTERS, MAPS, SAME = (3, 2, 2, 6), (2, 4, 4, 6), {"padding": "same", "groups": 2}
PAD = {"size": 3, "stride": 1, "padding": 1}
CALLS = {
    "conv2d": Call(ref.conv2d, [IMAGES, FILTERS, (6,)], 1, {"groups": 2}),
    "conv2d same": Call(ref.conv2d, [IMAGES, FILTERS], 1, SAME),
    "conv2d 1x1": Call(ref.conv2d, [IMAGES, (1, 1, 4, 1)], 1),
    "conv2d_loops": Call(ref.conv2d_loops, [IMAGES, FILTERS, (6,)], 1, {"groups": 2}),
    "conv2d_backward": Call(ref.conv2d_backward, [MAPS, IMAGES, FILTERS], 2, {"groups": 2}),
    "conv2d_backward same": Call(
        ref.conv2d_backward, [(2, 6, 5, 6), IMAGES, FILTERS], 2, {"padding": "same", "groups": 2}
    ),
    "conv2d_backward 1x1": Call(ref.conv2d_backward, [(2, 6, 5, 1), IMAGES, (1, 1, 4, 1)], 2),
    "max_pool2d": Call(ref.max_pool2d, [IMAGES], 1, keeps_integers=True),
    "max_pool2d 1x1": Call(ref.max_pool2d, [IMAGES], 1, {"size": 1}, keeps_integers=True),
    "max_pool2d padded": Call(ref.max_pool2d, [IMAGES], 1, PAD, keeps_integers=True),
    "max_pool2d_backward": Call(ref.max_pool2d_backward, [POOLED, IMAGES], 2),
    "max_pool2d_backward 1x1": Call(ref.max_pool2d_backward, [IMAGES, IMAGES], 2, {"size": 1}),
    "max_pool2d_backward padded": Call(ref.max_pool2d_backward, [IMAGES, IMAGES], 2, PAD),
    "avg_pool2d": Call(ref.avg_pool2d, [IMAGES], 1),
    "avg_pool2d 1x1": Call(ref.avg_pool2d, [IMAGES], 1, {"size": 1}),
    "avg_pool2d padded": Call(ref.avg_pool2d, [IMAGES], 1, PAD),
    "avg_pool2d_backward": Call(ref.avg_pool2d_backward, [POOLED, IMAGES], 2),
    "avg_pool2d_backward 1x1": Call(ref.avg_pool2d_backward, [IMAGES, IMAGES], 2, {"size": 1}),
    "avg_pool2d_backward padded": Call(ref.avg_pool2d_backward, [IMAGES, IMAGES], 2, PAD),
    "dense": Call(ref.dense, [ROWS, (6, 3), (3,)], 1),
    "dense without bias": Call(ref.dense, [ROWS, (6, 3)], 1),
    "dense_backward": Call(ref.dense_backward, [(2, 3), ROWS, (6, 3)], 2),
    "relu": Call(ref.relu, [IMAGES], 1, keeps_integers=True),
    "relu_backward": Call(ref.relu_backward, [IMAGES, IMAGES], 2),
    "flatten": Call(ref.flatten, [IMAGES], 1, keeps_integers=True),
    "flatten_backward": Call(ref.flatten_backward, [(2, 120), IMAGES], 2),
    "softmax": Call(ref.softmax, [ROWS], 1),
    "softmax_backward": Call(ref.softmax_backward, [ROWS, ROWS], 2),
    "softmax_cross_entropy": Call(d_logits, [ROWS], 1),
}


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


def test_every_function_of_arrays_is_called():
    others = {"connections", "convolution_matrix", "correlate2d"}
    others |= {"numerical_gradient", "relative_error"}
    functions = {name for name in ref.__all__ if inspect.isfunction(getattr(ref, name))}
    assert {name.split()[0] for name in CALLS} | others >= functions


def test_arguments_are_read_and_never_written(call, rng):
    """What is read-only cannot be written by mistake; a second call sees the same."""
    arrays = call.arrays(rng)
    kept = [a.copy() for a in arrays]
    expected = call(*arrays)
    for array in arrays:
        array.flags.writeable = False
    for result, first in zip(call(*arrays), expected, strict=True):
        assert np.array_equal(result, first)
    assert all(np.array_equal(a, k) for a, k in zip(arrays, kept, strict=True))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1"])
def test_results_are_no_part_of_the_arguments(call, dtype, rng):
    arrays = call.arrays(rng, dtype)
    kept = [a.copy() for a in arrays]
    results = call(*arrays)
    for number, result in enumerate(results):
        assert not any(np.shares_memory(result, other) for other in results[:number])
        result[...] = 77
    assert all(np.array_equal(a, k) for a, k in zip(arrays, kept, strict=True))


def strided(array):
    """The same numbers, as every second of a larger array."""
    larger = np.full([2 * n for n in array.shape], -99, array.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def backwards(array):
    """The same numbers, stored from the last to the first."""
    flip = tuple(slice(None, None, -1) for _ in array.shape)
    return array[flip].copy()[flip]


LAYOUTS = {
    "transposed": np.asfortranarray,
    "strided": strided,
    "backwards": backwards,
    "nested lists": np.ndarray.tolist,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_an_array_lies_in_memory_does_not_matter(call, layout, rng, assert_relative):
    arrays = call.arrays(rng)
    results = call(*map(LAYOUTS[layout], arrays))
    for result, expected in zip(results, call(*arrays), strict=True):
        assert result.dtype == expected.dtype
        assert_relative(result, expected, "float64")


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
@pytest.mark.parametrize("name", [name for name in CALLS if name != "softmax_cross_entropy"])
def test_an_empty_batch_gives_no_images_and_gradients_of_zero(name, dtype, rng):
    """But for the loss: the mean of nothing raises, see test_loss.py."""
    call = CALLS[name]
    arrays = call.arrays(rng, dtype)
    empty = [a[:0] for a in arrays[: call.batches]] + arrays[call.batches :]
    for number, (result, full) in enumerate(zip(call(*empty), call(*arrays), strict=True)):
        assert result.dtype == full.dtype
        if number == 0:
            assert result.shape == (0, *full.shape[1:])
        else:
            assert result.shape == full.shape
            assert not result.any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_any_float_dtype_is_kept(call, dtype, rng):
    results = call(*call.arrays(rng, np.dtype(dtype).str))
    assert [r.dtype for r in results] == [dtype] * len(results)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i4", "u8"])
def test_integers_become_float64_and_never_wrap(call, dtype, rng):
    """But for functions that only choose among the numbers they get: these keep them."""
    kept = "i8" if dtype == "?" else dtype
    expected = kept if call.keeps_integers else "f8"
    arrays = call.arrays(rng, dtype)
    as_floats = call(*(a.astype(np.float64) for a in arrays))
    for result, exact in zip(call(*arrays), as_floats, strict=True):
        assert result.dtype == expected
        assert np.array_equal(result, exact)


@pytest.mark.parametrize(
    ("one", "rest", "expected"),
    [("f8", "f4", "f8"), ("f4", "f2", "f4"), ("f4", "i8", "f4"), ("f2", "i8", "f2")],
)
def test_the_widest_float_wins_wherever_it_comes(call, one, rest, expected, rng):
    count = len(call.shapes)
    for place in range(count):
        dtypes = [one if number == place else rest for number in range(count)]
        results = call(*call.arrays(rng, dtypes))
        assert [r.dtype for r in results] == [expected] * len(results)


def test_float16_is_computed_in_float32_and_rounded_once(call, rng):
    arrays = [rng.normal(size=shape).astype(np.float16) for shape in call.shapes]
    wide = call(*(a.astype(np.float32) for a in arrays))
    for result, expected in zip(call(*arrays), wide, strict=True):
        assert np.array_equal(result, expected.astype(np.float16))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_sums_that_float16_cannot_hold_on_the_way(place):
    """float16 has no 2049: 2048 + 1 + 1 done in it stays 2048, in any order with 2048 first."""
    parts = np.ones((1, 1, 3, 1), np.float16)
    parts[0, 0, place] = 2048
    centre = np.array([0, 0, 9, 0, 0], np.float16).reshape(1, 1, 5, 1)
    window = {"size": (1, 3), "stride": 1}
    one = np.ones((1, 1, 1, 1), np.float16)
    sums = [
        ref.conv2d_backward(parts, np.ones_like(parts), one)[1],
        ref.conv2d_backward(parts, np.ones_like(parts), one)[2],
        ref.dense_backward(parts.reshape(3, 1), np.ones_like(parts).reshape(3, 1), one[0, 0])[2],
        ref.max_pool2d_backward(parts, centre, **window)[0, 0, 2],
        ref.avg_pool2d_backward(parts * 3, centre, **window)[0, 0, 2],
    ]
    assert [s.item() for s in sums] == [2050] * 5


def test_the_loss_of_float16_scores_is_that_of_float32(rng):
    logits = rng.normal(size=(4, 1000)).astype(np.float16)
    loss, _ = ref.softmax_cross_entropy(logits, [0, 1, 2, 3])
    assert loss == ref.softmax_cross_entropy(logits.astype(np.float32), [0, 1, 2, 3])[0]
