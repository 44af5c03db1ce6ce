"""Send pictures as lossless WebP: the same pixels in less than half the bytes of PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

FOLDER = "_images"


def to_webp(picture: Path) -> Path:
    """Write a picture as WebP beside the PNG, and remove the PNG."""
    with Image.open(picture) as image:
        image.save(picture.with_suffix(".webp"), lossless=True, method=4)
    picture.unlink()
    return picture.with_suffix(".webp")


def make_smaller(app: Sphinx, error: Exception | None) -> None:
    """Change every PNG of the finished pages, and the pages with it."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    names = {file.name: to_webp(file).name for file in out.joinpath(FOLDER).glob("*.png")}
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        changed = text
        for old, new in names.items():
            changed = changed.replace(f"{FOLDER}/{old}", f"{FOLDER}/{new}")
        if changed != text:
            page.write_text(changed, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("build-finished", make_smaller)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
