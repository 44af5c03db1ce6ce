"""Write the cell with which every notebook begins: it installs lecturekit in Colab.

The address that it installs from is `repository: url` in `_config.yml`, and nowhere else.

    python tools/set_repository.py
    python tools/set_repository.py --check
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import execute_notebooks
import yaml
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "_config.yml"
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.-]+)+(?<!\.git)")
NAME = "setup"
"""The id of the cell. The tag keeps it out of the book, whose readers run nothing."""
TAGS = ["remove-cell"]
CELL = """\
# Installs lecturekit in Colab. Where it is installed already, this does nothing.
import sys
from importlib.util import find_spec

REPOSITORY = "{address}"{example}
if "google.colab" in sys.modules and not find_spec("lecturekit"):
    if REPOSITORY:
        %pip install --quiet git+$REPOSITORY
    else:
        print("Write lecturekit's address between the quotes above, and run this again.")"""
EXAMPLE = "  # such as https://github.com/OWNER/lecturekit"


def address(config: Path = CONFIG) -> str:
    """Return the address of the repository, or "" while none is set.

    Raises
    ------
    ValueError
        What stands there is not the address of a repository.
    """
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    found = (settings.get("repository") or {}).get("url") or ""
    if found and not ADDRESS.fullmatch(found):
        raise ValueError(
            f"{config.name}: repository: url must be such as https://github.com/OWNER/lecturekit, "
            f'without .git or / at its end, or "", got {found!r}'
        )
    return found


def source(of: str) -> str:
    """Return the code of the cell for an address."""
    return CELL.format(address=of, example="" if of else EXAMPLE)


def begin(notebook: NotebookNode, of: str) -> None:
    """Let a notebook begin with the cell. A new one waits for its execution; one there keeps it."""
    cells = notebook.cells
    if not cells or cells[0].get("id") != NAME:
        cells.insert(0, new_code_cell(id=NAME))
    cells[0].source = source(of)
    cells[0].metadata = {"tags": list(TAGS)}


def notebooks() -> list[Path]:
    """Return all notebooks of the project."""
    found = sorted((ROOT / "notebooks").rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def put(path: Path, of: str, *, write: bool = True) -> bool:
    """Tell whether a notebook is in step, or bring it in step."""
    notebook = execute_notebooks.read(path)
    before = execute_notebooks.text_of(notebook)
    begin(notebook, of)
    if before == execute_notebooks.text_of(notebook):
        return True
    if write:
        execute_notebooks.write(notebook, path)
        return True
    print(f"{path}: not in step with {CONFIG.name}; run `make repository`", file=sys.stderr)
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, do it, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; only report")
    options = parser.parse_args(arguments)
    try:
        of = address()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    done = [put(path, of, write=not options.check) for path in notebooks()]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
