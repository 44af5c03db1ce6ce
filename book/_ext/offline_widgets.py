"""Give every page with widgets a widget manager of its own, so that they move with no network.

The manager comes from npm (see `javascript`), anywidget's own script from its Python package.
If npm cannot be reached, the book is built with the addresses of a content delivery network
instead, and the build says so: its pages then need the network for their widgets.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.console import bold
from sphinx.util.fileutil import copy_asset_file

sys.path.insert(0, str(Path(__file__).parent))
import javascript

HERE = Path(__file__).parent
FOLDER = "widgets"
MANAGER = "@jupyter-widgets/html-manager"
# In the order in which a page loads them.
SCRIPTS = ("require.js", "widget_paths.js", "embed-amd.js")
WITHOUT_NPM = """
The book's widgets will need the network: {error}
Every page with a widget will load the widget manager and anywidget from cdn.jsdelivr.net and
require.js from cdnjs.cloudflare.com. Opened offline, its widgets stay empty; all else works.
Build again where npm reaches its registry to have them in the book.
"""

logger = logging.getLogger(__name__)


def scripts() -> list[Path]:
    """Return every file that pages with widgets may ask for, or raise `javascript.FetchError`."""
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


def use_local_scripts(app: Sphinx, config: Config) -> None:
    """Point myst-nb at the copies, before it reads the first notebook."""
    try:
        app.offline_widgets = scripts()  # type: ignore[attr-defined]
    except javascript.IntegrityError:
        raise
    except javascript.FetchError as error:
        app.offline_widgets = []  # type: ignore[attr-defined]
        logger.info(bold(WITHOUT_NPM.format(error=error)))
    else:
        config.nb_ipywidgets_js = {f"{FOLDER}/{name}": {} for name in SCRIPTS}


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
    """Register the two steps with Sphinx; the first before myst-nb reads its settings."""
    app.connect("config-inited", use_local_scripts, priority=100)
    app.connect("build-finished", copy_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
