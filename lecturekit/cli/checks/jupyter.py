"""JupyterLab, and whether the widgets and the chapters' boxes will show in it."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from lecturekit.cli.checks.finding import Finding, State
from lecturekit.cli.checks.packages import LAB, package, version_of

_EXTENSIONS: Final = {
    "anywidget": "anywidget",
    "ipywidgets": "@jupyter-widgets/jupyterlab-manager",
}
"""The part in JupyterLab of each package of widgets: a folder that its wheel brings."""


def lab() -> list[Finding]:
    """Look at JupyterLab and its extension for the chapters' boxes."""
    return [package(name, limits, State.NOTE) for name, limits in LAB.items()]


def widgets() -> list[Finding]:
    """Look for what shows widgets in JupyterLab."""
    if version_of("jupyterlab") is None:
        advice = "see the line on jupyterlab; in Colab and in the built book they show anyway"
        return [Finding("widgets", "no JupyterLab to show them", State.NOTE, advice)]
    missing = [name for name, folder in _EXTENSIONS.items() if not _installed(folder)]
    if missing:
        advice = f"pip install --force-reinstall {' '.join(missing)}, and load JupyterLab again"
        found = f"JupyterLab has no part of {' and '.join(missing)}"
        return [Finding("widgets", found, State.NOTE, advice)]
    other = _other_lab()
    if other is not None:
        advice = (
            f"start {_program()}, or install anywidget, ipywidgets and jupyterlab-myst there, too"
        )
        return [
            Finding("widgets", f"`jupyter lab` starts another one: {other}", State.NOTE, advice)
        ]
    return [Finding("widgets", "will show in JupyterLab")]


def _installed(folder: str) -> bool:
    """Whether JupyterLab finds an extension, in any of the places where it looks."""
    named = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    home = Path.home() / ".local" / "share" / "jupyter"
    places = [*map(Path, filter(None, named)), Path(sys.prefix, "share", "jupyter"), home]
    return any((place / "labextensions" / folder).is_dir() for place in places)


def _other_lab() -> str | None:
    """Return the ``jupyter-lab`` of another environment, if the shell would start that one."""
    found = shutil.which("jupyter-lab")
    if found is None or Path(found).parent.resolve() == _program().parent.resolve():
        return None
    return found


def _program() -> Path:
    return Path(sys.executable).with_name("jupyter-lab")
