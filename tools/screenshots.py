"""Take a picture of every page of the built book: light and dark, wide and narrow.

Usage: python tools/screenshots.py FOLDER [page ...]

Writes FOLDER/<page>-<theme>-<width>.png, the whole page each. A page is named as in its address
without .html, for example notebooks/02_convolution; without names, all pages are taken. It needs
the book (make book) and a Chromium or Google Chrome.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BOOK = Path(__file__).parents[1] / "_build" / "html"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1280, 375)
THEMES = ("light", "dark")
NO_CHAPTER = {"index", "genindex", "py-modindex", "search"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# The right font and the finished formulas, and every lazy picture loaded.
SETTLED = """async () => {
  await document.fonts.ready;
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
}"""


def find_chromium() -> str | None:
    """Return the path of the system's browser, or None."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


def pages() -> Iterator[str]:
    """Name every page of the book that holds text."""
    for file in sorted(BOOK.rglob("*.html")):
        name = file.relative_to(BOOK).with_suffix("").as_posix()
        if not name.startswith("_") and name not in NO_CHAPTER:
            yield name


def open_page(browser: Browser, name: str, *, theme: str, width: int) -> Page:
    """Open a page as a reader sees it whose last choice was this theme."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}');"
    )
    page.goto((BOOK / f"{name}.html").as_uri(), wait_until="load")
    page.evaluate(SETTLED)
    return page


def main() -> int:
    """Take the pictures and print their names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*")
    arguments = parser.parse_args()
    executable = find_chromium()
    if executable is None or not BOOK.is_dir():
        print("screenshots: needs the book (make book) and a Chromium", file=sys.stderr)
        return 1
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for name in arguments.pages or pages():
            for theme in THEMES:
                for width in WIDTHS:
                    page = open_page(browser, name, theme=theme, width=width)
                    picture = arguments.folder / f"{name.replace('/', '-')}-{theme}-{width}.png"
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": height})
                    page.screenshot(path=picture)
                    page.close()
                    print(picture)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
