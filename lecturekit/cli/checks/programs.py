"""Programs that only those need who build the book or run all tests."""

import shutil
from typing import Final

from lecturekit.cli.checks.finding import Finding, State

CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome")
"""The browsers that the tests drive."""


def browser() -> list[Finding]:
    """Look for a browser for the tests of the built book."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found:
        return [Finding("browser", found)]
    advice = "install Chromium to run the tests of the built book; they are skipped without"
    return [Finding("browser", "no Chromium, no Google Chrome", State.NOTE, advice)]


def make() -> list[Finding]:
    """Look for make, which the README's commands use."""
    found = shutil.which("make")
    if found:
        return [Finding("make", found)]
    advice = "install it to use `make book` and `make test`; the README says what to type without"
    return [Finding("make", "not found", State.NOTE, advice)]
