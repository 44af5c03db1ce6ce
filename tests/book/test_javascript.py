"""JavaScript from npm: used only if it is the pinned one, and missed without harm."""

import io
import shutil
import stat
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import ipywidgets.embed
import javascript
import nbformat
import offline_widgets
import pytest
from bs4 import BeautifulSoup
from in_browser import Watch
from ipywidgets.embed import dependency_state
from playwright.sync_api import Page as Tab
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]

NPM = """#!/bin/sh
{body}
"""


def archive(text: str) -> bytes:
    """A package as npm packs it, with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("package/require.js")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put an npm of our own in place: it does what a line of shell says."""

    def put(body: str) -> None:
        program = tmp_path / "npm"
        program.write_text(NPM.format(body=body), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(javascript, "node", lambda name="node": str(program))

    return put


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One package is pinned; return the archive that fits."""
    file = tmp_path / "good.tgz"
    file.write_bytes(archive("good"))
    pins = tmp_path / "pins.toml"
    integrity = javascript.integrity(file.read_bytes())
    pins.write_text(f'[some]\nversion = "1.0.0"\nintegrity = "{integrity}"\n', encoding="utf-8")
    monkeypatch.setattr(javascript, "PINS", pins)
    return file


def test_a_package_is_fetched_once_and_checked_each_time(tmp_path, npm, pinned) -> None:
    kept = tmp_path / "kept"
    npm(f'echo asked >> {tmp_path}/asked; cp {pinned} "$5/some-1.0.0.tgz"')
    for _ in range(2):
        folder = javascript.package("some", kept=kept)
        assert (folder / "require.js").read_text() == "good"
    assert (tmp_path / "asked").read_text() == "asked\n"
    (kept / "some-1.0.0.tgz").write_bytes(archive("spoilt"))
    with pytest.raises(javascript.IntegrityError, match=r"some 1\.0\.0: expected sha512-"):
        javascript.package("some", kept=kept)
    assert not (kept / "some-1.0.0.tgz").exists()  # the next build asks npm again


def test_another_package_than_the_pinned_one_leaves_nothing(tmp_path, npm, pinned) -> None:
    other = tmp_path / "other.tgz"
    other.write_bytes(archive("other"))
    npm(f'cp {other} "$5/some-1.0.0.tgz"')
    with pytest.raises(javascript.IntegrityError, match="not used"):
        javascript.package("some", kept=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("""echo '{"error": {"code": "E", "summary": "no network"}}'; exit 1""", "no network"),
        ("echo broken >&2; exit 1", "broken"),
        ("exit 0", "it said nothing"),
    ],
)
def test_npm_that_fails_is_quoted_and_leaves_nothing(body, reason, tmp_path, npm, pinned) -> None:
    npm(body)
    with pytest.raises(javascript.FetchError, match=f"could not fetch some@1.0.0: .*{reason}"):
        javascript.package("some", kept=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def slider_page() -> nbformat.NotebookNode:
    """A chapter of a teacher, with a slider of ipywidgets."""
    slider = ipywidgets.IntSlider(description="pixels")
    data = ipywidgets.embed.embed_data(views=[slider], state=dependency_state([slider]))
    view = {"application/vnd.jupyter.widget-view+json": data["view_specs"][0]}
    output = nbformat.v4.new_output("display_data", data=view)
    cell = nbformat.v4.new_code_cell("slider", outputs=[output], execution_count=1)
    widgets = {"application/vnd.jupyter.widget-state+json": data["manager_state"]}
    title = nbformat.v4.new_markdown_cell("# Sliders")
    return nbformat.v4.new_notebook(cells=[title, cell], metadata={"widgets": widgets})


def built(folder: Path, *, sliders: bool) -> Path:
    """Build a book of one chapter of the lecture and, if wanted, one with a slider."""
    source, out = folder / "source", folder / "out"
    source.mkdir()
    shutil.copy(ROOT / "notebooks" / "03_max_pooling.ipynb", source / "index.ipynb")
    if sliders:
        nbformat.write(slider_page(), source / "sliders.ipynb")
    (source / "conf.py").write_text(
        'extensions = ["myst_nb", "offline_widgets"]\nnb_execution_mode = "off"\n'
    )
    app = Sphinx(source, source, out, folder / "doctrees", "html", status=None, warning=None)
    app.build()
    return out


def scripts_of(page: Path) -> list[str]:
    """What a page loads for its widgets: files that are there, or addresses."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    loaded = [script["src"].partition("?")[0] for script in soup.select("script[src]")]
    for address in loaded:
        assert "//" in address or (page.parent / address).is_file(), address
    return [address for address in loaded if "//" in address or "widgets/" in address]


def without_npm(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(name: str) -> Path:
        raise error

    monkeypatch.setattr(javascript, "package", fail)


OWN = ["_static/widgets/page_widgets.js"]


def test_a_book_of_anywidgets_needs_no_npm(tmp_path, monkeypatch) -> None:
    without_npm(monkeypatch, javascript.IntegrityError("npm was asked"))
    out = built(tmp_path, sliders=False)
    assert scripts_of(out / "index.html") == OWN
    assert [file.name for file in (out / "_static/widgets").iterdir()] == ["page_widgets.js"]


@pytest.mark.browser
def test_a_page_with_a_slider_has_the_widget_manager_in_the_book(tmp_path, tab: Tab) -> None:
    out = built(tmp_path, sliders=True)
    assert scripts_of(out / "index.html") == OWN
    manager = [f"_static/widgets/{name}" for name in offline_widgets.MANAGER_SCRIPTS]
    assert scripts_of(out / "sliders.html") == manager
    assert (out / "_static/widgets/anywidget.js").is_file()
    # What html-manager says of its own schema; the state passes.
    watch = Watch(tab, [r"strict mode: use allowUnionTypes .*"])
    tab.goto((out / "sliders.html").as_uri())
    tab.locator(".widget-slider", has_text="pixels").wait_for()
    assert not watch.problems, watch.problems


def test_without_npm_only_the_page_with_a_slider_needs_the_network(tmp_path, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(offline_widgets.logger, "info", said.append)
    without_npm(monkeypatch, javascript.FetchError("no npm here"))
    out = built(tmp_path, sliders=True)
    assert scripts_of(out / "index.html") == OWN
    hosts = {urlsplit(address).hostname for address in scripts_of(out / "sliders.html")}
    assert hosts == {"cdnjs.cloudflare.com", "cdn.jsdelivr.net"}
    assert "no npm here" in said[0]
    assert "sliders: there are widgets that were not made with anywidget" in said[0]
    assert "its widgets stay empty" in said[0]


def test_a_wrong_checksum_stops_the_build(tmp_path, monkeypatch) -> None:
    without_npm(monkeypatch, javascript.IntegrityError("not the pinned one"))
    with pytest.raises(ExtensionError, match="not the pinned one"):
        built(tmp_path, sliders=True)
