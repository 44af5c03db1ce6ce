"""The built book, parsed once."""

from pathlib import Path

import pytest
from book.page_checks import Page
from in_browser import browser, tab

__all__ = ["browser", "tab"]

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "_build" / "html"
GENERATED = {"index.html", "search.html", "genindex.html", "py-modindex.html"}


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book."""
    if not (BOOK / "index.html").is_file():
        pytest.fail(f"{BOOK} holds no book: run `make book` first", pytrace=False)
    return BOOK


@pytest.fixture(scope="session")
def all_pages(book: Path) -> dict[Path, Page]:
    """Every HTML page, by its path; the theme keeps templates of its own in _static."""
    files = (file for file in sorted(book.rglob("*.html")) if "_static" not in file.parts)
    return {file.resolve(): Page(file.resolve(), book) for file in files}


@pytest.fixture(scope="session")
def pages(book: Path, all_pages: dict[Path, Page]) -> dict[str, Page]:
    """The pages that were written, not generated, by their name: notebooks/02_convolution."""
    return {
        path.relative_to(book.resolve()).with_suffix("").as_posix(): page
        for path, page in all_pages.items()
        if path.name not in GENERATED or path.parent != book.resolve()
    }
