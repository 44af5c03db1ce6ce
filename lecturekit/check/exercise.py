"""What all exercises have: a name, hints in steps, a solution."""

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any

from lecturekit.check.sections import SECTIONS, Section
from lecturekit.check.verdict import Verdict, with_code
from lecturekit.shapes import as_integer


class Missing:
    """Stands for an answer that was not handed over."""


MISSING = Missing()


@dataclass(frozen=True)
class Mistake:
    """An idea that leads to a wrong answer, and the answer it leads to.

    Attributes
    ----------
    name : str
        What a verdict calls it.
    message : str
        What a verdict says about it.
    section : str
        The label of the section that explains it.
    answer : Any
        For a question the wrong answer, for a function one that gives the wrong answers.
    """

    name: str
    message: str
    section: str
    answer: Any

    @property
    def see(self) -> Section:
        """The section itself."""
        return SECTIONS[self.section]


@dataclass(frozen=True)
class Shown:
    """A text that Jupyter shows nicely."""

    text: str
    html: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html


class Exercise:
    """One exercise. Call it with an answer; ask it for a hint, or for the solution.

    Parameters
    ----------
    name : str
        Its name in `lecturekit.check`.
    asks : str
        The task in one sentence.
    answer_name : str
        What the answer is called in the notebook, such as ``my_conv2d``.
    solution : str
        The Python code of a solution.
    hints : sequence of str
        From a first push to nearly all.
    section : str
        The label of the section that it belongs to.
    why : str
        What stands below the solution.
    """

    def __init__(
        self,
        name: str,
        asks: str,
        *,
        answer_name: str,
        solution: str,
        hints: Sequence[str],
        section: str,
        why: str = "",
    ) -> None:
        self.name, self.asks, self.answer_name = name, asks, answer_name
        self.solution_code = textwrap.dedent(solution).strip()
        self.hints, self.section, self.why = tuple(hints), SECTIONS[section], why
        self.__doc__ = f"{asks}\n\nBelongs to {self.section}."
        self._asked = 0

    def __call__(self, answer: Any = MISSING) -> Verdict:
        """Check an answer. Without one, the variable of the exercise's name is looked up."""
        if isinstance(answer, Missing):
            names = sys._getframe(1).f_globals
            if self.answer_name not in names:
                return self._no_such_name(names)
            answer = names[self.answer_name]
        if answer is None or answer is ...:
            return self.not_attempted()
        return self.judge(answer)

    def judge(self, answer: Any) -> Verdict:
        """Check an answer that is there."""
        raise NotImplementedError

    def not_attempted(self) -> Verdict:
        """Return the verdict on the starter code."""
        advice = (
            f"Replace the `...`, run the cell, and check again. `check.{self.name}.hint()` helps."
        )
        return Verdict(False, "not attempted", None, advice)

    def _no_such_name(self, names: dict[str, Any]) -> Verdict:
        message = f"There is no `{self.answer_name}` yet. Has its cell been run?"
        close = get_close_matches(self.answer_name, names, n=1)
        if close:
            message += f" There is a `{close[0]}`."
        return Verdict(False, "missing name", None, message)

    def hint(self, number: int | None = None) -> Shown:
        """Show the next hint, or the one with a number, from 1 on."""
        if number is None:
            number = self._asked = min(self._asked + 1, len(self.hints))
        number = as_integer(number, "number", minimum=1, name=f"check.{self.name}.hint")
        if number > len(self.hints):
            raise ValueError(
                f"check.{self.name}.hint: there are {len(self.hints)} hints, got {number}"
            )
        head, hint = f"Hint {number} of {len(self.hints)}.", self.hints[number - 1]
        if number == len(self.hints):
            hint += f" That was the last one: `check.{self.name}.solution()` shows a solution."
        return Shown(f"{head} {hint}", f"<p><strong>{head}</strong> {with_code(hint)}</p>")

    def solution(self) -> Shown:
        """Show a solution."""
        text = self.solution_code + (f"\n\n{self.why}" if self.why else "")
        why = f"<p>{with_code(self.why)}</p>" if self.why else ""
        return Shown(text, f"<pre><code>{escape(self.solution_code)}</code></pre>{why}")

    def __repr__(self) -> str:
        return f"check.{self.name}: {self.asks}"
