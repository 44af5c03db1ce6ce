"""Pictures of the built book: WebP with the same pixels, and every page knows it.

Tried: a lossy quality, a page whose addresses were left as they were.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import smaller_pictures
from book.page_checks import Page
from PIL import Image


def test_the_same_pixels_in_fewer_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    picture = np.kron(rng.integers(0, 256, (20, 30, 4), np.uint8), np.ones((9, 9, 1), np.uint8))
    picture[..., 3] = 255  # what cannot be seen through
    png = tmp_path / "picture.png"
    Image.fromarray(picture).save(png)
    before = png.stat().st_size
    webp = smaller_pictures.to_webp(png)
    assert not png.exists()
    assert webp.stat().st_size < before
    with Image.open(webp) as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), picture)


def test_pages_and_pictures_change_together(tmp_path: Path) -> None:
    folder = tmp_path / "_images"
    folder.mkdir()
    for name in ("one", "two"):
        Image.new("RGB", (8, 8), "navy").save(folder / f"{name}.png")
    page = tmp_path / "page.html"
    page.write_text('<img src="_images/one.png"><a href="other/one.png">')
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    smaller_pictures.make_smaller(app, None)
    assert page.read_text() == '<img src="_images/one.webp"><a href="other/one.png">'
    assert {file.name for file in folder.iterdir()} == {"one.webp", "two.webp"}


def test_the_book_has_no_png_left_and_its_pictures_are_there(
    book: Path, pages: dict[str, Page]
) -> None:
    folder = book / smaller_pictures.FOLDER
    assert not list(folder.glob("*.png"))
    shown = {Path(image["src"]).name for page in pages.values() for image in page.article("img")}
    there = {file.name for file in folder.iterdir()}
    assert len(there) > 50
    assert {name for name in shown if name.endswith((".png", ".webp"))} <= there
