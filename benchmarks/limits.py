"""How fast and small the NumPy code, the climbs and the pages are meant to be, where they run."""

from collections.abc import Iterator, Sequence

from cases import CONVOLUTIONS, POOLINGS, TRAINING
from climbs import BATCH, KERAS, NUMPY, ONE_AT_A_TIME
from measurements import Run

LARGE = [layer for layer in CONVOLUTIONS if layer not in ("layer 1", "layer 2")]

RATIOS: dict[int, dict[str, float]] = {
    2: {
        "layer 1, forward": 0.5,
        "layer 2, forward": 0.75,
        "layer 1, gradients": 1.0,
        "layer 2, gradients": 1.2,
        **{f"{layer}, {what}": 1.7 for layer in LARGE for what in ("forward", "gradients")},
        **{f"{layer}, forward": 1.3 for layer in POOLINGS},
        **{f"{layer}, gradient": 0.4 for layer in POOLINGS},
        TRAINING.name: 1.15,
    },
    1: {
        "layer 1, forward": 0.7,
        "layer 2, forward": 1.2,
        "layer 1, gradients": 1.3,
        "layer 2, gradients": 1.8,
        TRAINING.name: 1.15,
    },
}
"""The largest time allowed, in units of TensorFlow's, by the number of threads."""

MEMORY = 3.0
"""The most memory a call may hold, in units of one block of patches."""

MOVES = {
    "NetworkExplorer": 16,
    "AscentExplorer": 16,
    "ConvolutionExplorer": 8,
    "PoolingExplorer": 8,
    "FullyConnectedView": 8,
}
"""The longest that a widget may take for one move, in milliseconds, on one core."""

FIRST_VIEW = 1000
"""The longest until the first view of a chapter is interactive, in milliseconds, on one core."""

SENT = {"with widgets": 2_000_000, "without widgets": 1_000_000}
"""The most bytes that may be sent for a page, compressed."""

OWN = 250_000
"""The most bytes of these that may be code, weights and state of this project."""


ASCENT = {
    (KERAS, BATCH): 0.3,
    (KERAS, ONE_AT_A_TIME): 0.015,
    (NUMPY, KERAS): 1.0,
}
"""The longest that a climb may take, in units of another one."""


def verdicts(runs: Sequence[Run]) -> Iterator[str]:
    """Say which limits are met, one line each."""
    for run in runs:
        for case, limit in RATIOS.get(run.threads, {}).items():
            ratio = run.ratio(case, "NumPy")
            if ratio is None:
                yield f"?       {case}, {run.threads} threads: not measured"
                continue
            yield f"{_word(ratio, limit)}  {case}, {run.threads} threads: {ratio:.2f} <= {limit}"
            strict = run.ratio(case, "NumPy", "tensors")
            if strict is not None:
                yield f"        ({strict:.2f} of TensorFlow without its copy)"
    for case, (peak, patches) in (runs[0].memory if runs else {}).items():
        if patches:
            multiple = peak / patches
            yield f"{_word(multiple, MEMORY)}  memory of {case}: {multiple:.2f} <= {MEMORY}"


def _word(value: float, limit: float) -> str:
    return "met   " if value <= limit else "MISSED"
