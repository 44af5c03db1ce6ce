"""Exercises that ask for a design: many answers are right, and each is tried out."""

from collections.abc import Callable, Sequence
from typing import Any

from lecturekit.check.exercise import Exercise
from lecturekit.check.verdict import Verdict


class Design(Exercise):
    """An exercise whose answer is tried out.

    Parameters
    ----------
    name, asks, answer_name, solution, hints, section, why
        As for `Exercise`.
    tried : function
        From an answer to the verdict on it.
    """

    def __init__(
        self,
        name: str,
        asks: str,
        *,
        answer_name: str,
        solution: str,
        tried: Callable[[Any], Verdict],
        hints: Sequence[str],
        section: str,
        why: str = "",
    ) -> None:
        super().__init__(
            name, asks, answer_name=answer_name, solution=solution, hints=hints, section=section,
            why=why,
        )  # fmt: skip
        self.tried = tried

    def judge(self, answer: Any) -> Verdict:
        """Try the answer out."""
        return self.tried(answer)
