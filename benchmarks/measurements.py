"""What was measured, read from the files of pytest-benchmark and brought to one number each."""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Key = tuple[str, str]  # case and contender
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Run:
    """One run of all contenders with one number of threads.

    Attributes
    ----------
    machine : dict
        What `conftest.py` stores: processor, threads, versions, date.
    stretches : dict of (case, contender) to list of float
        The median time of a call in each stretch, in seconds.
    memory : dict of case to (int, int)
        The peak of the NumPy code in bytes, and the bytes of one block of patches (0: none).
    """

    machine: dict[str, Any]
    stretches: dict[Key, list[float]]
    memory: dict[str, tuple[int, int]]

    @property
    def threads(self) -> int:
        """How many threads every library had."""
        return int(self.machine["threads"])

    def milliseconds(self, case: str, contender: str) -> float | None:
        """Return the median of the stretches' medians, or None where nothing was measured."""
        stretches = self.stretches.get((case, contender))
        return 1e3 * statistics.median(stretches) if stretches else None

    def ratio(self, case: str, contender: str, base: str = "TensorFlow") -> float | None:
        """Return the time of a contender in units of the base's."""
        one, unit = self.milliseconds(case, contender), self.milliseconds(case, base)
        return None if one is None or unit is None else one / unit

    def spreads(self) -> list[float]:
        """Return how far each number moved between stretches, relative to its median, sorted."""
        return sorted(
            (max(times) - min(times)) / statistics.median(times)
            for times in self.stretches.values()
            if len(times) > 1
        )


def read(path: Path) -> Run:
    """Read one file that ``pytest --benchmark-json`` has written."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    stretches: dict[Key, list[float]] = defaultdict(list)
    memory = {}
    for measured in stored["benchmarks"]:
        about = measured["extra_info"]
        seconds = measured["stats"]["median"] / about["calls"]
        stretches[about["case"], about["contender"]].append(seconds)
        if "peak" in about:
            memory[about["case"]] = (about["peak"], about["patches"])
    return Run(stored["machine_info"], dict(stretches), memory)


def in_words(count: int) -> str:
    """Write a small number as a word."""
    return WORDS[count] if count < len(WORDS) else str(count)


def thread_count(run: Run) -> str:
    """Write "one thread", "two threads"."""
    return f"{in_words(run.threads)} thread{'s' * (run.threads != 1)}"


def short(value: float) -> str:
    """Write a positive number with two or three digits that count.

    >>> short(0.414), short(2.849), short(21.44), short(4302.0)
    ('0.41', '2.8', '21', '4,302')
    """
    return f"{value:,.{2 if value < 1.995 else 1 if value < 9.95 else 0}f}"
