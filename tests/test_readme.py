"""What the README and its neighbors tell a newcomer to type, open and read is there."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE-CC-BY-4.0.md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LISTS = [line.split()[1:] for line in MAKEFILE.splitlines() if line.startswith(".PHONY:")]
TASKS = set().union(*LISTS)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_the_readme_shows_what_python_answers():
    examples = "\n".join(re.findall(r"```python\n(.*?)```", text("README.md"), flags=re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "README", "README.md", 0)
    said: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert (results.failed, said) == (0, [])
    assert results.attempted == 8


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#]+)\)", text(page))
    targets = [link for link in links if "://" not in link]
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_task_that_is_named_exists(page):
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", text(page), flags=re.MULTILINE))
    tasks = {one or other for one, other in named}
    assert tasks
    assert tasks <= TASKS


def test_help_lists_every_task():
    lines = re.findall(r'^\t@echo "(.*)"$', MAKEFILE, flags=re.MULTILINE)
    listed = [task for line in lines for task in re.findall(r"^make ([a-z-]+)  ", line)]
    assert set(listed) | {"help"} == TASKS
    assert len(listed) == len(set(listed))
