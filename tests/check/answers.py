"""What learners may hand in: a table for each chapter holds such answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answers:
    """Answers to one exercise, written as a learner would write them.

    `named` are wrong, by the misconception that the verdict has to name; `wrong` are wrong in ways
    that have no name; `right` are right in other ways than the solution.
    """

    named: Mapping[str, Any]
    wrong: Sequence[Any]
    right: Sequence[Any]


def functions(namespace: Mapping[str, Any], prefix: str) -> list[Callable[..., Any]]:
    """Return the functions of a module whose names begin with a prefix."""
    return [value for name, value in namespace.items() if name.startswith(prefix)]
