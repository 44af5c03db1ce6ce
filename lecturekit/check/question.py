"""Exercises that ask for a prediction: a number, several numbers, or one of some choices."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lecturekit.check.exercise import Exercise, Mistake
from lecturekit.check.verdict import Verdict

Answer = int | float | tuple[int, ...] | str
TOLERANCE = 0.005
"""How far a number with decimals may be away, as a part of the right one: two or three digits."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


class Question(Exercise):
    """A prediction, typed before the answer is shown. The static book asks it too.

    Parameters
    ----------
    name, asks, answer_name, hints, section
        As for `Exercise`.
    answer : int, float, tuple of int, or str
        A str is the key of one of the choices.
    why : str
        How one gets the right answer.
    mistakes : sequence of Mistake
        Their answers are of the same type.
    choices : mapping of str to str, optional
        What can be chosen.
    """

    def __init__(
        self,
        name: str,
        asks: str,
        *,
        answer_name: str,
        answer: Answer,
        why: str,
        mistakes: Sequence[Mistake],
        hints: Sequence[str],
        section: str,
        choices: Mapping[str, str] | None = None,
    ) -> None:
        shown = f'"{answer}"' if isinstance(answer, str) else repr(answer)
        solution = f"{answer_name} = {shown}"
        super().__init__(
            name, asks, answer_name=answer_name, solution=solution, hints=hints, section=section,
            why=why,
        )  # fmt: skip
        self.answer, self.mistakes, self.choices = answer, tuple(mistakes), dict(choices or {})

    def judge(self, answer: Any) -> Verdict:
        """Compare a prediction with the right answer and with known wrong ones."""
        got = self.read(answer)
        if got is None:
            return Verdict(
                False, "wrong type", None, f"Expected {self.wanted}, got `{answer!r:.40}`."
            )
        if self.same(got, self.answer):
            return Verdict(True, "right", None, self.why)
        for mistake in self.mistakes:
            if self.same(got, mistake.answer):
                see = mistake.see
                return Verdict(False, "wrong values", mistake.name, mistake.message, see)
        message = f"{self.otherwise} `check.{self.name}.hint()` helps."
        return Verdict(False, "wrong values", None, message)

    @property
    def wanted(self) -> str:
        """What kind of answer it takes."""
        if self.choices:
            return "one of " + ", ".join(f"`{key}`" for key in self.choices)
        if isinstance(self.answer, tuple):
            example = ", ".join(str(number) for number in range(2, 2 + len(self.answer)))
            return f"{len(self.answer)} whole numbers, such as {example}"
        whole = isinstance(self.answer, int)
        return "a whole number, such as 12" if whole else "a number, such as 0.5"

    @property
    def otherwise(self) -> str:
        """What is said about an answer that nobody expected."""
        several = isinstance(self.answer, tuple)
        return "Those are not the numbers." if several else "That is not the number."

    def read(self, answer: Any) -> Answer | None:
        """Return an answer as one of the right kind, or None. Texts are read as a reader types."""
        if self.choices:
            key = str(answer).strip().lower()
            return key if key in self.choices else None
        if isinstance(answer, str):
            numbers = numbers_in(answer)
        elif isinstance(answer, bool):
            return None
        else:
            try:
                numbers = [float(number) for number in np.atleast_1d(answer).ravel()]
            except (TypeError, ValueError):
                return None
        if isinstance(self.answer, tuple):
            whole = all(number.is_integer() for number in numbers)
            return tuple(map(int, numbers)) if whole and len(numbers) == len(self.answer) else None
        return numbers[0] if len(numbers) == 1 else None

    @staticmethod
    def same(got: Answer, other: Answer) -> bool:
        """Tell whether two answers are the same; decimals may be rounded."""
        if isinstance(got, (int, float)) and isinstance(other, float):
            return abs(got - other) <= TOLERANCE * abs(other)
        return got == other


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a typed answer: ``30,000,000``, ``26×26×25``, ``(1, 2)``, ``-3``.

    A comma between a digit and exactly three digits groups thousands. The questions of the built
    book read answers in the same way (book/_static/questions.js).

    >>> numbers_in("30,000,000"), numbers_in("26 × 26 × 25"), numbers_in("(1, 28)")
    ([30000000.0], [26.0, 26.0, 25.0], [1.0, 28.0])
    """
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("_", "")
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    pieces = [piece for piece in re.split(r"[\s,;x×()\[\]]+", text) if piece]
    return [float(piece) for piece in pieces] if all(map(_NUMBER.fullmatch, pieces)) else []
