"""Worked cases of the convolution, on filters that a turn would change."""

import numpy as np
import pytest

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError

CASES = [
    {},
    {"stride": 2},
    {"stride": (1, 3)},
    {"padding": "same"},
    {"padding": "same", "stride": 2},
    {"padding": 1},
    {"padding": (2, 0), "stride": (2, 1)},
    {"dilation": 2},
    {"dilation": (1, 3), "padding": "same"},
    {"dilation": 2, "stride": 2, "padding": 2},
    {"groups": 2},
    {"groups": 4, "padding": "same"},
]


def example(rng, *, groups=1, dtype=np.float32, height=9, width=8):
    """Images, filters that no turn leaves alone, and biases."""
    x = rng.normal(size=(2, height, width, 4)).astype(dtype)
    w = rng.normal(size=(3, 2, 4 // groups, 8)).astype(dtype)
    assert not np.allclose(w, w[::-1, ::-1])
    return x, w, rng.normal(size=8).astype(dtype)


@pytest.mark.parametrize("options", CASES, ids=str)
def test_fast_equals_loops(options, rng, assert_close):
    x, w, b = example(rng, groups=options.get("groups", 1))
    assert_close(ref.conv2d(x, w, b, **options), ref.conv2d_loops(x, w, b, **options), "operation")


@pytest.mark.parametrize("options", CASES, ids=str)
def test_fast_equals_loops_in_float64(options, rng, assert_close):
    x, w, b = example(rng, groups=options.get("groups", 1), dtype=np.float64)
    assert_close(ref.conv2d(x, w, b, **options), ref.conv2d_loops(x, w, b, **options), "float64")


def test_one_filter_on_one_image_is_correlate2d(rng, assert_close):
    image, kernel = rng.normal(size=(7, 5)), rng.normal(size=(3, 2))
    for options in ({}, {"stride": 2}, {"padding": 1}, {"padding": "same", "stride": (1, 2)}):
        one = ref.correlate2d(image, kernel, **options)
        y = ref.conv2d(image[None, ..., None], kernel[..., None, None], **options)
        assert_close(y[0, :, :, 0], one, "float64")


def test_it_is_cross_correlation_not_convolution():
    turned = lecture.KERAS_SLIDE_FILTER[::-1, ::-1]
    x = lecture.IMAGE[None, :, :, None]
    y = ref.conv2d(x, lecture.KERAS_SLIDE_FILTER[:, :, None, None])[0, :, :, 0]
    assert y.tolist() == ref.correlate2d(lecture.IMAGE, lecture.KERAS_SLIDE_FILTER).tolist()
    assert y.tolist() != ref.correlate2d(lecture.IMAGE, turned).tolist()


@pytest.mark.parametrize("convolve", [ref.conv2d, ref.conv2d_loops])
class TestBothWays:
    def test_empty_batch(self, convolve):
        assert convolve(np.zeros((0, 6, 6, 1)), np.zeros((3, 3, 1, 2))).shape == (0, 4, 4, 2)

    def test_nan_reaches_the_windows_that_hold_it_and_no_other(self, convolve):
        x = np.ones((1, 5, 5, 1))
        x[0, 0, 0, 0] = np.nan
        y = convolve(x, np.ones((3, 3, 1, 1)))[0, :, :, 0]
        assert np.isnan(y[0, 0])
        assert np.count_nonzero(np.isnan(y)) == 1

    @pytest.mark.parametrize(
        ("x_type", "w_type", "expected"),
        [
            (np.float32, np.float32, np.float32),
            (np.float32, np.float64, np.float64),
            (np.float32, np.int64, np.float32),
            (np.int64, np.float16, np.float16),
            (np.float16, np.float16, np.float16),
            (np.uint8, np.float32, np.float32),
            (np.uint8, np.int8, np.float64),
            (bool, bool, np.float64),
        ],
    )
    def test_dtype(self, convolve, x_type, w_type, expected):
        y = convolve(np.ones((1, 3, 3, 1), x_type), np.ones((3, 3, 1, 1), w_type))
        assert y.dtype == expected
        assert y.item() == 9

    def test_float16_is_summed_in_float32(self, convolve):
        """Both products are larger than float16 holds; their sum is not."""
        x = np.full((1, 1, 2, 1), 300, np.float16)
        w = np.array([300, -299.75], np.float16).reshape(1, 2, 1, 1)
        assert convolve(x, w).item() == 75

    def test_the_bias_is_added_before_the_result_is_rounded_to_float16(self, convolve):
        """float16 holds 2048 and 2050, not 2049: rounded too early, the ones are lost."""
        x = np.array([2048, 1], np.float16).reshape(1, 1, 2, 1)
        w, b = np.ones((1, 2, 1, 1), np.float16), np.ones(1, np.float16)
        assert convolve(x, w, b).item() == 2050

    def test_small_integers_do_not_wrap(self, convolve):
        x, w = np.full((1, 3, 3, 1), 200, np.uint8), np.full((3, 3, 1, 1), 100, np.int8)
        assert convolve(x, w).item() == 180_000

    def test_arguments_stay_as_they_are(self, convolve, rng):
        x, w, b = example(rng)
        kept = [a.copy() for a in (x, w, b)]
        convolve(x, w, b, padding=1)
        assert all(np.array_equal(a, k) for a, k in zip((x, w, b), kept, strict=True))

    @pytest.mark.parametrize(
        ("x", "w", "b", "options", "error", "message"),
        [
            ((1, 6, 6, 3), (3, 3, 1, 2), None, {}, ShapeError, "x has 3 channels but w expects 1"),
            (
                (6, 6),
                (3, 3, 1, 2),
                None,
                {},
                ShapeError,
                r"x must have 4 dimensions \(N, H, W, C\)",
            ),
            (
                (1, 6, 6, 1),
                (3, 3),
                None,
                {},
                ShapeError,
                r"w must have 4 dimensions \(kh, kw, C, F\)",
            ),
            (
                (1, 2, 2, 1),
                (3, 3, 1, 2),
                None,
                {},
                ShapeError,
                "3x3 does not fit on an image of 2x2",
            ),
            (
                (1, 6, 6, 1),
                (3, 3, 1, 2),
                (3,),
                {},
                ShapeError,
                r"b must have shape \(2,\), got \(3,\)",
            ),
            (
                (1, 6, 6, 1),
                (3, 3, 1, 2),
                None,
                {"stride": 0},
                ValueError,
                "stride must be at least 1",
            ),
            (
                (1, 6, 6, 1),
                (3, 3, 1, 2),
                None,
                {"padding": -1},
                ValueError,
                "padding must be at least 0",
            ),
            ((1, 6, 6, 1), (3, 3, 1, 2), None, {"padding": "SAME"}, ValueError, "got 'SAME'"),
            ((1, 6, 6, 3), (3, 3, 1, 2), None, {"groups": 2}, ShapeError, "1 in each of 2 groups"),
            (
                (1, 6, 6, 3),
                (3, 3, 1, 2),
                None,
                {"groups": 3},
                ShapeError,
                "2 filters do not divide",
            ),
            ((1, 6, 6, 1), (3, 3, 1, 2), None, {"groups": 0}, ValueError, "groups must be at lea"),
            ((1, 6, 6, 1), (3, 3, 1, 2), None, {"dilation": 0}, ValueError, "dilation must be at"),
            ((1, 6, 6, 1), (3, 3, 1, 2), None, {"dilation": 3}, ShapeError, "7x7 does not fit"),
            ((1, 6, 6, 1), (3, 3, 1, 2), None, {"stride": 1.5}, TypeError, "stride must be an int"),
            ((1, 6, 6, 1), (3, 3, 1, 0), None, {}, ShapeError, "at least one channel and one filt"),
            ((1, 6, 6, 0), (3, 3, 0, 2), None, {}, ShapeError, "at least one channel and one filt"),
            ((1, 6, 6, 1), (0, 3, 1, 2), None, {}, ValueError, "kernel must be at least 1, got 0"),
        ],
    )
    def test_bad_input(self, convolve, x, w, b, options, error, message):
        bias = None if b is None else np.zeros(b)
        with pytest.raises(error, match=f"^{convolve.__name__}: .*{message}"):
            convolve(np.zeros(x), np.zeros(w), bias, **options)

    @pytest.mark.parametrize("bad", [np.array(["a"]), np.zeros(1, complex), np.array([None])])
    def test_what_is_not_a_number(self, convolve, bad):
        good = np.zeros((1, 1, 1, 1))
        bad = bad.reshape(1, 1, 1, 1)
        cases = {"x": (bad, good), "w": (good, bad), "b": (good, good, bad.ravel())}
        for what, arguments in cases.items():
            message = f"^{convolve.__name__}: {what} must hold real numbers, got dtype"
            with pytest.raises(TypeError, match=message):
                convolve(*arguments)

    def test_a_ragged_list(self, convolve):
        message = f"^{convolve.__name__}: x must hold real numbers in one rectangular array$"
        with pytest.raises(TypeError, match=message):
            convolve([[1], [1, 2]], np.zeros((1, 1, 1, 1)))


class TestCorrelate2d:
    def test_integers_stay_exact(self):
        y = ref.correlate2d(np.full((3, 3), 2**31), np.full((3, 3), 2**28))
        assert y.dtype == np.int64
        assert y.item() == 9 * 2**59

    def test_integers_never_wrap(self):
        assert (
            ref.correlate2d(np.full((3, 3), 255, np.uint8), np.ones((3, 3), np.int8)).item() == 2295
        )
        with pytest.raises(OverflowError, match="too large to be summed exactly"):
            ref.correlate2d(np.full((3, 3), 2**62), np.full((3, 3), 2))
        with pytest.raises(OverflowError, match="too large"):
            ref.correlate2d(np.full((3, 3), 2**64 - 1, np.uint64), np.ones((3, 3), int))

    def test_the_sum_must_fit_not_only_each_product(self):
        with pytest.raises(OverflowError, match=r"^correlate2d: these integers are too large"):
            ref.correlate2d(np.full((3, 3), 2**31), np.full((3, 3), 2**31))

    def test_an_empty_kernel_of_integers(self):
        with pytest.raises(ValueError, match=r"^correlate2d: kernel must be at least 1, got 0"):
            ref.correlate2d(np.ones((3, 3), int), np.ones((0, 3), int))

    @pytest.mark.parametrize(
        ("image_type", "kernel_type", "expected"),
        [
            ("f4", "i8", "f4"),
            ("f2", "f2", "f2"),
            ("f2", "i8", "f2"),
            ("f2", "f4", "f4"),
            ("u1", "i1", "i8"),
        ],
    )
    def test_dtype(self, image_type, kernel_type, expected):
        y = ref.correlate2d(np.ones((3, 3), image_type), np.ones((3, 3), kernel_type))
        assert y.dtype == expected
        assert y.item() == 9

    def test_float16_is_summed_in_float32(self):
        image = np.full((1, 2), 300, np.float16)
        assert ref.correlate2d(image, np.array([[300, -299.75]], np.float16)).item() == 75
        # float16 holds no 2049: as a weight it must not become 2048 before the sum is made.
        assert ref.correlate2d(np.ones((1, 2), np.float16), [[2049, -2048]]).item() == 1

    @pytest.mark.parametrize(
        ("image", "kernel", "options", "error", "message"),
        [
            (
                np.zeros((1, 6, 6)),
                np.zeros((3, 3)),
                {},
                ShapeError,
                r"image must have 2 dim.*\(1, 6, 6\)",
            ),
            (
                np.zeros((6, 6)),
                np.zeros(3),
                {},
                ShapeError,
                r"kernel must have 2 dimensions \(kh, kw\)",
            ),
            (np.zeros((2, 6)), np.zeros((3, 3)), {}, ShapeError, "a window of 3x3 does not fit"),
            (
                np.zeros((6, 6)),
                np.zeros((3, 3)),
                {"stride": 0},
                ValueError,
                "stride must be at least 1",
            ),
            (np.zeros((6, 6)), np.zeros((3, 3)), {"padding": -1}, ValueError, "padding must be at"),
            (np.array([["a"]]), np.zeros((1, 1)), {}, TypeError, "image must hold real numbers"),
        ],
    )
    def test_bad_input(self, image, kernel, options, error, message):
        with pytest.raises(error, match=f"^correlate2d: {message}"):
            ref.correlate2d(image, kernel, **options)
