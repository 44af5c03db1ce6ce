"""Time every contender in every case: `make benchmark` runs this, once for each thread count.

Threads of linear algebra libraries and of TensorFlow go on spinning for a while after a call, and
slow down whoever comes next. So the contenders do not take turns call by call: each has a stretch
of its own, after a pause. Since the speed of a machine drifts, the whole round of all contenders is
repeated, and the report takes the median of the stretches' medians.
"""

import time
import tracemalloc
from typing import Any

import cases
import contenders
import pytest
from cases import Case
from contenders import CONTENDERS, Call
from pytest_benchmark.fixture import BenchmarkFixture

BLOCKS = 5
PAUSE = 0.05  # seconds
STRETCH = 0.25  # seconds that a stretch lasts, about
ROUNDS = (5, 100)  # calls of a stretch: at least, at most
TRAININGS = 2  # calls of a stretch, for what takes seconds
TOLERANCE = 1e-4

ITEMS = [
    pytest.param(block, case, contender, id=f"{block}-{case.name}-{contender}".replace(" ", "_"))
    for block in range(BLOCKS)
    for case in cases.CASES.values()
    for contender in CONTENDERS
    if contenders.takes_part(contender, case) and (block == 0 or contender != "loops")
]


def rounds_for(call: Call) -> int:
    """Warm up, and say how many calls fill a stretch."""
    call()
    start = time.perf_counter()
    call()
    least, most = ROUNDS
    return min(most, max(least, int(STRETCH / (time.perf_counter() - start))))


def peak_memory(call: Call) -> int:
    """Bytes that a call holds at most, without the results that it returns."""
    tracemalloc.start()
    try:
        result = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    arrays = result if isinstance(result, tuple) else (result,)
    return peak - sum(getattr(array, "nbytes", 0) for array in arrays)


@pytest.mark.parametrize(("block", "case", "contender"), ITEMS)
def test_speed(benchmark: BenchmarkFixture, block: int, case: Case, contender: str) -> None:
    """Time one stretch; in the first block, compare the results with TensorFlow's before."""
    call, collect = contenders.prepare(case, contender)
    about: dict[str, Any] = {"case": case.name, "contender": contender, "block": block, "calls": 1}
    benchmark.extra_info.update(about)
    if contender == "loops":  # once, since it takes seconds
        found = benchmark.pedantic(call, rounds=1)
        assert contenders.disagreement(case, collect(found)) <= TOLERANCE
        return
    training = case.operation == "train"
    if training:
        benchmark.extra_info["calls"] = cases.EPOCHS
    if block == 0:
        found = collect(None if training else call())
        assert contenders.disagreement(case, found) <= TOLERANCE
        if contender == "NumPy":
            benchmark.extra_info["peak"] = peak_memory(call)
            benchmark.extra_info["patches"] = 0 if training else case.patches
    time.sleep(PAUSE)
    if training:
        call() if block == 0 else None  # the first epochs include starting up
        benchmark.pedantic(call, rounds=TRAININGS)
    else:
        benchmark.pedantic(call, rounds=rounds_for(call), warmup_rounds=1)
