"""The stored notebooks: executed, complete, described, and the same on every machine.

That the stored outputs are the true ones is nbval's part: it compares each cell that has an
execution count, also one whose outputs were deleted, and skips each cell that has none. So a
missing count is caught here, and a missing output there.
"""

import ast
import importlib
import re
from collections import Counter
from pathlib import Path

import execute_notebooks
import nbformat
import pytest
import set_repository
import yaml
from nbformat import NotebookNode

from lecturekit import widgets

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = {
    path.relative_to(FOLDER).with_suffix("").as_posix(): execute_notebooks.read(path)
    for path in sorted(FOLDER.rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
}
CHAPTERS = [name for name in NOTEBOOKS if "/" not in name]
EXERCISES = [name for name in NOTEBOOKS if name.startswith("exercises/")]
SOLUTIONS = [name for name in NOTEBOOKS if name.startswith("solutions/")]
MOST_LINES = 12
WITHOUT_EXERCISES = {"08", "09"}  # the museum of bugs, and the appendix
# What would differ on another machine or in another minute.
PASSING = re.compile(r" at 0x[0-9a-f]+|/(root|home|tmp|Users)/|[A-Z]:\\|it/s|\d%\|")

each_notebook = pytest.mark.parametrize("name", NOTEBOOKS)
each_chapter = pytest.mark.parametrize("name", CHAPTERS)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that are not empty, as nbclient does."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


CELLS = [
    pytest.param(cell, id=f"{name}-{number}")
    for name, notebook in NOTEBOOKS.items()
    for number, cell in enumerate(code_cells(notebook), start=1)
]
each_cell = pytest.mark.parametrize("cell", CELLS)


def has_picture(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def texts(cell: NotebookNode) -> list[str]:
    """Return every text that the cell's outputs hold."""
    plain = [output.text for output in cell.outputs if output.output_type == "stream"]
    data = [output.data for output in cell.outputs if "data" in output]
    return plain + [text for bundle in data for kind, text in bundle.items() if "text/" in kind]


def shows_something(source: str) -> bool:
    """Tell whether a cell calls print or display outside the functions that it defines."""
    statements = [
        node
        for node in ast.parse(source).body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    calls = [n for top in statements for n in ast.walk(top) if isinstance(n, ast.Call)]
    return any(getattr(call.func, "id", None) in {"display", "print"} for call in calls)


def python(source: str) -> str:
    """Return the source with IPython's own lines (%magic, !command) taken out."""
    return re.sub(r"^( *)[%!].*", r"\1pass", source, flags=re.MULTILINE)


def test_the_notebooks_are_those_of_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    sections = [one for chapter in chapters for one in chapter.get("sections", [])]
    files = [one["file"].removeprefix("notebooks/") for one in [*chapters, *sections]]
    assert [name for name in files if name in CHAPTERS] == CHAPTERS
    assert [name for name in files if name in EXERCISES] == EXERCISES
    assert len(CHAPTERS) == 9


def test_chapters_have_their_exercises_and_these_their_solutions():
    numbers = {name[:2] for name in CHAPTERS}
    of_exercises = [name.removeprefix("exercises/") for name in EXERCISES]
    assert of_exercises == [name.removeprefix("solutions/") for name in SOLUTIONS]
    assert set(of_exercises) <= set(CHAPTERS)
    assert numbers - {name[:2] for name in of_exercises} == WITHOUT_EXERCISES


@each_notebook
def test_a_notebook_is_valid_and_canonical(name):
    nbformat.validate(NOTEBOOKS[name])
    assert execute_notebooks.main(["--check", str(FOLDER / f"{name}.ipynb")]) == 0


@each_notebook
def test_every_code_cell_is_executed_in_order(name):
    counts = [cell.execution_count for cell in code_cells(NOTEBOOKS[name])]
    assert counts == list(range(1, len(counts) + 1))
    assert len(counts) > 5


@each_chapter
def test_a_chapter_shows_numbers_and_pictures(name):
    cells = code_cells(NOTEBOOKS[name])
    assert sum(bool(texts(cell)) for cell in cells) > 2
    assert any(has_picture(cell) for cell in cells)


@each_chapter
def test_a_chapter_takes_its_digits_by_the_one_choice(name):
    sources = [cell.source for cell in code_cells(NOTEBOOKS[name])]
    assert not any(re.search(r"load_digits|load_mnist\b", source) for source in sources)
    loads = [source for source in sources if "load_dataset" in source]
    assert len(loads) == any("digits." in source for source in sources)


def test_names_of_figures_are_unique():
    cells = [cell for notebook in NOTEBOOKS.values() for cell in code_cells(notebook)]
    figures = [cell.metadata.get("mystnb", {}).get("figure") for cell in cells]
    names = [figure.name for figure in figures if figure]
    assert all(name.startswith("fig-") for name in names)
    assert [name for name, times in Counter(names).items() if times > 1] == []


@each_cell
def test_a_cell_raises_only_where_it_says_so(cell):
    raised = any(output.output_type == "error" for output in cell.outputs)
    assert raised == ("raises-exception" in cell.metadata.get("tags", []))


@each_cell
def test_a_cell_that_prints_has_its_output(cell):
    if cell.id == set_repository.NAME:
        return  # it prints where lecturekit is not installed
    assert cell.outputs or not shows_something(python(cell.source))


@each_cell
def test_a_cell_is_short(cell):
    if "solution" in cell.metadata.get("tags", []):
        return  # one function in one piece
    assert sum(bool(line.strip()) for line in cell.source.split("\n")) <= MOST_LINES


@each_cell
def test_an_output_holds_no_warning_time_address_or_path(cell):
    assert [output for output in cell.outputs if output.get("name") == "stderr"] == []
    assert [text for text in texts(cell) if PASSING.search(text)] == []


@each_cell
def test_a_cell_that_is_not_compared_says_why(cell):
    exempt = {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", []))
    assert "NBVAL_" not in cell.source, "use a tag, so that readers see no marker"
    assert not exempt or len(cell.metadata.get("reason", "")) > 20


@each_cell
def test_pictures_and_only_they_have_alternative_text_and_a_caption(cell):
    about = cell.metadata.get("mystnb", {})
    assert ("image" in about) == ("figure" in about) == has_picture(cell)
    if has_picture(cell):
        assert len(about.image.alt) >= 30
        assert not re.search(r"\.(png|svg|jpe?g)$", about.image.alt)
        assert len(about.figure.caption) >= 20
        assert about.figure.caption != about.image.alt


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("print(1)", True),
        ("for x in y:\n    print(x)", True),
        ("def f():\n    print(1)", False),
        ("x = 1", False),
        ("%time print(1)\nx = 2", False),
        ("if x:\n    %pip install y\nelse:\n    print(1)", True),
    ],
)
def test_the_rule_for_cells_that_print(source, expected):
    assert shows_something(python(source)) is expected


def stale_widgets(notebook: NotebookNode) -> list[str]:
    """Name the widgets of lecturekit whose stored JavaScript or CSS is not the package's own."""
    stored = notebook.metadata.get("widgets", {}).get(execute_notebooks.STATE, {}).get("state", {})
    states = [model["state"] for model in stored.values()]
    names = [state.get("_anywidget_id", "") for state in states]
    return [
        name
        for name, state in zip(names, states, strict=True)
        if name.startswith("lecturekit.") and not is_current(name, state)
    ]


def is_current(name: str, state: dict[str, str]) -> bool:
    """Tell whether a class, named as anywidget does, is there and would store the same texts."""
    module, _, kind = name.rpartition(".")
    try:
        widget = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError):  # it was renamed or taken away
        return False
    return all(state.get(key) == getattr(widget, key) for key in ("_esm", "_css"))


@each_chapter
def test_stored_widgets_hold_the_javascript_of_the_package(name):
    stale = stale_widgets(NOTEBOOKS[name])
    assert not stale, f"{name} stores old JavaScript of {stale}: run `make notebooks`"


STALE = [
    ("_esm", lambda text: f"{text}\n"),
    ("_css", lambda text: f"{text} "),
    ("_css", lambda _: None),
    ("_anywidget_id", lambda name: name.replace("NetworkExplorer", "NetworkViewer")),
    ("_anywidget_id", lambda name: name.replace("network_explorer", "network_viewer")),
]


def notebook_with(state: dict[str, object]) -> NotebookNode:
    """Return a notebook that stores a widget, beside one of its own and a model without a view."""
    own = {"_anywidget_id": "__main__.Mine", "_esm": "", "_css": ""}
    models = {name: {"state": some} for name, some in {"a": state, "b": own, "c": {}}.items()}
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["widgets"] = {execute_notebooks.STATE: {"state": models}}
    return notebook


@pytest.mark.parametrize(("key", "change"), STALE)
def test_a_stale_widget_is_noticed(key, change):
    state = {
        "_anywidget_id": "lecturekit.widgets.network_explorer.NetworkExplorer",
        "_esm": widgets.NetworkExplorer._esm,
        "_css": widgets.NetworkExplorer._css,
    }
    assert stale_widgets(notebook_with(state)) == []
    state[key] = change(state[key])
    assert stale_widgets(notebook_with(state)) == [state["_anywidget_id"]]


def test_a_widget_is_stored_as_the_test_for_stale_ones_expects():
    """With the keys and the name that anywidget itself gives."""
    state = widgets.NetworkExplorer().get_state()
    assert state["_anywidget_id"] == "lecturekit.widgets.network_explorer.NetworkExplorer"
    assert is_current(state["_anywidget_id"], state)
