"""The checks of `page_checks` find what they look for, on pages that are broken on purpose."""

from pathlib import Path

import pytest
from book.page_checks import Page

from book import page_checks

GOOD = """<html lang="en"><head><title>Good</title>
<link rel="stylesheet" href="style.css"></head><body>
<a class="navbar-brand" href="page.html"><img src="picture.png" alt=""></a>
<article><h1 id="top">Good</h1><h2>Part</h2><a href="page.html#top">up</a><a href="#">up</a>
<a href="https://example.org/">elsewhere</a>
<figure><img src="picture.png" alt="A white diagonal on a black ground">
<figcaption><span class="caption-text">The diagonal is white.</span></figcaption></figure></article>
</body></html>"""

ALT = "A white diagonal on a black ground"
BROKEN = [
    ("language", '<html lang="en">', "<html>", "lang"),
    ("title", "<title>Good</title>", "", "title"),
    ("headings", '<h1 id="top">Good</h1>', "<h2>Good</h2>", "not one title"),
    ("headings", "<h2>Part</h2>", "<h1>Part</h1>", "not one title"),
    ("headings", "<h2>Part</h2>", "<h3>Part</h3>", "level 3 right after 1"),
    ("outside_files", "style.css", "https://cdn.example.org/style.css", "cdn.example.org"),
    ("outside_files", "style.css", "//cdn.example.org/style.css", "cdn.example.org"),
    ("outside_files", "</body>", '<script src="http://a.example/x.js"></script></body>', "x.js"),
    ("missing_files", "style.css", "lost.css", "lost.css"),
    ("missing_files", 'src="picture.png" alt="A', 'src="lost.png" alt="A', "lost.png"),
    ("alternative_texts", f'alt="{ALT}"', "", "None"),
    ("alternative_texts", ALT, "", "says nothing"),
    ("alternative_texts", ALT, "_images/a_b_c.png", "says nothing"),
    ("alternative_texts", ALT, "0123456789abcdef01", "says nothing"),
    ("alternative_texts", ALT, "a plot", "too short"),
    ("captions", "The diagonal is white.", "", "no caption"),
    ("captions", "figcaption", "p", "no caption"),
    ("captions", "figure", "div", "no caption"),
    ("broken_links", "page.html#top", "lost.html", "no such file"),
    ("broken_links", "page.html#top", "page.html#lost", "no such place"),
    ("broken_links", "page.html#top", "../outside.html", "no such file"),
]


def problems(name: str, folder: Path, html: str) -> list[str]:
    root = folder / "book"
    root.mkdir()
    (folder / "outside.html").touch()
    for file in ("style.css", "picture.png"):
        (root / file).touch()
    (root / "page.html").write_text(html, encoding="utf-8")
    page = Page((root / "page.html").resolve(), root)
    if name == "broken_links":
        return page_checks.broken_links(page, {page.path: page})
    return getattr(page_checks, name)(page)


@pytest.mark.parametrize("name", sorted({name for name, *_ in BROKEN}))
def test_a_good_page_passes(name: str, tmp_path: Path) -> None:
    assert problems(name, tmp_path, GOOD) == []


@pytest.mark.parametrize(("name", "old", "new", "message"), BROKEN)
def test_a_broken_page_is_found(
    name: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in GOOD
    found = problems(name, tmp_path, GOOD.replace(old, new))
    assert any(message in problem for problem in found), found


def test_every_check_has_a_broken_page() -> None:
    assert {check.__name__ for check in page_checks.CHECKS} <= {name for name, *_ in BROKEN}
