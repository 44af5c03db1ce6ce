"""`book/lecture_map.md` keeps its word: each row leads to a section, functions and a test."""

import ast
import importlib
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("0*.ipynb"))


def rows():
    """(chapter, statement, label, functions, test) of each row of the map."""
    chapter = None
    for line in (ROOT / "book/lecture_map.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"Tests: `(tests/lecture/test_(\w+)\.py)`", line):
            chapter = found[2]
        if line.startswith("| [") and chapter:
            statement, functions, test = (cell.strip() for cell in line.strip("|").split(" | "))
            link = re.fullmatch(r"\[(.+)\]\(#([\w-]+)\)", statement)
            assert link, f"expected [statement](#label), got {statement}"
            names = re.findall(r"`([\w.]+)(?: <[\w.]+>)?`", functions)
            assert names or functions in {"Keras", "NumPy"}, f"no function for {statement}"
            yield chapter, link[1], link[2], names, test.strip("`")


ROWS = list(rows())


def labels(chapter):
    """The labels that stand before the headings of a chapter."""
    notebook = nbformat.read(ROOT / f"notebooks/{chapter}.ipynb", as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return set(re.findall(r"^\(([\w-]+)\)=$", text, flags=re.MULTILINE))


def test_every_chapter_has_rows():
    assert {row[0] for row in ROWS} == {path.stem for path in CHAPTERS}
    assert len(CHAPTERS) == 9


@pytest.mark.parametrize(("chapter", "statement", "label", "names", "test"), ROWS)
def test_row(chapter, statement, label, names, test):
    assert label in labels(chapter), statement
    for name in names:
        module, *attributes = name.split(".")
        found = importlib.import_module(f"lecturekit.{module}")
        for attribute in attributes:
            found = getattr(found, attribute)
    tree = ast.parse((ROOT / f"tests/lecture/test_{chapter}.py").read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
