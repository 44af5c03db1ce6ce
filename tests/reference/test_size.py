"""`lecturekit.reference` is a textbook: it stays as short as one.

Lines that explain are not counted: docstrings, comments, blank lines. Nor does it count how many
lines one statement is broken into, so that the formatter has no say.
"""

import ast
from pathlib import Path

import pytest

from lecturekit import reference

MODULES = sorted(Path(reference.__file__).parent.glob("*.py"))
MOST_STATEMENTS = 900
MOST_LINES = 40


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def statements(tree):
    """Every statement of a module that does something: no docstring and no import."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return [n for n in nodes if not (is_docstring(n) or isinstance(n, ast.Import | ast.ImportFrom))]


def functions():
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                yield pytest.param(node, source.split("\n"), id=f"{path.stem}.{node.name}")


def test_all_of_it_is_short():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    assert sum(len(statements(tree)) for tree in trees) < MOST_STATEMENTS


@pytest.mark.parametrize(("function", "source"), list(functions()))
def test_a_function_is_short(function, source):
    first = function.body[0]
    explained = range(first.lineno, first.end_lineno + 1) if is_docstring(first) else ()
    lines = [n for n in range(function.lineno, function.end_lineno + 1) if n not in explained]
    written = [n for n in lines if source[n - 1].strip() and source[n - 1].strip()[0] != "#"]
    assert len(written) <= MOST_LINES


def test_what_counts_as_a_statement():
    tree = ast.parse(
        '"""Doc."""\nimport os\nx = (\n    1,\n)\ndef f():\n    """Doc."""\n    return 1\n'
    )
    assert len(statements(tree)) == 3
