"""What ``lecturekit doctor`` looks at. Nothing here needs more than Python, nothing downloads."""

from collections.abc import Callable, Iterator

from lecturekit.cli.checks import files, gpus, jupyter, machine, packages, probe, programs
from lecturekit.cli.checks.finding import Finding, State

__all__ = ["Finding", "State", "findings"]


def findings() -> Iterator[Finding]:
    """Look at everything, one after the other; what fails to be looked at is said, too."""
    answer = probe.ask_tensorflow()
    looks: tuple[Callable[[], list[Finding]], ...] = (
        packages.python,
        packages.needed,
        lambda: probe.tensorflow(answer),
        lambda: gpus.gpus(answer),
        machine.processors,
        machine.memory,
        machine.disk,
        files.bundled,
        files.mnist,
        jupyter.lab,
        jupyter.widgets,
        programs.browser,
        programs.make,
    )
    for look in looks:
        yield from _looked(look)


def _looked(look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:  # one look that fails must not hide the others
        name = getattr(look, "__name__", "look")
        return [Finding(name, f"unknown ({type(error).__name__}: {error})", State.NOTE)]
