"""tools/execute_notebooks.py: twice the same bytes, and nothing written that did not run."""

import json

import execute_notebooks as tool
import nbformat
import pytest

PICTURE = "iVBORw0KGgo="
SLIDERS = """\
import ipywidgets as widgets
left, right = widgets.IntSlider(3), widgets.IntText(3)
link = widgets.jslink((left, "value"), (right, "value"))
unseen = widgets.IntSlider(9)
widgets.VBox([left, right])"""
BOTH = f"""\
from IPython.display import display
slider = widgets.IntSlider(5)
view = {{"model_id": slider.model_id, "version_major": 2, "version_minor": 0}}
display({{"text/plain": "a picture", "image/png": "{PICTURE}", "{tool.VIEW}": view}}, raw=True)"""


def code(source, **changes):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {**cell, "source": source, **changes}


@pytest.fixture
def store(tmp_path):
    """Store cells as a notebook and return its path."""

    def store(*cells, name="chapter.ipynb", **metadata):
        content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        path = tmp_path / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return store


def load(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.fixture
def executed(store):
    """Return the path of a notebook that the tool has executed once."""
    path = store(
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        code(SLIDERS, id="sliders", metadata={"execution": {"iopub.execute_input": "now"}}),
        code(BOTH, metadata={"tags": ["kept"]}),
        code(""),
        code("for n in range(50):\n    print(n, flush=True)"),
        code("import os\nprint(os.getcwd())\nprint(os.environ['TQDM_DISABLE'])"),
        code("1 / 0", metadata={"tags": ["raises-exception"]}),
        language_info={"name": "python", "version": "3.0"},
        kernelspec={"name": "mine", "display_name": "Mine"},
    )
    assert tool.main([str(path)]) == 0
    return path


def test_a_second_execution_changes_no_byte(executed):
    first = executed.read_bytes()
    assert tool.main([str(executed)]) == 0
    assert executed.read_bytes() == first
    assert tool.main(["--check", str(executed)]) == 0


def test_what_is_stored_names_no_machine_and_no_time(executed):
    notebook = load(executed)
    assert notebook.metadata.kernelspec == tool.KERNELSPEC
    assert notebook.metadata.language_info == tool.LANGUAGE_INFO
    ids = [cell.id for cell in notebook.cells]
    assert ids == ["cell-01", "sliders", *(f"cell-{n:02d}" for n in range(2, 7))]
    assert [cell.metadata for cell in notebook.cells[1:3]] == [{}, {"tags": ["kept"]}]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, None, 3, 4, 5]


def test_prints_are_one_output_and_a_traceback_one_line(executed):
    *_, numbers, place, error = load(executed).cells
    assert [output.text for output in numbers.outputs] == ["".join(f"{n}\n" for n in range(50))]
    assert [output.text for output in place.outputs] == [f"{executed.parent}\n1\n"]
    assert error.outputs[0].traceback == ["ZeroDivisionError: division by zero"]


def test_widgets_that_are_shown_keep_their_state_and_links(executed):
    notebook = load(executed)
    models = notebook.metadata.widgets[tool.STATE].state
    kinds = sorted(model.model_name for model in models.values())
    assert [kind for kind in kinds if kind not in ("LayoutModel", "SliderStyleModel")] == [
        "DescriptionStyleModel", "IntSliderModel", "IntTextModel", "LinkModel", "VBoxModel",
    ]  # fmt: skip
    assert [model.state.value for model in models.values() if "value" in model.state] == [3, 3]
    view = notebook.cells[1].outputs[0].data[tool.VIEW]
    assert models[view.model_id].model_name == "VBoxModel"
    assert set(tool.references(models)) <= models.keys()


def test_a_picture_takes_the_place_of_its_widget(executed, store):
    [output] = load(executed).cells[2].outputs
    assert output.data == {"text/plain": "a picture", "image/png": PICTURE}
    alone = store(code("import ipywidgets as widgets"), code(BOTH))
    assert tool.main([str(alone)]) == 0
    assert "widgets" not in load(alone).metadata


def test_ids_of_widgets_differ_between_notebooks(executed):
    notebook = tool.read(executed)
    [one, other] = [tool.canonical(notebook, stem) for stem in ("one", "other")]
    states = [set(result.metadata.widgets[tool.STATE].state) for result in (one, other)]
    assert not states[0] & states[1]


def test_a_failing_notebook_stays_as_it_was_and_the_next_is_executed(store, capsys):
    bad = store(code("print(1)"), code("raise ValueError('on purpose')"), name="bad.ipynb")
    good = store(code("print(2)"), name="good.ipynb")
    before = bad.read_bytes()
    assert tool.main([str(bad), str(good)]) == 1
    assert bad.read_bytes() == before
    assert load(good).cells[0].outputs[0].text == "2\n"
    assert "on purpose" in capsys.readouterr().err
    assert sorted(path.name for path in bad.parent.iterdir()) == ["bad.ipynb", "good.ipynb"]


def test_check_reports_and_writes_nothing(store, capsys):
    path = store(code("print(1)"))
    before = path.read_bytes()
    assert tool.main(["--check", str(path)]) == 1
    assert path.read_bytes() == before
    assert "chapter.ipynb: not canonical" in capsys.readouterr().err


def test_a_view_without_state_is_refused(store):
    view = {"model_id": "lost", "version_major": 2, "version_minor": 0}
    output = {"output_type": "display_data", "metadata": {}, "data": {tool.VIEW: view}}
    path = store(code("x", outputs=[output]))
    with pytest.raises(ValueError, match="no state is stored for the widget model lost"):
        tool.canonical(tool.read(path), "chapter")
