"""Exercises that ask for a function."""

import dis
import inspect
import linecache
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from lecturekit.check.call import Given, Outcome, TimeIsUp, call
from lecturekit.check.compare import Difference, difference
from lecturekit.check.exercise import Exercise, Mistake, by_label
from lecturekit.check.verdict import MOST_WORDS, Grid, Kind, Verdict

DRAWS = 6
"""How many random inputs are tried besides those that are written down."""
_SLOW = 2.0  # seconds for all calls together
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
        inputs = self.inputs()
        verdict = self._unfit(answer, inputs[0])
        if verdict:
            return verdict
        expected = [call(self.function, one).value for one in inputs]
        outcomes: list[Outcome] = []
        for i, one in enumerate(inputs):
            outcome = call(answer, one)
            if isinstance(outcome.error, NotImplementedError):
                return self.not_attempted()
            if outcome.changed_numpy or outcome.error is not None:
                return self._stopped(answer, outcome, outcomes, expected, i)
            outcomes.append(outcome)
            if i == 0 and outcome.value is None and _does_nothing(answer):
                return self.not_attempted()
        return self._compared(inputs, expected, outcomes)

    def _unfit(self, answer: Any, first: Given) -> Verdict | None:
        """What is no function of these arguments."""
        if isinstance(answer, type) or not callable(answer):
            kind = "a class" if isinstance(answer, type) else type(answer).__name__
            return _verdict("wrong type", f"Expected a function, got {kind}.")
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

    def _stopped(
        self,
        answer: Any,
        outcome: Outcome,
        before: list[Outcome],
        expected: list[Any],
        i: int,
    ) -> Verdict:
        """A call that did not come to its end, or that did what none may do."""
        if outcome.changed_numpy:
            names = ", ".join(f"`np.{name}`" for name in outcome.changed_numpy[:2])
            message = f"The function changes NumPy itself: {names}. It was put back."
            return _verdict("changes NumPy", message)
        where = _where(answer, outcome.error)
        if isinstance(outcome.error, TimeIsUp):
            message = f"The call took too long and was stopped{where}. Does a loop never end?"
            return _verdict("no end", message)
        if isinstance(outcome.error, RecursionError):
            message = f"The function calls itself without end{where}."
            return _verdict("no end", message)
        shapes = ", ".join(_brief(value) for value in self.inputs()[i].args)
        error = f"{type(outcome.error).__name__}: {str(outcome.error)[:120]}"
        message = f"For inputs {shapes} it raised {error}{where}."
        values = [one.value for one in before]
        right = [self._difference(*pair) is None for pair in zip(values, expected, strict=False)]
        if len(self.lecture) <= i and all(right[: len(self.lecture)]):
            message += " The lecture's own numbers came out right."
        return _verdict("exception", message)

    def _difference(self, value: Any, expected: Any) -> Difference | None:
        return difference(value, expected, self.results)

    def _compared(
        self, inputs: list[Given], expected: list[Any], outcomes: list[Outcome]
    ) -> Verdict:
        """Return the verdict on calls that all came to their end."""
        values = [outcome.value for outcome in outcomes]
        found = [self._difference(*pair) for pair in zip(values, expected, strict=True)]
        if any(found):
            i = next(i for i, one in enumerate(found) if one)
            return self._not_right(inputs, expected, values, i, found[i])
        for outcome in outcomes:
            if outcome.changed is not None:
                message = (
                    f"The answers are right, and the function changes `{outcome.changed}`, which "
                    "is not its own: whoever called it still needs it. Work on a copy."
                )
                return _verdict("changes its input", message)
        notes = ""
        if any(outcome.printed for outcome in outcomes):
            notes += " What it printed is hidden here."
        if sum(outcome.seconds for outcome in outcomes) > _SLOW:
            notes += " It is slow: more than two seconds for small inputs."
        message = f"`{self.answer_name}` agrees on {len(inputs)} inputs.{notes}"
        return Verdict(True, "right", None, message)

    def _not_right(
        self,
        inputs: list[Given],
        expected: list[Any],
        values: list[Any],
        i: int,
        found: Difference | None,
    ) -> Verdict:
        assert found is not None
        kind: Kind = found.kind
        count = len(self.lecture)
        message = found.message
        if kind == "wrong values" and i >= count:
            kind = "only the lecture's numbers"
            message = (
                f"Right on the lecture's numbers, not for inputs {_inputs(inputs[i])}. {message}"
            )
        elif kind == "wrong shape" and self.formula:
            message = f"{message} {self.formula}"
        mistake = next((m for m in self.mistakes if self._is(m, inputs, values)), None)
        name = see = None
        if mistake:
            name, see = mistake.name, by_label(mistake)
            message = f"{mistake.message} {found.message}"
        verdict = Verdict(False, kind, name, message, see)
        if self.explain is None or found.place is None:
            return verdict
        sentence, grids = self.explain(inputs[i], found.part or 0, found.place)
        longer = replace(verdict, message=f"{message} {sentence}", grids=grids)
        fits = len(longer.text.split()) <= MOST_WORDS
        return longer if fits else replace(verdict, grids=grids)

    def _is(self, mistake: Mistake, inputs: list[Given], values: list[Any]) -> bool:
        """Tell whether the answers are those of a mistake, on all inputs."""
        theirs = [call(mistake.answer, one) for one in inputs]
        return all(
            outcome.error is None and self._difference(value, outcome.value) is None
            for value, outcome in zip(values, theirs, strict=True)
        )


def _verdict(kind: Kind, message: str) -> Verdict:
    return Verdict(False, kind, None, message)


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


def _inputs(one: Given) -> str:
    options = [f"{name}={_brief(value)}" for name, value in one.kwargs.items()]
    return ", ".join([*map(_brief, one.args), *options])


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
