"""Buttons open a chapter in Colab and Binder where the project has an address, and only there."""

import subprocess
import sys
from pathlib import Path

import launch_buttons
import pytest
import yaml
from book.page_checks import Page
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
ADDRESS = "https://github.com/someone/lecturekit"
COLAB, BINDER = "https://colab.research.google.com", "https://mybinder.org"
CHAPTER, EXERCISES = "notebooks/02_convolution", "notebooks/exercises/02_convolution"
CONTENTS = {
    "format": "jb-book",
    "root": "book/conventions",
    "chapters": [{"file": CHAPTER}, {"file": EXERCISES}],
}


def with_address(folder: Path) -> Path:
    """Build three pages as the book is built, but with an address. Return where they are."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = ADDRESS
    extensions = config["sphinx"]["local_extensions"]  # their paths start at the config
    config["sphinx"]["local_extensions"] = {
        name: str(ROOT / extensions[name]) for name in extensions
    }
    files = {"_config.yml": config, "_toc.yml": CONTENTS}
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    options = ["--config", folder / "_config.yml", "--toc", folder / "_toc.yml"]
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, *options]
    # Without -W: the three pages refer to others that are not there.
    done = subprocess.run(
        [*command, "--path-output", folder], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder / "_build" / "html"


def buttons(soup: BeautifulSoup) -> list[str]:
    """Return where the links to Colab and Binder lead, in the order of the page."""
    links = [link["href"] for link in soup.find_all("a", href=True)]
    return [link for link in links if link.startswith((COLAB, BINDER))]


@pytest.mark.slow
def test_with_an_address_the_buttons_lead_to_the_notebook(tmp_path: Path) -> None:
    html = with_address(tmp_path)
    for page in (CHAPTER, EXERCISES):
        soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        assert buttons(soup) == [
            f"{BINDER}/v2/gh/someone/lecturekit/main?urlpath=lab/tree/{page}.ipynb",
            f"{COLAB}/github/someone/lecturekit/blob/main/{page}.ipynb",
        ]
        assert (ROOT / f"{page}.ipynb").is_file()
        assert not soup.select('script[src*="thebe"]')
    text = (html / "book" / "conventions.html").read_text(encoding="utf-8")
    assert buttons(BeautifulSoup(text, "html.parser")) == []


def test_without_an_address_there_are_none(pages: dict[str, Page]) -> None:
    assert not [name for name, page in pages.items() if buttons(page.soup)]


def test_the_cell_that_installs_is_not_shown(pages: dict[str, Page]) -> None:
    assert not [name for name, page in pages.items() if "google.colab" in page.soup.get_text()]


def test_colab_opens_only_what_is_on_github() -> None:
    options = {
        "repository_url": "https://gitlab.com/someone/lecturekit",
        "launch_buttons": {"binderhub_url": BINDER, "colab_url": COLAB},
    }
    assert launch_buttons.that_work(options)["launch_buttons"] == {"binderhub_url": BINDER}
