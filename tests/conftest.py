"""What all tests share: the one table of tolerances, the one seed, the number of examples."""

import os
import signal
import sys
import threading
from types import MappingProxyType

import hypothesis
import matplotlib
import numpy as np
import pytest

from lecturekit.reference import relative_error

matplotlib.use("agg")
os.environ["LECTUREKIT_DATA"] = "digits"  # the tests here hold numbers of the book's digits

SEED = 0
"""Of every random number in the tests."""

EXAMPLES = 250
"""Random configurations that each property test, and each of its parameters, is tried on."""

# Derandomized: every run, here and in CI, draws the same examples.
hypothesis.settings.register_profile(
    "lecturekit", derandomize=True, deadline=None, max_examples=EXAMPLES
)
hypothesis.settings.load_profile("lecturekit")

TOLERANCES = MappingProxyType(
    {
        # Integers, and sums that are done in the same order.
        "exact": 0.0,
        # One operation in float32, done in another order or by another library.
        "operation": 1e-5,
        # A gradient in float32: a sum over the whole batch and all positions.
        "gradient": 1e-4,
        # The same in float64.
        "float64": 1e-12,
        # A slope measured in float64: half the digits are lost when two values are subtracted.
        "numerical": 1e-7,
        # The loss at each of 200 steps of two trainings: a difference grows from step to step.
        "training": 1e-3,
        # One operation on a GPU as it is by default: its factors are rounded to TensorFloat-32,
        # 11 bits. So each product is off by up to 1e-3, and sums by less, as the errors cancel.
        "TensorFloat-32": 2e-3,
        # The score after an ascent: maxima of pooling may switch on the way.
        "score": 1e-2,
    }
)
"""The largest difference that is allowed, relative to the largest value, and why."""


NO_GPU = "TensorFlow sees no GPU"


def need_gpu() -> None:
    """Skip a test where there is no GPU. For `make test-gpu` that is a failure."""
    from lecturekit._tensorflow import tf

    if tf.config.list_physical_devices("GPU"):
        return
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    reason = NO_GPU if hidden is None else f"{NO_GPU}, since CUDA_VISIBLE_DEVICES is {hidden!r}"
    if os.environ.get("LECTUREKIT_REQUIRE_GPU") == "1":
        pytest.fail(f'{reason}: see book/running.md, "CPU or GPU"', pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    """Let Ctrl-C work in tests and in what they start.

    A shell runs what it puts into the background with Ctrl-C ignored, and children inherit that.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Every test, and every fixture made for it, gets the same weights from Keras in each run."""
    if item.get_closest_marker("gpu"):
        need_gpu()
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(SEED)


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator of its own for each test."""
    return np.random.default_rng(SEED)


@pytest.fixture
def assert_close():
    """Compare two arrays by a line of `TOLERANCES`: shape, NaN and values."""

    def check(actual, expected, tolerance: str) -> None:
        actual, expected = np.asarray(actual, float), np.asarray(expected, float)
        assert actual.shape == expected.shape
        limit = TOLERANCES[tolerance] * max(1.0, np.abs(expected).max(initial=0))
        np.testing.assert_allclose(actual, expected, rtol=0, atol=limit)

    return check


@pytest.fixture(scope="session")
def assert_relative():
    """Compare two arrays by their largest difference over the largest value, whatever it is."""

    def check(actual, expected, tolerance: str) -> None:
        assert relative_error(actual, expected) <= TOLERANCES[tolerance]

    return check


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
