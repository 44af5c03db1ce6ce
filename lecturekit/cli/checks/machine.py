"""The machine: processors and threads, memory, disk."""

import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Final

from lecturekit.cli.checks.finding import Finding, State

GIGABYTE: Final = 2**30
LITTLE_MEMORY: Final = 2 * GIGABYTE
"""Training on MNIST takes 1 GB, and the system and a browser need some, too."""
LITTLE_DISK: Final = 2 * GIGABYTE
"""Installing TensorFlow and building the book take about this much."""
NO_DISK: Final = GIGABYTE // 10
"""What a run, MNIST and a picture need at the least."""
_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_CGROUP: Final = Path("/sys/fs/cgroup")


def processors() -> list[Finding]:
    """Count the processors that this process may use, and name what limits threads."""
    usable, there = _usable(), os.cpu_count() or 1
    found = f"{usable}" if usable == there else f"{usable} of {there}"
    limits = [f"{name}={os.environ[name]}" for name in _THREADS if os.environ.get(name)]
    threads = ", ".join(limits) or "threads as many"
    return [Finding("processors", f"{found} ({platform.machine()}), {threads}")]


def memory() -> list[Finding]:
    """Look at how much memory this process can get."""
    total = _memory()
    if total is None:
        return [Finding("memory", "unknown")]
    found = f"{total / GIGABYTE:.1f} GB"
    if total < LITTLE_MEMORY:
        advice = "MNIST may not fit: use the bundled digits, or `lecturekit train --images 10000`"
        return [Finding("memory", found, State.NOTE, advice)]
    return [Finding("memory", found)]


def disk() -> list[Finding]:
    """Look at how much is free where runs are written."""
    folder = Path.cwd()
    free = shutil.disk_usage(folder).free
    found = f"{free / GIGABYTE:.1f} GB free in {folder}"
    if free < NO_DISK:
        advice = "free some space: runs could not be written"
        return [Finding("disk", found, State.MISSING, advice)]
    if free < LITTLE_DISK:
        advice = "enough for runs; TensorFlow and the book need 2 GB to be installed and built"
        return [Finding("disk", found, State.NOTE, advice)]
    return [Finding("disk", found)]


def _usable() -> int:
    """Return how many processors this process may use; a container may get a share only."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _read(_CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        return max(1, min(allowed, int(quota) // int(period)))
    return allowed


def _memory() -> int | None:
    """Return the memory in bytes: the machine's, or what a container is given."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
    limit = _read(_CGROUP / "memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
