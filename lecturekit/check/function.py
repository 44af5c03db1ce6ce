"""Exercises that ask for a function."""

import dis
import inspect
import linecache
import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from lecturekit.check.call import Given, Outcome, TimeIsUp, call, changed_numpy
from lecturekit.check.compare import Difference, difference, kind_of
from lecturekit.check.exercise import Exercise, Mistake
from lecturekit.check.verdict import MOST_WORDS, Grid, Kind, Verdict

DRAWS = 6
"""How many random inputs are tried besides those that are written down."""
_SLOW = 2.0  # seconds for all calls together
_MOST_OF_AN_ERROR = 120  # characters
_NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}

Explain = Callable[[Given, Any, tuple[int, ...]], tuple[str, tuple[Grid, ...]]]


class FunctionExercise(Exercise):
    """An exercise that asks for a function.

    Parameters
    ----------
    name, asks, hints, section, why
        As for `Exercise`.
    solution : function
        A solution, written as a learner would write it. Its name is that of the answer.
    lecture : sequence of Given
        Inputs with the lecture's own numbers.
    probes : sequence of Given
        Inputs that tell what the lecture's numbers cannot.
    draw : function of a random generator
        Returns one more input.
    mistakes : sequence of Mistake
        Their answers are functions.
    results : sequence of str, optional
        The names of the results, where there are several.
    formula : str, optional
        How the shape follows, for a wrong one.
    explain : function, optional
        From an input, the number of a result and the place of its first wrong number: a
        sentence, and numbers to look at.
    """

    def __init__(
        self,
        name: str,
        asks: str,
        *,
        solution: Callable[..., Any],
        lecture: Sequence[Given],
        draw: Callable[[np.random.Generator], Given],
        mistakes: Sequence[Mistake],
        hints: Sequence[str],
        section: str,
        probes: Sequence[Given] = (),
        results: Sequence[str] = (),
        formula: str = "",
        explain: Explain | None = None,
        why: str = "",
    ) -> None:
        super().__init__(
            name,
            asks,
            answer_name=solution.__name__,
            solution=inspect.getsource(solution),
            hints=hints,
            section=section,
            why=why,
        )
        self.function, self.draw, self.mistakes = solution, draw, tuple(mistakes)
        self.lecture, self.written = tuple(lecture), (*lecture, *probes)
        self.results, self.formula, self.explain = tuple(results), formula, explain

    def inputs(self) -> list[Given]:
        """Return all inputs that an answer is tried on, the lecture's first."""
        drawn = [self.draw(np.random.default_rng(seed)) for seed in range(DRAWS)]
        return [*self.written, *drawn]

    def judge(self, answer: Any) -> Verdict:
        """Call the function with all inputs and say what was found."""
        changed = changed_numpy()
        if changed:
            message = f"NumPy itself was changed before: {_named(changed)}. Restart the kernel."
            return _verdict("changes NumPy", message)
        inputs = self.inputs()
        verdict = self._unfit(answer, inputs[0])
        if verdict:
            return verdict
        outcomes: list[Outcome] = []
        for one in inputs:
            outcome = call(answer, one)
            if type(outcome.error) is NotImplementedError:
                return self.not_attempted()
            if outcome.value is None and not outcomes and _does_nothing(answer):
                return self.not_attempted()
            if outcome.changed_numpy:
                message = f"The function changes NumPy itself: {_named(outcome.changed_numpy)}."
                return _verdict("changes NumPy", f"{message} It was put back.")
            outcomes.append(outcome)
            if isinstance(outcome.error, TimeIsUp | RecursionError):
                break  # no other call would end sooner
        return self._compared(answer, inputs, outcomes)

    def _unfit(self, answer: Any, first: Given) -> Verdict | None:
        """What is no function of these arguments."""
        if isinstance(answer, type) or not callable(answer):
            got = "a class" if isinstance(answer, type) else kind_of(answer)
            advice = f"Hand over the function itself: `check.{self.name}({self.answer_name})`."
            return _verdict("wrong type", f"Expected a function, got {got}. {advice}")
        try:
            signature = inspect.signature(answer)
        except (TypeError, ValueError):  # some functions written in C have none
            return None
        try:
            signature.bind(*first.args, **first.kwargs)
        except TypeError:
            wanted = f"{self.answer_name}{inspect.signature(self.function)}"
            return _verdict("wrong signature", f"Expected `{wanted}`, got `{signature}`.")
        return None

    def _difference(self, value: Any, expected: Any) -> Difference | None:
        return difference(value, expected, self.results)

    def _compared(self, answer: Any, inputs: list[Given], outcomes: list[Outcome]) -> Verdict:
        """Return the verdict on the first call that is not right, or on all."""
        expected = [call(self.function, one).value for one in inputs]
        found = [
            None if outcome.error else self._difference(outcome.value, right)
            for outcome, right in zip(outcomes, expected, strict=False)
        ]
        bad = [i for i, outcome in enumerate(outcomes) if outcome.error or found[i]]
        if not bad:
            return self._right(outcomes)
        mistake = self._mistake(inputs, outcomes) if any(found) else None
        first = next(i for i in bad if found[i]) if mistake else bad[0]
        wrong = found[first]
        if wrong is None:
            return self._stopped(answer, inputs, outcomes, first)
        return self._not_right(inputs[first], wrong, mistake, new=bad[0] >= len(self.lecture))

    def _right(self, outcomes: list[Outcome]) -> Verdict:
        for outcome in outcomes:
            if outcome.changed is not None:
                message = (
                    f"The answers are right, but the function changes its argument "
                    f"`{outcome.changed}`. The caller may still need it: work on a copy."
                )
                return _verdict("changes its input", message)
        notes = ""
        if any(outcome.printed for outcome in outcomes):
            notes += " What it printed is hidden here."
        if sum(outcome.seconds for outcome in outcomes) > _SLOW:
            notes += " It is slow: more than two seconds for small inputs."
        message = f"`{self.answer_name}` agrees on {len(outcomes)} inputs.{notes}"
        return Verdict(True, "right", None, message)

    def _stopped(
        self, answer: Any, inputs: list[Given], outcomes: list[Outcome], i: int
    ) -> Verdict:
        """A call that did not come to its end."""
        error = outcomes[i].error
        where = _where(answer, error)
        if isinstance(error, TimeIsUp):
            message = f"The call took too long and was stopped{where}. Does a loop never end?"
            return _verdict("no end", message)
        if isinstance(error, RecursionError):
            return _verdict("no end", f"The function calls itself without end{where}.")
        lead = "Right on the lecture's numbers. " if i >= len(self.lecture) else ""
        message = f"{lead}{self.given(inputs[i])} it raised {_said(error)}{where}."
        return _verdict("exception", message)

    def _not_right(
        self, one: Given, found: Difference, mistake: Mistake | None, *, new: bool
    ) -> Verdict:
        kind: Kind = found.kind
        message = found.message
        if self.explain is None and not found.place and kind == "wrong values":
            message = f"{self.given(one)}: {message[0].lower()}{message[1:]}"
        elif kind == "wrong values" and new and mistake is None:
            message = f"{self.given(one)}: {message}"
        if kind == "wrong values" and new:
            kind = "only the lecture's numbers"
        name = see = None
        if mistake:
            name, see = mistake.name, mistake.see
            message = f"{mistake.message} {message}"
        elif kind == "only the lecture's numbers":
            message = f"Right on the lecture's numbers. {message}"
        elif kind == "wrong shape" and self.formula:
            message = f"{message} {self.formula}"
        verdict = Verdict(False, kind, name, message, see)
        if self.explain is None or found.place is None:
            return verdict
        sentence, grids = self.explain(one, found.part or 0, found.place)
        longer = replace(verdict, message=f"{message} {sentence}", grids=grids)
        fits = len(longer.text.split()) <= MOST_WORDS
        return longer if fits else replace(verdict, grids=grids)

    def given(self, one: Given) -> str:
        """Return what a function was called with: "With image (6, 6), stride 2"."""
        names = list(inspect.signature(self.function).parameters)
        named = [*zip(names, one.args, strict=False), *one.kwargs.items()]
        return "With " + ", ".join(f"`{name}` {_brief(value)}" for name, value in named)

    def _mistake(self, inputs: list[Given], outcomes: list[Outcome]) -> Mistake | None:
        """Return the mistake that gives these answers on all inputs that were answered."""
        return next((m for m in self.mistakes if self._is(m, inputs, outcomes)), None)

    def _is(self, mistake: Mistake, inputs: list[Given], outcomes: list[Outcome]) -> bool:
        for one, outcome in zip(inputs, outcomes, strict=False):
            if outcome.error is None:
                theirs = call(mistake.answer, one)
                if theirs.error or self._difference(outcome.value, theirs.value):
                    return False
        return True


