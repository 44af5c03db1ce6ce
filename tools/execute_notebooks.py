"""Execute notebooks in fresh kernels and store their outputs in one canonical form.

The same notebook, executed twice, gives the same bytes, so ``git diff`` shows what changed and
nothing else. A notebook is written only when all of its cells have run.

    python tools/execute_notebooks.py notebooks/*.ipynb
    python tools/execute_notebooks.py --check notebooks/*.ipynb
"""

import argparse
import copy
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

CELL_TIMEOUT = 600
SETTINGS = {
    "TQDM_DISABLE": "1",  # a bar would be stored as it happened to be redrawn
    "CUDA_VISIBLE_DEVICES": "-1",  # the stored numbers are those of a CPU, also beside a GPU
    "LECTUREKIT_DATA": "digits",  # and of the book's digits, whatever the user works with
}
"""Environment of every kernel."""
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
LEFT_BY_EDITORS = ("ExecuteTime", "collapsed", "execution", "scrolled")
LINKS = ("LinkModel", "DirectionalLinkModel")
REFERENCE = re.compile(r"IPY_MODEL_(\w+)")
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def read(path: Path) -> NotebookNode:
    """Read a notebook as it stands; nbformat's own reader would invent missing cell ids."""
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook beside its old version, then put it in its place in one step."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, suffix=".tmp", delete=False
    ) as file:
        file.write(text_of(notebook))
    mode = path.stat().st_mode if path.exists() else 0o644
    os.chmod(file.name, mode)
    os.replace(file.name, path)


def text_of(notebook: NotebookNode) -> str:
    """Return the file's text: sorted keys, one space of indent, a newline at the end."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def execute(notebook: NotebookNode, path: Path) -> None:
    """Run every cell in a fresh kernel, in the notebook's folder, with a progress bar.

    Raises
    ------
    nbclient.exceptions.CellControlSignal, nbclient.exceptions.DeadKernelError
        A cell failed without the tag ``raises-exception``, took too long, or ended the kernel.
    """
    codes = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    with tqdm(total=codes, desc=path.name, unit="cell") as bar:
        client = NotebookClient(
            notebook,
            extra_arguments=["--log-level=ERROR"],
            kernel_name=KERNELSPEC["name"],
            on_cell_executed=lambda **_: bar.update(),
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
            timeout=CELL_TIMEOUT,
        )
        client.execute(env=os.environ | SETTINGS)


def canonical(notebook: NotebookNode, stem: str) -> NotebookNode:
    """Return a copy of the notebook that is the same whenever its outputs are.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook, format 4.
    stem : str
        The file's name without its suffix; the ids of widget models are made from it.

    Raises
    ------
    ValueError
        An output shows a widget whose state is not stored.
    """
    result = copy.deepcopy(notebook)
    result.nbformat, result.nbformat_minor = 4, 5
    result.metadata.kernelspec = dict(KERNELSPEC)
    result.metadata.language_info = dict(LANGUAGE_INFO)
    name_cells(result.cells)
    for cell in result.cells:
        for key in LEFT_BY_EDITORS:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = canonical_outputs(cell.outputs)
    return name_widgets(result, stem)


def name_cells(cells: Sequence[NotebookNode]) -> None:
    """Give cells without an id the next free one of cell-01, cell-02, ..."""
    taken = {cell.get("id") for cell in cells}
    names = (name for name in (f"cell-{n:02d}" for n in count(1)) if name not in taken)
    for cell in cells:
        if not cell.get("id"):
            cell["id"] = next(names)


def canonical_outputs(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Join neighboring prints, shorten tracebacks, and keep a picture without its dead widget."""
    result: list[NotebookNode] = []
    for output in outputs:
        last = result[-1] if result else NotebookNode()
        if output.output_type == "stream" and last.get("name") == output.name:
            # The kernel sends a print in as many pieces as its buffer happens to be emptied.
            last.text += output.text
            continue
        if output.output_type == "error":
            # The frames hold the paths of one machine.
            output.traceback = [f"{output.ename}: {output.evalue}"]
        if "image/png" in output.get("data", {}):
            output.data.pop(VIEW, None)
        result.append(output)
    return result


def name_widgets(notebook: NotebookNode, stem: str) -> NotebookNode:
    """Keep the widget models that are still shown, with ids in the order of their appearance."""
    stored = notebook.metadata.pop("widgets", {}).get(STATE, {})
    models = stored.get("state", {})
    shown = [model_id for view in views(notebook) for model_id in reach(view["model_id"], models)]
    names = {old: new_id(stem, place) for place, old in enumerate(dict.fromkeys(shown))}
    links = [renamed(model, names) for model in links_between(models, names)]
    links.sort(key=lambda model: json.dumps(model, sort_keys=True))
    kept = [renamed(models[old], names) for old in names] + links
    for view in views(notebook):
        view["model_id"] = names[view["model_id"]]
    if kept:
        state = {new_id(stem, place): model for place, model in enumerate(kept)}
        notebook.metadata["widgets"] = nbformat.from_dict({STATE: {**stored, "state": state}})
    return notebook


def new_id(stem: str, place: int) -> str:
    """Return the id of the model that is ``place``-th in its notebook, in the usual 32 digits."""
    return hashlib.sha256(f"{stem}:{place}".encode()).hexdigest()[:32]


def views(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the widget views of all outputs, from the top down."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                yield output.data[VIEW]


def reach(model_id: str, models: dict[str, Any]) -> list[str]:
    """Return a model and all models that it refers to, each once, in a fixed order."""
    found: dict[str, None] = {}
    waiting = [model_id]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        if current not in models:
            raise ValueError(f"reach: no state is stored for the widget model {current}")
        found[current] = None
        waiting.extend(reversed(references(models[current])))
    return list(found)


def references(model: Any) -> list[str]:
    """Return the ids that a model's state mentions, keys sorted."""
    return REFERENCE.findall(json.dumps(model, sort_keys=True))


def links_between(models: dict[str, Any], shown: Collection[str]) -> list[Any]:
    """Return the links whose two ends are both shown: nothing refers to them, yet they work."""
    links = [model for model in models.values() if model["model_name"] in LINKS]
    return [link for link in links if all(end in shown for end in references(link))]


def renamed(model: Any, names: dict[str, str]) -> Any:
    """Return a model's state with every reference to another model renamed."""
    text = json.dumps(model)
    return json.loads(REFERENCE.sub(lambda m: f"IPY_MODEL_{names.get(m[1], m[1])}", text))


def run(path: Path) -> bool:
    """Execute one notebook and store it; say what went wrong and return False if it failed."""
    notebook = read(path)
    try:
        execute(notebook, path)
    except (CellControlSignal, DeadKernelError) as error:
        print(f"{path}: not written\n{error}", file=sys.stderr)
        return False
    write(canonical(notebook, path.stem), path)
    return True


def is_canonical(path: Path) -> bool:
    """Tell whether a file is what this tool would have written."""
    found = path.read_text(encoding="utf-8")
    if found == text_of(canonical(read(path), path.stem)):
        return True
    print(f"{path}: not canonical; run `make notebooks`", file=sys.stderr)
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, do it, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--check", action="store_true", help="execute nothing; only report")
    options = parser.parse_args(arguments)
    task = is_canonical if options.check else run
    done = [task(path) for path in options.notebooks]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
