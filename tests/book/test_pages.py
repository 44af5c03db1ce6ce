"""Every page of the built book is there, whole, and tells its figures to everyone."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from book.page_checks import Page

from book import page_checks
from lecturekit.plots import _style

ROOT = Path(__file__).parents[2]
MODULES = (
    "lecture",
    "shapes",
    "reference",
    "tf_ops",
    "data",
    "models",
    "augmentation",
    "training",
    "feature_visualization",
    "attribution",
    "check",
    "plots",
    "widgets",
)
CHAPTERS = (
    "notebooks/01_why_cnn",
    "notebooks/02_convolution",
    "notebooks/03_max_pooling",
    "notebooks/04_the_whole_cnn",
    "notebooks/05_cnn_in_keras",
    "notebooks/06_what_does_cnn_learn",
    "notebooks/07_what_does_cnn_see",
    "notebooks/08_museum_of_bugs",
    "notebooks/09_dnn_and_cnn_on_mnist",
)


def listed(entry: object) -> Iterator[str]:
    """Every page that the table of contents names."""
    if isinstance(entry, dict):
        yield from (entry[key] for key in ("root", "file") if key in entry)
        entry = list(entry.values())
    if isinstance(entry, list):
        for part in entry:
            yield from listed(part)


def test_every_page_of_the_contents_is_built(pages: dict[str, Page]) -> None:
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    names = list(listed(contents))
    assert set(CHAPTERS) <= set(names)
    assert sorted(pages) == sorted(names)


def test_every_page_of_the_book_folder_is_in_the_contents(pages: dict[str, Page]) -> None:
    notebooks = [*(ROOT / "notebooks").glob("*.ipynb")]
    notebooks += (ROOT / "notebooks" / "exercises").glob("*.ipynb")
    sources = [*(ROOT / "book").rglob("*.md"), *notebooks]
    assert {source.relative_to(ROOT).with_suffix("").as_posix() for source in sources} == set(pages)


def test_the_first_page_leads_to_all_chapters(book: Path, pages: dict[str, Page]) -> None:
    start = (book / "index.html").read_text(encoding="utf-8")
    first = re.search(r'url=([^"]+)\.html', start)
    assert first, "index.html leads nowhere"
    page = pages[first[1]]
    links = {
        page_checks.target(page, tag["href"]).relative_to(book.resolve()).with_suffix("").as_posix()
        for tag in page.article.find_all("a", href=True)
        if not page_checks.is_outside(tag["href"])
    }
    assert set(CHAPTERS) <= links


@pytest.mark.parametrize("check", page_checks.CHECKS, ids=lambda check: check.__name__)
def test_pages(check: page_checks.Check, pages: dict[str, Page]) -> None:
    problems = [f"{name}: {problem}" for name, page in pages.items() for problem in check(page)]
    assert not problems, "\n".join(problems)


def test_generated_pages_load_nothing_from_outside(all_pages: dict[Path, Page]) -> None:
    problems = [
        f"{path.name}: {problem}"
        for path, page in all_pages.items()
        for check in (page_checks.outside_files, page_checks.missing_files)
        for problem in check(page)
    ]
    assert not problems, "\n".join(problems)


def test_no_link_is_broken(all_pages: dict[Path, Page]) -> None:
    problems = [
        f"{path.name}: {problem}"
        for path, page in all_pages.items()
        for problem in page_checks.broken_links(page, all_pages)
    ]
    assert not problems, "\n".join(problems)


def test_every_page_has_its_own_title(pages: dict[str, Page]) -> None:
    titles = [page.soup.title.get_text(strip=True) for page in pages.values()]
    assert len(set(titles)) == len(titles)


def public_names(module: str) -> list[str]:
    """What a module offers, read without importing TensorFlow: its __all__, or all public names."""
    path = ROOT / "lecturekit" / module
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    names = []
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.append(ast.unparse(node.target))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return [name for name in names if not name.startswith("_")]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_reference_entry(module: str, pages: dict[str, Page]) -> None:
    found = page_checks.anchors(pages[f"book/api/{module}"])
    names = public_names(module)
    assert names
    full = [f"lecturekit.{module}.{name}" for name in names]
    assert not [name for name in full if not {name, f"module-{name}"} & found]


def test_notebooks_show_every_stored_picture(pages: dict[str, Page]) -> None:
    for name in CHAPTERS:
        notebook = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))
        outputs = [
            output
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if "image/png" in output.get("data", {})
        ]
        shown = pages[name].article.select(".cell_output img")
        assert len(shown) == len(outputs), f"{name}: {len(outputs)} pictures, {len(shown)} shown"
        assert outputs, f"{name}: no picture"


def test_pages_and_figures_share_one_palette() -> None:
    css = (ROOT / "book" / "_static" / "lecturekit.css").read_text(encoding="utf-8")
    variables = dict(re.findall(r"--lk-([\w-]+): (#[0-9a-f]{6});", css))
    for name in ("amber", "vermillion", "blue", "card", "ink", "grey", "light"):
        assert variables[name] == getattr(_style, name.upper()).lower(), name
