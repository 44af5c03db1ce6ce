"""``lecturekit doctor``: is everything there, and what to do if not."""

import argparse
import json
from collections.abc import Sequence
from typing import Final

import lecturekit
from lecturekit.cli.checks import Finding, State, findings

SUMMARY: Final = "say whether this machine has all that is needed"
DESCRIPTION: Final = """\
Look at Python, the packages, TensorFlow, GPUs, memory, disk, data and widgets, and say what to
do where something is not as it should be. Nothing is downloaded and nothing is changed.

ok       as it should be
note     not needed, but good to know or to have
MISSING  needed: the exit code is then 1"""
_COMPLETE: Final = "Everything that is needed is there."
_ALL: Final = "In a copy of the project, `make lab` installs all packages."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command understands."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")


def run(options: argparse.Namespace) -> int:
    """Look at everything, and return the exit code."""
    found = list(findings())
    print(_as_json(found) if options.json else table(found))
    return 0 if _complete(found) else 1


def table(found: Sequence[Finding]) -> str:
    """Return a line for each finding, and below it what to do, if there is something."""
    width = max(len(finding.name) for finding in found)
    lines = []
    for finding in found:
        state = finding.state.upper() if finding.state is State.MISSING else finding.state
        lines.append(f"{state:<7}  {finding.name:<{width}}  {finding.found}")
        if finding.advice:
            lines.append(f"{'':{9 + width}}  -> {finding.advice}")
    missing = [finding.name for finding in found if finding.state is State.MISSING]
    end = f"Missing: {', '.join(missing)}. {_ALL}" if missing else _COMPLETE
    return "\n".join([*lines, "", end])


def _as_json(found: Sequence[Finding]) -> str:
    return json.dumps(
        {
            "complete": _complete(found),
            "lecturekit": lecturekit.__version__,
            "findings": [
                {
                    "name": finding.name,
                    "state": finding.state,
                    "found": finding.found,
                    "advice": finding.advice,
                }
                for finding in found
            ],
        },
        indent=2,
    )


def _complete(found: Sequence[Finding]) -> bool:
    return all(finding.state is not State.MISSING for finding in found)
