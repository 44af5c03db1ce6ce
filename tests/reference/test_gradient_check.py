"""The judge of the gradients, judged: slopes that are known, and errors that are."""

import numpy as np
import pytest

from lecturekit import reference as ref
from lecturekit.shapes import ShapeError
from tests.conftest import TOLERANCES


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: (x**3).sum(), lambda x: 3 * x**2),
        (lambda x: np.sin(x).sum(), np.cos),
        (lambda x: np.exp(x).sum(), np.exp),
        (np.prod, lambda x: np.prod(x) / x),
        (lambda x: (np.arange(x.size).reshape(x.shape) * x).sum(), None),
    ],
    ids=["cube", "sine", "exponential", "product", "linear"],
)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 2, 2)], ids=str)
def test_measures_slopes_that_are_known(f, slope, shape, rng, assert_relative):
    x = rng.uniform(0.5, 1.5, shape)
    expected = np.arange(x.size).reshape(shape) if slope is None else slope(x)
    gradient = ref.numerical_gradient(f, x)
    assert gradient.dtype == np.float64
    assert_relative(gradient, expected, "numerical")


@pytest.mark.parametrize("wrong", [1 + 1e-6, 1 - 1e-6, -1, 0])
def test_sees_a_gradient_that_is_wrong_by_a_millionth(wrong, rng):
    """What the tests of the other gradients rest on."""
    x = rng.uniform(0.5, 1.5, (2, 3))
    gradient = wrong * 2 * x
    measured = ref.numerical_gradient(lambda v: (v**2).sum(), x)
    assert ref.relative_error(gradient, measured) > 5 * TOLERANCES["numerical"]


def test_differences_are_central():
    """Those to one side would be off by the step, 0.1: of x**2 central ones are exact."""
    assert ref.numerical_gradient(lambda x: x.item() ** 2, [3.0], step=0.5).tolist() == [6]
    assert ref.numerical_gradient(lambda x: abs(x.item()), [0.0]).tolist() == [0]


def test_the_error_of_a_large_step_is_that_of_the_curvature(assert_relative):
    """(x + h)**3 - (x - h)**3 over 2h is 3 x**2 + h**2."""
    gradient = ref.numerical_gradient(lambda x: x.item() ** 3, [2.0], step=0.5)
    assert_relative(gradient, [12.25], "float64")


def test_the_function_gets_float64_one_change_at_a_time():
    seen = []
    x = np.array([[1, 2]], np.float32)
    ref.numerical_gradient(lambda v: seen.append(v) or 0.0, x, step=0.25)
    assert all(v.dtype == np.float64 for v in seen)
    assert [v.tolist() for v in seen] == [[[1.25, 2]], [[0.75, 2]], [[1, 2.25]], [[1, 1.75]]]
    assert x.tolist() == [[1, 2]]


def test_a_function_that_overwrites_its_argument_is_measured_right(assert_relative):
    gradient = ref.numerical_gradient(lambda x: np.square(x, out=x).sum(), [3.0, -1.0])
    assert_relative(gradient, [6, -2], "numerical")


def test_integers_and_lists_are_measured_between_the_integers():
    assert ref.numerical_gradient(lambda x: (x**2).sum(), [1, -3]).round(6).tolist() == [2, -6]
    assert ref.numerical_gradient(np.sum, np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("one", [float, np.float32, int, lambda v: np.full((1, 1), v)])
def test_one_number_may_come_in_many_forms(one):
    assert ref.numerical_gradient(lambda x: one(3 * x[0]), [2], step=1.0).tolist() == [3]


@pytest.mark.parametrize("step", [0, -1e-5, np.inf, np.nan])
def test_bad_step(step):
    with pytest.raises(ValueError, match=r"^numerical_gradient: step must be a positive number"):
        ref.numerical_gradient(np.sum, [1.0], step=step)


@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        (lambda x: x, [1.0, 2.0], r"f must return one number, got shape \(2,\)"),
        (lambda x: x[:0], [1.0, 2.0], r"f must return one number, got shape \(0,\)"),
        (lambda x: None, [1.0], r"f\(x\) must hold real numbers, got dtype object"),
        (lambda x: "a", [1.0], r"f\(x\) must hold real numbers, got dtype <U1"),
        (lambda x: x.sum() * 1j, [1.0], r"f\(x\) must hold real numbers, got dtype complex128"),
        (np.sum, ["a"], "x must hold real numbers, got dtype <U1"),
        (np.sum, [[1], [1, 2]], "x must hold real numbers in one rectangular array"),
    ],
)
def test_bad_input(f, x, message):
    with pytest.raises(TypeError, match=f"^numerical_gradient: {message}"):
        ref.numerical_gradient(f, x)


@pytest.mark.parametrize(
    ("actual", "expected", "error"),
    [
        ([1.0, 2.5], [1.0, 2.0], 0.25),
        ([1.0, 1.5], [1.0, 2.0], 0.25),
        ([0.5, -4.0], [0.0, -4.0], 0.125),  # over the largest number, not each its own
        ([4.0, 4.0], [2.0, 4.0], 0.5),
        (1e-20, 2e-20, 0.5),  # small numbers are not forgiven
        ([3.0], [3.0], 0.0),
        ([0.0], [0.0], 0.0),
        ([], [], 0.0),
        ([1e-300], [0.0], np.inf),
        ([[2]], [[1]], 1.0),
        ([True], [False], np.inf),
        (np.array([250], np.uint8), np.array([5], np.uint8), 49.0),
        (np.array([5], np.uint8), np.array([250], np.uint8), 0.98),
    ],
)
def test_relative_error(actual, expected, error):
    assert ref.relative_error(actual, expected) == error
    assert isinstance(ref.relative_error(actual, expected), float)


def test_relative_error_is_over_what_was_expected():
    assert ref.relative_error([1.0], [2.0]) == 0.5
    assert ref.relative_error([2.0], [1.0]) == 1.0


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ([np.nan], [1.0]),
        ([1.0], [np.nan]),
        ([1.0, np.nan], [1.0, np.nan]),
        ([np.nan], [0.0]),
    ],
)
def test_nan_is_never_right(actual, expected):
    assert np.isnan(ref.relative_error(actual, expected))


@pytest.mark.parametrize(
    ("actual", "expected", "error", "message"),
    [
        (np.zeros(3), np.zeros(4), ShapeError, r"shapes must agree, got \(3,\) and \(4,\)"),
        (np.zeros((2, 1)), np.zeros(2), ShapeError, r"shapes must agree, got \(2, 1\) and \(2,\)"),
        (1.0, [1.0], ShapeError, r"shapes must agree, got \(\) and \(1,\)"),
        (["a"], [1.0], TypeError, "actual must hold real numbers, got dtype <U1"),
        ([1.0], [None], TypeError, "expected must hold real numbers, got dtype object"),
        ([1j], [1.0], TypeError, "actual must hold real numbers, got dtype complex128"),
    ],
)
def test_relative_error_of_what_cannot_be_compared(actual, expected, error, message):
    with pytest.raises(error, match=f"^relative_error: {message}"):
        ref.relative_error(actual, expected)
