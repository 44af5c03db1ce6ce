"""Measure gradient ascent on all filters of the second layer: `maximize` beside tf-keras-vis.

Usage: python benchmarks/ascent.py FILE.json [--threads 1 2] [--rounds 3] [--calls 5]

Each contender climbs in a process of its own (`climbs.py`), in rounds, since the speed of a machine
drifts. Nothing else should run meanwhile. It stops if a contender does not reach the same a^k: then
it has done something else. `ascent_report.py` writes the book's page from the file.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import climbs
import cpuinfo
import machine
import numpy as np

TOLERANCE = 1e-2
"""The largest difference of an a^k that is allowed, in units of the largest a^k.

The maxima of pooling may switch on the way, so two libraries do not climb to quite the same image.
"""

CLIMB = Path(__file__).with_name("climbs.py")


def climb(contender: str, threads: int, calls: int) -> dict[str, Any]:
    """Let a contender climb in a new process; return what it has printed."""
    quiet = {"TQDM_DISABLE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    limited = dict.fromkeys(machine.THREADS, str(threads))
    done = subprocess.run(
        [sys.executable, str(CLIMB), contender, str(calls)],
        env={**os.environ, **quiet, **limited},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{contender} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def disagreement(found: Sequence[float], right: Sequence[float]) -> float:
    """Return the largest difference between the a^k of two contenders, relative to the largest."""
    both = np.asarray(found, float), np.asarray(right, float)
    if both[0].shape != both[1].shape:
        raise ValueError(f"expected {both[1].size} filters, got {both[0].size}")
    return float(np.abs(both[0] - both[1]).max() / np.abs(both[1]).max())


def checked(contender: str, measured: Mapping[str, Any], right: Sequence[float]) -> None:
    """Raise unless a contender has reached the same a^k."""
    apart = disagreement(measured["reached"], right)
    if not apart <= TOLERANCE:
        raise ValueError(
            f"{contender} does not do the same: its a^k differ by {apart:.2g} of the largest, "
            f"allowed is {TOLERANCE}"
        )


def measure(threads: Sequence[int], rounds: int, calls: int) -> dict[str, dict[str, list[Any]]]:
    """Return what each contender has printed in each round, by the number of threads."""
    names = [name for name in climbs.CLIMBS if climbs.takes_part(name)]
    found: dict[str, dict[str, list[Any]]] = {str(n): {k: [] for k in names} for n in threads}
    for number in range(rounds):
        for count in threads:
            print(f"round {number + 1}, threads: {count}", flush=True)
            row = found[str(count)]
            for name in names:
                slow = name in climbs.SLOW
                if slow and number:
                    continue
                measured = climb(name, count, 0 if slow else calls)
                row[name].append(measured)
                checked(name, measured, row[names[0]][0]["reached"])
    return found


def main() -> int:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender starts")
    parser.add_argument("--calls", type=int, default=5, help="how often it climbs after the first")
    arguments = parser.parse_args()
    if not climbs.takes_part(climbs.BATCH):
        print("ascent: tf-keras-vis is not installed, so only the others are measured")
    about = machine.describe(cpuinfo.get_cpu_info().get("brand_raw"))
    about["versions"]["tf-keras-vis"] = machine.installed(("tf-keras-vis",))
    found = measure(arguments.threads, arguments.rounds, arguments.calls)
    text = json.dumps({"machine": about, "climbs": found})
    arguments.file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
