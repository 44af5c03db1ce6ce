"""Loops = fast NumPy = TensorFlow on random configurations, and what every convolution obeys.

Two slips of the forward pass, and the first tests that each of them fails:

- the kernel is turned by 180 degrees: `test_conv2d_equals_loops_and_tensorflow`;
- a block of patches is put in the wrong place: `test_in_small_blocks_as_in_one`.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lecturekit import reference as ref
from lecturekit import tf_ops
from lecturekit._tensorflow import tf
from lecturekit.reference import _windows
from lecturekit.shapes import pad_amounts
from tests.reference.configurations import (
    PADDINGS,
    TOLERANCE,
    both,
    convolutions,
    poolings,
    tensorflow_errs,
)
from tests.reference.test_pooling import by_hand

FLOAT64 = st.just("float64")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("padding", PADDINGS)
@given(data=st.data())
def test_conv2d_equals_loops_and_tensorflow(padding, dtype, data, assert_relative):
    case = data.draw(convolutions(PADDINGS[padding], st.just(dtype)))
    x, w, b, _ = case.arrays()
    y = ref.conv2d(x, w, b, **case.options)
    assert y.dtype == dtype
    assert_relative(y, ref.conv2d_loops(x, w, b, **case.options), TOLERANCE[dtype])
    assert_relative(y, tf_ops.conv2d(x, w, b, **case.options), TOLERANCE[dtype])


@pytest.mark.parametrize("option", ["stride", "dilation"])
@given(data=st.data())
def test_conv2d_equals_what_tensorflow_takes_directly(option, data, assert_relative):
    """A stride or a dilation, not both; groups; padding by a word."""
    other = {"stride": "dilations", "dilation": "strides"}[option]
    words = st.sampled_from(["valid", "same"])
    case = data.draw(convolutions(words, **{other: st.just(1)}))
    assume(not tensorflow_errs(case, channels=case.x[3]))
    x, w, b, _ = case.arrays()
    y = tf.nn.conv2d(
        tf.constant(x),
        tf.constant(w),
        case.options["stride"],
        case.options["padding"].upper(),
        dilations=case.options["dilation"],
    )
    assert_relative(ref.conv2d(x, w, b, **case.options), y + b, TOLERANCE[case.dtype])


@pytest.mark.parametrize("padding", PADDINGS)
@given(data=st.data())
def test_max_pooling_equals_windows_cut_by_hand_and_tensorflow(padding, data, assert_relative):
    case = data.draw(poolings(padding))
    x, _ = case.arrays()
    y = ref.max_pool2d(x, **case.options)
    assert y.dtype == case.dtype
    assert_relative(y, cut_by_hand(x, np.max, **case.options), "exact")
    assert_relative(y, tf_max_pool2d(x, **case.options), "exact")


@pytest.mark.parametrize("padding", PADDINGS)
@given(data=st.data())
def test_mean_pooling_equals_windows_cut_by_hand_and_tensorflow(padding, data, assert_relative):
    case = data.draw(poolings(padding))
    x, _ = case.arrays()
    y = ref.avg_pool2d(x, **case.options)
    assert y.dtype == case.dtype
    assert_relative(y, cut_by_hand(x, np.mean, **case.options), TOLERANCE[case.dtype])
    assert_relative(y, tf_ops.avg_pool2d(x, **case.options), TOLERANCE[case.dtype])
    if padding in ("valid", "same"):
        size, stride = case.options["size"], case.options["stride"] or case.options["size"]
        theirs = tf.nn.avg_pool2d(tf.constant(x), size, stride, padding.upper())
        assert_relative(y, theirs, TOLERANCE[case.dtype])


def cut_by_hand(x, reduce, size, stride, padding):
    """`by_hand`, with the arguments of a pooling."""
    size, stride = both(size), both(size if stride is None else stride)
    pads = pad_amounts(x.shape[1:3], size, stride=stride, padding=padding)
    return by_hand(x, reduce, size, stride, pads)


def tf_max_pool2d(x, size, stride, padding):
    """TensorFlow's own max pooling: it pads by itself."""
    if isinstance(padding, str):
        pads = padding.upper()
    else:
        pads = [(0, 0), *((p, p) for p in both(padding)), (0, 0)]
    return tf.nn.max_pool2d(tf.constant(x), size, size if stride is None else stride, pads)


