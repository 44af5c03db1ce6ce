"""Every exercise: its solution, its starter, wrong answers and what is said of them."""

import ast
import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from lecturekit import check
from lecturekit.check.design import Design
from lecturekit.check.function import FunctionExercise
from lecturekit.check.question import Question
from lecturekit.check.sections import SECTIONS
from lecturekit.check.verdict import MOST_WORDS

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    name: answers
    for path in sorted(Path(__file__).parent.glob("answers_*.py"))
    for name, answers in importlib.import_module(f"check.{path.stem}").ANSWERS.items()
}
QUESTIONS = {n: e for n, e in check.EXERCISES.items() if isinstance(e, Question)}
OTHERS = {n: e for n, e in check.EXERCISES.items() if not isinstance(e, Question)}
FUNCTIONS = {n: e for n, e in check.EXERCISES.items() if isinstance(e, FunctionExercise)}
TAGS = re.compile(r"</?(div|strong|code|table|caption|tbody|tr|td)\b[^>]*>")
TAGS = re.compile(r"</?(div|strong|code|table|caption|tbody|tr|td)\b[^>]*>")
BLAMES = re.compile(r"\b(bad|blame|careless|fail\w*|fault|obvious\w*|silly|simply|stupid)\b", re.I)

every = pytest.mark.parametrize("exercise", check.EXERCISES.values(), ids=check.EXERCISES)
every_question = pytest.mark.parametrize("exercise", QUESTIONS.values(), ids=QUESTIONS)
every_other = pytest.mark.parametrize("exercise", OTHERS.values(), ids=OTHERS)
every_function = pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)


def solved(exercise):
    """Return what the code of the solution makes."""
    module = importlib.import_module("numpy")
    names = {"np": module}
    if isinstance(exercise, FunctionExercise):
        names |= exercise.function.__globals__
    exec(exercise.solution_code, names)
    return names[exercise.answer_name]


def is_kind(verdict, passed):
    """Look at what holds for every verdict."""
    assert verdict.passed is passed
    assert (verdict.kind == "right") is passed
    assert len(verdict.text.split()) <= MOST_WORDS, verdict.text
    assert not BLAMES.search(verdict.text), verdict.text
    assert "<" not in TAGS.sub("", verdict._repr_html_())
    return True


@every
def test_the_solution_passes(exercise):
    assert is_kind(exercise(solved(exercise)), passed=True)


@every
def test_nothing_is_not_attempted(exercise):
    for answer in (None, ...):
        verdict = exercise(answer)
        assert is_kind(verdict, passed=False)
        assert verdict.kind == "not attempted"


@every_function
def test_the_starter_is_not_attempted(exercise):
    tree = ast.parse(exercise.solution_code)
    for body in ("...", "pass", '"""Say what it does."""', "raise NotImplementedError"):
        tree.body[0].body = ast.parse(body).body
        names = {}
        exec(ast.unparse(tree), names)
        assert exercise(names[exercise.answer_name]).kind == "not attempted"


@every_other
def test_wrong_answers_do_not_pass(exercise):
    answers = TABLES[exercise.name]
    assert len(answers.wrong) + len(answers.named) >= 6
    for answer in answers.wrong:
        verdict = exercise(answer)
        assert is_kind(verdict, passed=False), answer
        assert verdict.misconception is None, (answer, verdict)


@every_other
def test_misconceptions_are_named(exercise):
    answers = TABLES[exercise.name]
    assert len(answers.named) >= 3
    for name, answer in answers.named.items():
        verdict = exercise(answer)
        assert is_kind(verdict, passed=False), name
        assert verdict.misconception == name, (name, verdict)
        assert verdict.see is not None


@every_other
def test_other_right_answers_pass(exercise):
    answers = TABLES[exercise.name]
    assert len(answers.right) >= 2
    for answer in answers.right:
        verdict = exercise(answer)
        assert is_kind(verdict, passed=True), verdict


@every_function
def test_each_mistake_is_told_from_the_others(exercise):
    for mistake in exercise.mistakes:
        verdict = exercise(mistake.answer)
        assert is_kind(verdict, passed=False)
        assert verdict.misconception == mistake.name, verdict


@every_question
def test_wrong_predictions_are_named(exercise):
    assert len({str(mistake.answer) for mistake in exercise.mistakes}) >= 3 - bool(exercise.choices)
    for mistake in exercise.mistakes:
        verdict = exercise(mistake.answer)
        assert is_kind(verdict, passed=False)
        assert verdict.misconception == mistake.name


@every_question
def test_other_wrong_predictions_do_not_pass(exercise):
    for answer in ("", "x", True, [], {}, object(), "1 2 3 4 5 6 7", -987654, np.nan, [np.nan]):
        verdict = exercise(answer)
        assert is_kind(verdict, passed=False), answer
        assert verdict.misconception is None


@every_question
def test_predictions_may_be_typed_in_several_ways(exercise):
    right = exercise.answer
    ways = [right, str(right), f" {right} "]
    if isinstance(right, tuple):
        ways += [
            list(right),
            np.array(right),
            "×".join(map(str, right)),
            " x ".join(map(str, right)),
        ]
    elif not exercise.choices:
        ways += [np.float64(right), np.array(right)]
        ways += [f"{right:,}", f"{right:_}"] if isinstance(right, int) else [f"{right:.4g}"]
    for way in ways:
        assert exercise(way).passed, way


@every
def test_hints_come_in_steps(exercise):
    assert len(exercise.hints) >= 2
    for number, hint in enumerate(exercise.hints, start=1):
        shown = str(exercise.hint(number))
        assert shown.startswith(f"Hint {number} of {len(exercise.hints)}. {hint}")
        assert (f"check.{exercise.name}.solution()" in shown) == (number == len(exercise.hints))
        assert len(hint.split()) <= MOST_WORDS
    with pytest.raises(ValueError, match=f"there are {len(exercise.hints)} hints, got"):
        exercise.hint(len(exercise.hints) + 1)


@every
def test_the_solution_is_shown(exercise):
    shown = exercise.solution()
    assert exercise.solution_code in str(shown)
    assert exercise.answer_name in shown._repr_html_()


@every
def test_an_exercise_says_what_it_asks(exercise):
    assert exercise.asks[0].isupper()
    assert exercise.asks[-1] in ".?"
    assert exercise.asks in exercise.__doc__
    assert exercise.answer_name.startswith("my_")


def test_every_kind_is_there():
    kinds = {type(exercise) for exercise in check.EXERCISES.values()}
    assert kinds == {Design, FunctionExercise, Question}


def test_at_least_four_exercises_a_chapter():
    for module in check.CHAPTERS.values():
        assert sum(name in check.EXERCISES for name in vars(module)) >= 4


def test_tables_name_exercises_that_are_there():
    assert TABLES.keys() == OTHERS.keys()


def test_sections_are_the_headings_of_the_chapters():
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
            for label, heading in re.findall(r"^\(([\w-]+)\)=\n+#+ (.*)$", text, re.M):
                found[label] = int(path.stem[:2]), heading
    for label, section in SECTIONS.items():
        assert found[label] == (section.chapter, section.heading)
