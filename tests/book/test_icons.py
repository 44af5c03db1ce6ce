"""The pages keep every icon that they show, and are not sent the others.

Tried: a script without the three bars of the menu.
"""

import gzip
from pathlib import Path

import fewer_icons
import pytest
from book.page_checks import Page
from in_browser import Watch
from playwright.sync_api import Page as Tab

# Font Awesome's script replaces each <i> with a picture, and what it does not know with a
# picture of something that is missing.
ICONS = """() => ({
  left: [...document.querySelectorAll('i[class*="fa-"]')].map(icon => icon.className),
  missing: [...document.querySelectorAll('svg.svg-inline--fa .missing')]
    .map(part => part.parentElement.dataset.icon),
  shown: document.querySelectorAll('svg.svg-inline--fa').length})"""


@pytest.mark.browser
def test_every_icon_is_drawn(tab: Tab, book: Path, all_pages: dict[Path, Page]) -> None:
    watch = Watch(tab)
    for file in all_pages:
        if file.parent == book.resolve() and file.name == "index.html":
            continue  # it only leads on to another page
        tab.goto(file.as_uri())
        tab.wait_for_selector("svg.svg-inline--fa", state="attached")
        found = tab.evaluate(ICONS)
        assert found["left"] == found["missing"] == [], f"{file.name}: {found}"
        assert found["shown"] > 3
    assert not watch.problems, "\n".join(watch.problems)


def test_the_script_is_small(book: Path) -> None:
    [script] = book.joinpath("_static").rglob(fewer_icons.SCRIPT)
    kept = fewer_icons.ICON.findall(script.read_text(encoding="utf-8"))
    assert 10 <= len(kept) <= 100
    assert len(gzip.compress(script.read_bytes())) < 60_000
