"""Give every page with formulas a MathJax of its own, so that it reads well with no network.

The files come from the pinned package sphinx-mathjax-offline, whose static folder is MathJax 3.2.2
as its authors published it. That package's own extension copies all 24 MB of it, most of it speech
rules and output formats that the book does not use. This one copies what a page may ask for.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.fileutil import copy_asset

PACKAGE = "sphinx-mathjax-offline"
ENTRY = "tex-chtml.js"
# The entry file holds the TeX reader and the HTML writer; the folders hold what it loads when a
# formula or the reader's menu asks for it.
PARTS = (ENTRY, "input/tex/extensions", "output/chtml/fonts/woff-v2", "ui", "a11y", "sre")


def find_mathjax() -> Path:
    """Return the installed folder that holds ``tex-chtml.js``, or say what to install."""
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise ExtensionError(
            f"offline_mathjax: the package {PACKAGE} is missing; the extra 'book' installs it"
        ) from error
    for file in package.files or ():
        if file.name == ENTRY:
            return Path(str(package.locate_file(file))).parent
    raise ExtensionError(f"offline_mathjax: {PACKAGE} {package.version} holds no {ENTRY}")


def use_local_mathjax(app: Sphinx, config: Config) -> None:
    """Point Sphinx at the copy, before it writes the first page."""
    config.mathjax_path = f"mathjax/{ENTRY}"


def only_where_needed(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Take MathJax from pages without formulas: Sphinx gives it to the parents of others, too."""
    if not app.env.domaindata["math"]["has_equations"].get(page, False):
        scripts = context["script_files"]
        context["script_files"] = [
            script for script in scripts if not str(script.filename).endswith(ENTRY)
        ]


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy the files once the pages are written; a later build finds them unchanged."""
    if error is not None or app.builder.format != "html":
        return
    source, target = find_mathjax(), Path(app.outdir, "_static", "mathjax")
    for part in PARTS:
        destination = target / part
        folder = destination if (source / part).is_dir() else destination.parent
        copy_asset(source / part, folder)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("config-inited", use_local_mathjax)
    app.connect("html-page-context", only_where_needed, priority=900)  # after Sphinx's own
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
