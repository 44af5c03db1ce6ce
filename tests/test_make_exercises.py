"""Exercise notebooks are their solution notebooks with starters in place of solutions."""

import ast

import execute_notebooks
import make_exercises
import nbformat
import pytest

from lecturekit import check
from lecturekit.check.function import FunctionExercise

SOLUTIONS = sorted(make_exercises.SOLUTIONS.glob("*.ipynb"))
each = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def called(notebook):
    """Return the names of the exercises that a notebook checks, in its order."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    trees = [ast.parse(source).body for source in sources if source.startswith("check.")]
    return [body[0].value.func.attr for body in trees]


def verdicts(notebook):
    """Return the first words that each check has stored."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [c.outputs[0].data["text/plain"] for c in cells if c.source.startswith("check.")]


@each
def test_an_exercise_notebook_is_in_step(path):
    assert make_exercises.in_step(path)


@each
def test_solutions_are_right_and_starters_are_not_attempted(path):
    right = verdicts(execute_notebooks.read(path))
    assert right
    assert all(text.startswith("✓ Right.") for text in right)
    starters = verdicts(execute_notebooks.read(make_exercises.EXERCISES / path.name))
    assert len(starters) == len(right)
    assert all(text.startswith("… Not attempted yet.") for text in starters)


@each
def test_the_notebook_asks_all_exercises_of_its_chapter(path):
    module = check.CHAPTERS[int(path.stem[:2])]
    here = {name for name, value in vars(module).items() if isinstance(value, check.Exercise)}
    names = called(execute_notebooks.read(path))
    assert sorted(names) == sorted(here)


@each
def test_solution_cells_hold_the_solutions_of_the_package(path):
    cells = [
        c for c in execute_notebooks.read(path).cells if "solution" in c.metadata.get("tags", [])
    ]
    functions = [
        exercise.solution_code
        for exercise in check.EXERCISES.values()
        if isinstance(exercise, FunctionExercise)
    ]
    defined = [cell.source for cell in cells if cell.source.startswith("def ")]
    assert defined
    assert set(defined) <= set(functions)


@each
def test_a_starter_fits_the_page_of_the_book(path):
    notebook = execute_notebooks.read(make_exercises.EXERCISES / path.name)
    lines = [line for cell in notebook.cells if cell.source.startswith("def ")
             for line in cell.source.split("\n")]  # fmt: skip
    assert lines
    assert [line for line in lines if len(line) > 76] == []


def test_a_notebook_that_is_not_in_step_is_noticed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_exercises, "EXERCISES", tmp_path)
    path = SOLUTIONS[0]
    assert not make_exercises.in_step(path)
    made = make_exercises.exercise_of(execute_notebooks.read(path))
    execute_notebooks.write(made, tmp_path / path.name)
    assert make_exercises.in_step(path)
    made.cells[-1].source += "\n"
    execute_notebooks.write(made, tmp_path / path.name)
    assert not make_exercises.in_step(path)
    assert "run `make exercises`" in capsys.readouterr().err


def test_a_starter_holds_nothing_of_the_solution():
    source = (
        'def my_sum(a, b=2):\n    """Return the sum."""\n    # here\n    c = a + b\n    return c'
    )
    expected = 'def my_sum(a, b=2):\n    """Return the sum."""\n    ...  # your code'
    assert make_exercises.starter(source) == expected
    assert make_exercises.starter("def my_sum(a):\n    return a") == (
        "def my_sum(a):\n    ...  # your code"
    )
    assert make_exercises.starter("my_a = [\n    1,\n]\nmy_b = 2") == "my_a = ...\nmy_b = ..."


def test_what_is_neither_function_nor_assignment_is_refused():
    with pytest.raises(ValueError, match="may hold functions and assignments, got 'print"):
        make_exercises.starter("print(1)")


def test_cells_that_are_no_solution_stay():
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell("print(1)", id="a", execution_count=3)]
    [cell] = make_exercises.exercise_of(notebook).cells
    assert (cell.source, cell.execution_count) == ("print(1)", None)
