"""Give every page with widgets what shows them, so that they move with no network.

Widgets made with anywidget, which all of the lecture are, need only `page_widgets.js` of this
folder. A page that holds others too, such as the sliders of ipywidgets, gets the widget manager
of Jupyter from npm (see `javascript`) and anywidget's own script from its Python package. If npm
cannot be reached, such a page gets the addresses of a content delivery network instead, and the
build says so: its widgets then need the network.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.console import bold
from sphinx.util.fileutil import copy_asset_file

sys.path.insert(0, str(Path(__file__).parent))
import javascript

HERE = Path(__file__).parent
FOLDER = "widgets"
OWN = HERE / "page_widgets.js"
MANAGER = "@jupyter-widgets/html-manager"
# In the order in which a page loads them.
MANAGER_SCRIPTS = ("require.js", "widget_paths.js", "embed-amd.js")
# Models of ipywidgets that only hold values.
NO_VIEW = {"LayoutModel", "WidgetModel"}
# Keys of myst-nb: a page's scripts for widgets, and their state.
SCRIPT, STATE = "ipywidgets_", "ipywidgets_state"
WITHOUT_NPM = """
Some widgets of the book will need the network: {error}
{pages}: there are widgets that were not made with anywidget. Such a page will load the widget
manager and anywidget from cdn.jsdelivr.net and require.js from cdnjs.cloudflare.com. Opened
offline, its widgets stay empty; all else works. Build again where npm reaches its registry to have
them in the book.
"""

logger = logging.getLogger(__name__)


def is_own(models: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether `page_widgets.js` can show the widgets of a page, from their stored state."""
    return all(
        model["model_module"] == "anywidget" or model["model_name"] in NO_VIEW
        for model in models.values()
    )


def manager_files() -> list[Path]:
    """Return every file of the widget manager, or raise `javascript.FetchError`."""
    manager = javascript.package(MANAGER) / "dist"
    return [
        javascript.package("requirejs") / "require.js",
        HERE / "widget_paths.js",
        manager / "embed-amd.js",
        *sorted(manager.glob("*.woff2")),
        anywidget(),
    ]


def anywidget() -> Path:
    """Return the script of the installed anywidget, for require.js."""
    for file in distribution("anywidget").files or ():
        if file.as_posix().endswith("nbextensions/anywidget/index.js"):
            return Path(str(file.locate())).resolve()
    raise javascript.FetchError("the installed anywidget holds no nbextensions/anywidget/index.js")


def choose_scripts(app: Sphinx, env: BuildEnvironment) -> None:
    """Say which scripts each page loads for its widgets, once all pages are read."""
    app.offline_widgets = []  # type: ignore[attr-defined]
    others = {}
    for page, notes in getattr(env, "nb_metadata", {}).items():
        files = notes.get("js_files", {})
        if STATE not in files:
            continue
        if is_own(json.loads(files[STATE][1]["body"])["state"]):
            load(files, {f"{FOLDER}/{OWN.name}": {"defer": "defer"}})
            app.offline_widgets = [OWN]  # type: ignore[attr-defined]
        else:
            others[page] = files
    if others:
        scripts = use_manager(app, others)
        for files in others.values():
            load(files, scripts)


def use_manager(app: Sphinx, pages: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the scripts for pages with widgets of all kinds, and note which files they need."""
    try:
        app.offline_widgets += manager_files()  # type: ignore[attr-defined]
    except javascript.IntegrityError:
        raise
    except javascript.FetchError as error:
        logger.info(bold(WITHOUT_NPM.format(error=error, pages=", ".join(sorted(pages)))))
        usual: Mapping[str, Mapping[str, str]] = app.config.nb_ipywidgets_js
        return usual
    return {f"{FOLDER}/{name}": {} for name in MANAGER_SCRIPTS}


def load(files: dict[str, Any], scripts: Mapping[str, Mapping[str, str]]) -> None:
    """Let a page load these scripts for its widgets, and no others."""
    for key in [key for key in files if key.startswith(SCRIPT) and key != STATE]:
        del files[key]
    for number, (address, attributes) in enumerate(scripts.items()):
        files[f"{SCRIPT}{number}"] = (address, dict(attributes))


def copy_scripts(app: Sphinx, error: Exception | None) -> None:
    """Copy the files once the pages are written."""
    if error is not None or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", FOLDER)
    target.mkdir(parents=True, exist_ok=True)
    for source in app.offline_widgets:  # type: ignore[attr-defined]
        name = "anywidget.js" if source.name == "index.js" else source.name
        copy_asset_file(source, target / name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the two steps with Sphinx."""
    app.connect("env-updated", choose_scripts)
    app.connect("build-finished", copy_scripts)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