def _verdict(kind: Kind, message: str) -> Verdict:
    return Verdict(False, kind, None, message)


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"`np.{name}`" for name in names[:2])


def _said(error: BaseException | None) -> str:
    """Return the kind and the first words of an error, as one piece of text."""
    words = re.sub(r"\s+([,.)])", r"\1", " ".join(str(error).split()))
    if len(words) > _MOST_OF_AN_ERROR:
        words = words[:_MOST_OF_AN_ERROR].rsplit(" ", 1)[0] + " …"
    return f"{type(error).__name__}: {words.rstrip('.')}" if words else type(error).__name__


def _does_nothing(function: Any) -> bool:
    """Tell whether a function's body is `...`, `pass` or only a docstring."""
    if not isinstance(function, FunctionType):
        return False
    return all(step.opname in _NOTHING for step in dis.get_instructions(function))


def _where(function: Any, error: BaseException | None) -> str:
    """Name the last line of the learner's code that an error went through."""
    code = getattr(function, "__code__", None)
    if error is None or code is None:
        return ""
    file = code.co_filename
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if not frames or frames[-1].lineno is None:
        return ""
    line = linecache.getline(file, frames[-1].lineno).strip()
    return f", in line {frames[-1].lineno}" + (f": `{line[:80]}`" if line else "")


def _brief(value: Any) -> str:
    """Return an argument in a few characters: arrays by their shape."""
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if callable(value):
        return "a function"
    if isinstance(value, dict):
        return "a dict"
    text = repr(value)
    return text if len(text) <= 24 else f"{text[:21]}..."
