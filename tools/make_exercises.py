"""Make the exercise notebooks from the solution notebooks, and run both.

A cell of `notebooks/solutions` that is tagged `solution` becomes a starter in
`notebooks/exercises`: of a function its first line and its docstring stay, of an assignment the
name; the rest is `...`. All other cells stay as they are.

    python tools/make_exercises.py
    python tools/make_exercises.py --check
"""

import argparse
import ast
import copy
import sys
from collections.abc import Sequence
from pathlib import Path

import execute_notebooks
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1] / "notebooks"
SOLUTIONS, EXERCISES = ROOT / "solutions", ROOT / "exercises"
TAG = "solution"
STARTER = "...  # your code"


def starter(source: str) -> str:
    r"""Return the code of a solution without what makes it one.

    >>> print(starter("def double(x):\\n    '''Return 2 x.'''\\n    return 2 * x"))
    def double(x):
        '''Return 2 x.'''
        ...  # your code
    >>> print(starter("my_size = 6 - 3 + 1"))
    my_size = ...
    """
    lines, kept = source.split("\n"), []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef):
            first = statement.body[0]
            documented = ast.get_docstring(statement) is not None
            end = first.end_lineno if documented else first.lineno - 1
            indent = " " * first.col_offset
            kept += [*lines[statement.lineno - 1 : end], f"{indent}{STARTER}"]
        elif isinstance(statement, ast.Assign):
            kept.append(f"{ast.unparse(statement.targets[0])} = ...")
        else:
            raise ValueError(
                f"a cell tagged {TAG!r} may hold functions and assignments, got {lines[0]!r}"
            )
    return "\n".join(kept)


def exercise_of(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with starters in place of solutions, not executed."""
    result = copy.deepcopy(notebook)
    result.metadata.pop("widgets", None)
    for cell in result.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        tags = cell.metadata.get("tags", [])
        if TAG in tags:
            cell.source = starter(cell.source)
            cell.metadata.tags = [tag for tag in tags if tag != TAG]
            if not cell.metadata.tags:
                del cell.metadata["tags"]
    return result


def sources(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    """Return what a reader sees of the cells before they run."""
    return [(cell.id, cell.cell_type, cell.source) for cell in notebook.cells]


def in_step(path: Path) -> bool:
    """Tell whether the exercise notebook is the one that its solution notebook gives."""
    target = EXERCISES / path.name
    made = exercise_of(execute_notebooks.read(path))
    if target.exists() and sources(execute_notebooks.read(target)) == sources(made):
        return True
    print(f"{target}: not in step with its solutions; run `make exercises`", file=sys.stderr)
    return False


def make(path: Path) -> bool:
    """Run a solution notebook, and make and run its exercise notebook."""
    if not execute_notebooks.run(path):
        return False
    target = EXERCISES / path.name
    EXERCISES.mkdir(exist_ok=True)
    execute_notebooks.write(exercise_of(execute_notebooks.read(path)), target)
    return execute_notebooks.run(target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, do it, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="SOLUTIONS")
    parser.add_argument("--check", action="store_true", help="execute nothing; only report")
    options = parser.parse_args(arguments)
    task = in_step if options.check else make
    done = [task(path) for path in options.notebooks or sorted(SOLUTIONS.glob("*.ipynb"))]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
