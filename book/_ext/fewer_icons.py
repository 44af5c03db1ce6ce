"""Leave out the icons that no page shows.

The theme sends all icons of Font Awesome to every page, as a script of half a megabyte with gzip:
more than all else that a page without formulas needs. The book shows about twenty of them.
"""

from __future__ import annotations

import re
from collections.abc import Set
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

SCRIPT = "fontawesome.js"
# name:[width,height,[other names],"code","path"] with a path or two
ICON = re.compile(
    r'(?:"(?P<quoted>[\w-]+)"|(?P<plain>[A-Za-z_$][\w$]*)):'
    r'\[\d+,\d+,\[(?P<others>[^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\],?'
)
NAME = re.compile(r"\bfa-([a-z0-9]+(?:-[a-z0-9]+)*)")
EXPECTED = 1000  # with fewer icons in it, the script is of a form that is not known here

logger = logging.getLogger(__name__)


def without_icons(script: str, shown: Set[str]) -> str:
    """Return the script with the icons that are shown, and no others.

    >>> script = 'var c={bars:[448,512,[],"f0c9","M0 96"],"at-sign":[5,5,[61],"40",["M1","M2"]]};'
    >>> without_icons(script, {"bars"})
    'var c={bars:[448,512,[],"f0c9","M0 96"],};'
    """

    def kept(icon: re.Match[str]) -> str:
        names = {icon["quoted"] or icon["plain"], *re.findall(r'"([\w-]+)"', icon["others"])}
        return icon[0] if names & shown else ""

    return ICON.sub(kept, script)


def leave_out(app: Sphinx, error: Exception | None) -> None:
    """Write the smaller script once all pages are there."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    scripts = list(static.rglob(SCRIPT))
    # The pages, and the theme's own scripts. Other libraries carry icons of their own.
    others = {*out.rglob("*.html"), *static.glob("*.js"), *static.glob("scripts/*.js")}
    shown = {
        name
        for file in others - set(scripts)
        for name in NAME.findall(file.read_text(encoding="utf-8"))
    }
    for file in scripts:
        text = file.read_text(encoding="utf-8")
        if len(ICON.findall(text)) < EXPECTED:
            logger.info("fewer_icons: %s has another form than expected: left as it is", file.name)
            continue
        file.write_text(without_icons(text, shown), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("build-finished", leave_out)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
