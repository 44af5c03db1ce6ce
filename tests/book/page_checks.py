"""What is wrong with a page of the built book: each check returns a list of problems.

`test_pages.py` runs them on every page, `test_page_checks.py` on pages that are broken on purpose.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

FILE_NAME = re.compile(r"\.(png|svg|jpe?g|gif|webp)$|[0-9a-f]{16,}", re.IGNORECASE)
LOADED = (("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src"), ("link", "href"))
NOT_LOADED = {"canonical", "index", "search", "next", "prev", "author", "license"}


@dataclass
class Page:
    """One HTML file, parsed, with the folder that all links of the book stay in."""

    path: Path
    root: Path
    soup: BeautifulSoup = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.soup = BeautifulSoup(self.path.read_text(encoding="utf-8"), "html.parser")

    @property
    def article(self) -> Tag:
        """What the page says, without the theme's bars around it."""
        return self.soup.find("article") or self.soup


def loaded(page: Page) -> Iterator[tuple[Tag, str]]:
    """Every address that the page itself loads."""
    for name, attribute in LOADED:
        for tag in page.soup.find_all(name):
            address = tag.get(attribute)
            if address and not NOT_LOADED.intersection(tag.get("rel", [])):
                yield tag, address


def anchors(page: Page) -> set[str]:
    """Every place of the page that a link can name."""
    return {tag[key] for key in ("id", "name") for tag in page.soup.find_all(attrs={key: True})}


def target(page: Page, address: str) -> Path:
    """Return the file that a relative address means."""
    path = unquote(urlsplit(address).path)
    return (page.path.parent / path).resolve() if path else page.path


def is_outside(address: str) -> bool:
    """Tell whether an address leaves the book."""
    return bool(urlsplit(address).scheme) or address.startswith("//")


def language(page: Page) -> list[str]:
    """A screen reader must know which language to speak."""
    found = page.soup.html.get("lang") if page.soup.html else None
    return [] if found == "en" else [f"<html lang> is {found!r}"]


def outside_files(page: Page) -> list[str]:
    """A page reads well with no network, so it loads nothing from elsewhere."""
    return [
        f"<{tag.name}> loads {address}"
        for tag, address in loaded(page)
        if is_outside(address) and not address.startswith("data:")
    ]


def missing_files(page: Page) -> list[str]:
    """Every script, style and picture is in the book."""
    return [
        f"<{tag.name}> loads {address}, which is not in the book"
        for tag, address in loaded(page)
        if not is_outside(address) and not target(page, address).is_file()
    ]


def broken_links(page: Page, pages: dict[Path, Page]) -> list[str]:
    """Every link inside the book leads to a file, and to a place in it that exists."""
    problems = []
    for address in dict.fromkeys(tag["href"] for tag in page.soup.find_all("a", href=True)):
        if is_outside(address):
            continue
        path, fragment = target(page, address), unquote(urlsplit(address).fragment)
        if not path.is_file() or not path.is_relative_to(page.root.resolve()):
            problems.append(f"link to {address}: no such file in the book")
        elif fragment and path in pages and fragment not in anchors(pages[path]):
            problems.append(f"link to {address}: no such place on that page")
    return problems


def alternative_texts(page: Page) -> list[str]:
    """Who does not see a picture is told what it shows; a mark beside its name may be silent."""
    problems = []
    for image in page.soup.find_all("img"):
        text, source = image.get("alt"), image.get("src", "")
        if text == "" and image.find_parent(class_="navbar-brand"):
            continue
        words = (text or "").split()
        in_article = image.find_parent("article") is not None
        if not words or FILE_NAME.search(text) or Path(source).stem in text:
            problems.append(f"{source}: alternative text {text!r} says nothing")
        elif in_article and len(words) < 6:
            problems.append(f"{source}: alternative text {text!r} is too short for a figure")
    return problems


def captions(page: Page) -> list[str]:
    """Every picture stands in a figure with a caption, or on a card with its own text."""
    problems = []
    for image in page.article.find_all("img"):
        if image.find_parent(class_="sd-card"):
            continue
        figure = image.find_parent("figure")
        caption = figure.find("figcaption") if figure else None
        text = caption.find(class_="caption-text") or caption if caption else None
        if text is None or len(text.get_text(" ", strip=True).strip("# ")) < 15:
            problems.append(f"{image.get('src')}: no caption")
    return problems


def headings(page: Page) -> list[str]:
    """One title, and no level left out below it."""
    levels = [int(tag.name[1]) for tag in page.article.find_all(re.compile(r"^h[1-6]$"))]
    one_first = levels.count(1) == 1 and levels[0] == 1
    problems = [] if one_first else [f"levels {levels}: not one title first"]
    for level, following in pairwise(levels):
        if following > level + 1:
            problems.append(f"level {following} right after {level}")
    return problems


def title(page: Page) -> list[str]:
    """The browser's tab has a name."""
    found = page.soup.title.get_text(strip=True) if page.soup.title else ""
    return [] if found else ["no <title>"]


Check = Callable[[Page], list[str]]
CHECKS: tuple[Check, ...] = (
    language,
    title,
    headings,
    outside_files,
    missing_files,
    alternative_texts,
    captions,
)
