"""What ``lecturekit doctor`` looks at. Nothing here needs more than Python, nothing downloads."""

from collections.abc import Callable, Iterator
from functools import partial

from lecturekit.cli.checks import files, gpus, jupyter, machine, packages, probe, programs
from lecturekit.cli.checks.finding import Finding, State

__all__ = ["Finding", "State", "findings"]


def findings() -> Iterator[Finding]:
    """Look at everything, one after the other; what fails to be looked at is said, too."""
    answer = probe.ask_tensorflow()
    looks: dict[str, Callable[[], list[Finding]]] = {
        "python": packages.python,
        "packages": packages.needed,
        "tensorflow": partial(probe.tensorflow, answer),
        "gpu": partial(gpus.gpus, answer),
        "processors": machine.processors,
        "memory": machine.memory,
        "disk": machine.disk,
        "bundled data": files.bundled,
        "mnist": files.mnist,
        "chapters": files.chapters,
        "jupyterlab": jupyter.lab,
        "widgets": jupyter.widgets,
        "browser": programs.browser,
        "make": programs.make,
    }
    for name, look in looks.items():
        yield from _looked(name, look)


def _looked(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:  # one look that fails must not hide the others
        found = f"unknown ({type(error).__name__}: {error})"
        return [Finding(name, found, State.NOTE, "please report it, with this line")]
