"""Every notebook begins with the cell that installs lecturekit in Colab, and only there.

Tried: a cell that installs wherever lecturekit is missing, one that installs in Colab although it
is there, one without `git+`, an old address in one notebook: each makes a test here fail.
"""

import importlib.util
import sys
from types import ModuleType

import execute_notebooks
import pytest
import set_repository
import yaml
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ADDRESS = "https://github.com/someone/lecturekit"


def test_every_notebook_is_in_step_with_the_config():
    assert set_repository.main(["--check"]) == 0
    assert len(set_repository.notebooks()) >= 8


def test_the_address_is_one_value_and_none_is_set():
    text = set_repository.CONFIG.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["repository"]["url"] == set_repository.address() == ""


def test_the_cell_is_short_and_leaves_no_output():
    assert len(set_repository.source(ADDRESS).split("\n")) <= 10
    for path in set_repository.notebooks():
        first = execute_notebooks.read(path).cells[0]
        assert (first.outputs, first.execution_count) == ([], 1)


@pytest.fixture
def in_colab(monkeypatch):
    """This is Colab, and lecturekit is not installed."""
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def run(address, capfd):
    """Run the cell as IPython does; return what it installs, and what it prints."""
    installed = []
    shell = InteractiveShell()
    shell.register_magic_function(installed.append, "line", "pip")
    shell.run_cell(set_repository.source(address)).raise_error()
    return installed, "".join(capfd.readouterr())


@pytest.mark.usefixtures("in_colab")
def test_in_colab_it_installs(capfd):
    assert run(ADDRESS, capfd) == ([f"install --quiet git+{ADDRESS}"], "")


@pytest.mark.usefixtures("in_colab")
def test_in_colab_without_an_address_it_says_what_to_do(capfd):
    installed, printed = run("", capfd)
    assert installed == []
    assert printed == "Write lecturekit's address between the quotes above, and run this again.\n"
    assert "such as https://github.com/" in set_repository.source("")


@pytest.mark.usefixtures("in_colab")
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_where_it_is_installed_it_does_nothing(address, monkeypatch, capfd):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert run(address, capfd) == ([], "")


@pytest.mark.usefixtures("in_colab")
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_elsewhere_it_does_nothing(address, monkeypatch, capfd):
    monkeypatch.delitem(sys.modules, "google.colab")
    assert run(address, capfd) == ([], "")


def test_a_new_address_changes_the_cell_and_nothing_else():
    notebook = new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("x = 1")])
    others = list(notebook.cells)
    set_repository.begin(notebook, "")
    notebook.cells[0].execution_count = 1
    set_repository.begin(notebook, ADDRESS)
    first, *rest = notebook.cells
    assert f'REPOSITORY = "{ADDRESS}"\n' in first.source
    assert (first.execution_count, first.metadata.tags) == (1, ["remove-cell"])
    assert rest == others


def test_a_notebook_that_is_not_in_step_is_noticed_and_mended(tmp_path, monkeypatch, capsys):
    path = tmp_path / "new.ipynb"
    monkeypatch.setattr(set_repository, "notebooks", lambda: [path])
    execute_notebooks.write(new_notebook(cells=[new_markdown_cell("# Title", id="a")]), path)
    assert set_repository.main(["--check"]) == 1
    assert "run `make repository`" in capsys.readouterr().err
    assert set_repository.main([]) == set_repository.main(["--check"]) == 0
    monkeypatch.setattr(set_repository, "address", lambda: ADDRESS)
    assert set_repository.main(["--check"]) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: Book", ""),
        ("repository:", ""),
        ("repository: {branch: main}", ""),
        (f"repository: {{url: '{ADDRESS}'}}", ADDRESS),
        ("repository: {url: 'https://gitlab.com/a/b/kit.py'}", "https://gitlab.com/a/b/kit.py"),
    ],
)
def test_the_address_is_read(text, expected, tmp_path):
    config = tmp_path / "_config.yml"
    config.write_text(text, encoding="utf-8")
    assert set_repository.address(config) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        f"{ADDRESS}/",
        f"{ADDRESS}.git",
        "git@github.com:someone/lecturekit.git",
        "someone/lecturekit",
        "https://github.com",
        'https://github.com/a/b"; print("',
        "https://github.com/a/b c",
    ],
)
def test_a_wrong_address_is_refused_and_nothing_is_written(wrong, tmp_path, monkeypatch, capsys):
    config = tmp_path / "_config.yml"
    config.write_text(yaml.safe_dump({"repository": {"url": wrong}}), encoding="utf-8")
    with pytest.raises(ValueError, match="repository: url must be such as https"):
        set_repository.address(config)
    monkeypatch.setattr(set_repository.address, "__defaults__", (config,))
    assert set_repository.main([]) == 1
    assert repr(wrong) in capsys.readouterr().err
