"""Python, lecturekit, and the packages that it needs: which versions are installed."""

import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

import lecturekit
from lecturekit.cli.checks.finding import Finding, State

# From the first version on, below the second. A test compares them with pyproject.toml.
PYTHON: Final = ("3.11", "3.14")
NEEDED: Final = {
    "anywidget": ("0.9.21", None),
    "ipywidgets": ("8.1", None),
    "matplotlib": ("3.9", None),
    "numpy": ("2.0", None),
    "pooch": ("1.8", None),
    "tqdm": ("4.66", None),
    "traitlets": ("5.9", None),
}
TENSORFLOW: Final = {"keras": ("3.10", "4"), "tensorflow": ("2.19", "2.22")}
LAB: Final = {
    "ipykernel": ("6.29", None),
    "jupyterlab": ("4.2", None),
    "jupyterlab-myst": ("2.4", None),
}
Range = tuple[str, str | None]


def version_of(name: str) -> str | None:
    """Return the installed version of a package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_within(version: str, limits: Range) -> bool:
    """Whether a version lies in a range.

    >>> is_within("3.9.10", ("3.9", None)), is_within("4.0.1", ("3.10", "4"))
    (True, False)
    """
    low, high = limits
    number = _numbers(version)
    return _numbers(low) <= number and (high is None or number < _numbers(high))


def in_words(limits: Range) -> str:
    """Return a range as pip writes it.

    >>> in_words(("3.10", "4"))
    '>=3.10,<4'
    """
    low, high = limits
    return f">={low}" + (f",<{high}" if high else "")


def python() -> list[Finding]:
    """Look at Python and at lecturekit itself."""
    version = platform.python_version()
    fits = is_within(version, PYTHON)
    state = State.OK if fits else State.MISSING
    advice = "" if fits else "make an environment with Python 3.11, 3.12 or 3.13"
    folder = Path(lecturekit.__file__).parent
    return [
        Finding("python", f"{version} ({sys.executable})", state, advice),
        Finding("lecturekit", f"{lecturekit.__version__} ({folder})"),
    ]


def needed() -> list[Finding]:
    """Look at the packages without which lecturekit does not work."""
    return [package(name, limits, State.MISSING) for name, limits in NEEDED.items()]


def package(name: str, limits: Range, otherwise: State) -> Finding:
    """Look at one package; `otherwise` is the state if it is not as it should be."""
    version, fitting = version_of(name), f"{name}{in_words(limits)}"
    if version is None:
        return Finding(name, "not installed", otherwise, f'pip install "{fitting}"')
    if not is_within(version, limits):
        return Finding(
            name, f"{version}, not {in_words(limits)}", otherwise, f'pip install "{fitting}"'
        )
    return Finding(name, version)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release as numbers: what comes after it, as ``rc1`` or ``+cpu``, is left out."""
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()
