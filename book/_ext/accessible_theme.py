"""Mend what the theme's pages lack for screen readers. tests/book/test_accessibility.py checks it.

- The triangle that opens a part of the table of contents has no name: it gets that of its part.
- docutils marks references with roles that ARIA 1.2 has withdrawn (doc-biblioentry) inside a list
  that then holds no list items: they become items.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

TOGGLE = re.compile(r'>([^<>]+)</a>(\s*<details\b[^>]*>\s*)<summary>(<span class="toctree-toggle")')


def mend(text: str) -> str:
    """Return a page's HTML with the names and roles that it lacked.

    >>> mend('<a href="x">Part</a><details><summary><span class="toctree-toggle">')
    '<a href="x">Part</a><details><summary aria-label="pages of Part"><span class="toctree-toggle">'
    >>> mend('<div class="citation" id="a" role="doc-biblioentry">')
    '<div class="citation" id="a" role="listitem">'
    """
    text = TOGGLE.sub(
        lambda m: f'>{m[1]}</a>{m[2]}<summary aria-label="pages of {m[1].strip()}">{m[3]}', text
    )
    return text.replace('role="doc-biblioentry"', 'role="listitem"')


def mend_pages(app: Sphinx, error: Exception | None) -> None:
    """Mend every page once all are written."""
    if error is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        if "_static" in page.relative_to(app.outdir).parts:
            continue
        text = page.read_text(encoding="utf-8")
        mended = mend(text)
        if mended != text:
            page.write_text(mended, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("build-finished", mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