@given(case=convolutions(dtype=FLOAT64))
def test_backward_is_the_adjoint_of_forward(case, assert_relative):
    """A convolution is linear in x and in w: <d_y, conv(x, w)> = <d_x, x> = <d_w, w>."""
    x, w, _, d_y = case.arrays()
    d_x, d_w, _ = ref.conv2d_backward(d_y, x, w, **case.options)
    expected = np.vdot(d_y, ref.conv2d(x, w, **case.options))
    assert_relative(np.vdot(d_x, x), expected, "float64")
    assert_relative(np.vdot(d_w, w), expected, "float64")


@given(case=convolutions(dtype=FLOAT64), factor=st.floats(0.5, 2))
def test_linear_in_the_image(case, factor, assert_relative):
    x, w, _, _ = case.arrays()
    other = x[:, ::-1, ::-1]
    y, z = (ref.conv2d(a, w, **case.options) for a in (x, other))
    assert_relative(ref.conv2d(factor * x + other, w, **case.options), factor * y + z, "float64")
    assert_relative(ref.conv2d(-x, w, **case.options), -y, "float64")


@given(case=convolutions(dtype=FLOAT64), factor=st.floats(0.5, 2))
def test_linear_in_the_filters(case, factor, assert_relative):
    x, w, _, _ = case.arrays()
    other = w[::-1, ::-1]
    y, z = (ref.conv2d(x, a, **case.options) for a in (w, other))
    assert_relative(ref.conv2d(x, factor * w + other, **case.options), factor * y + z, "float64")
    assert_relative(ref.conv2d(x, -w, **case.options), -y, "float64")


@given(case=convolutions(st.just("valid"), FLOAT64), moved=st.tuples(*[st.integers(0, 2)] * 2))
def test_a_shifted_image_gives_a_shifted_map(case, moved, assert_relative):
    """Moved by whole strides, a pattern is found as far away as it moved."""
    x, w, b, _ = case.arrays()
    down, right = (n * s for n, s in zip(moved, both(case.options["stride"]), strict=True))
    larger = np.pad(x, ((0, 0), (down, 0), (right, 0), (0, 0)), mode="wrap")
    y = ref.conv2d(larger, w, b, **case.options)[:, moved[0] :, moved[1] :]
    assert_relative(y, ref.conv2d(x, w, b, **case.options), "float64")


@pytest.mark.parametrize("pool", [ref.max_pool2d, ref.avg_pool2d])
@given(case=poolings("valid", FLOAT64), moved=st.tuples(*[st.integers(0, 2)] * 2))
def test_a_shifted_image_is_pooled_to_a_shifted_map(pool, case, moved, assert_relative):
    x, _ = case.arrays()
    stride = both(case.options["stride"] or case.options["size"])
    down, right = (n * s for n, s in zip(moved, stride, strict=True))
    larger = np.pad(x, ((0, 0), (down, 0), (right, 0), (0, 0)), mode="wrap")
    y = pool(larger, **case.options)[:, moved[0] :, moved[1] :]
    assert_relative(y, pool(x, **case.options), "float64")


@pytest.mark.parametrize("dtype", TOLERANCE)
@given(data=st.data(), block=st.sampled_from([1, 500, 3000]))
def test_in_small_blocks_as_in_one(dtype, data, block, assert_relative):
    """Images and rows are worked on a block at a time: where it ends must not matter."""
    case = data.draw(convolutions(dtype=st.just(dtype)))
    x, w, b, d_y = case.arrays()

    def results():
        gradients = ref.conv2d_backward(d_y, x, w, **case.options)
        return [ref.conv2d(x, w, b, **case.options), *gradients]

    whole = results()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_windows, "BLOCK", block)
        parts = results()
    for part, expected in zip(parts, whole, strict=True):
        assert_relative(part, expected, TOLERANCE[dtype])


def test_small_blocks_do_split_images_and_rows(monkeypatch):
    windows = _windows.Windows(kernel=(3, 3), out=(4, 4))
    assert len(list(windows.blocks(5, 1, 4))) == 1
    monkeypatch.setattr(_windows, "BLOCK", 2 * 4 * 4 * 9 * 4)
    assert [(n.start, len(rows)) for n, rows in windows.blocks(5, 1, 4)] == [(0, 1), (2, 1), (4, 1)]
    monkeypatch.setattr(_windows, "BLOCK", 1)
    assert [(n.start, len(rows)) for n, rows in windows.blocks(2, 1, 4)] == [(0, 4), (1, 4)]
