"""JavaScript from npm: used only if it is the pinned one, and missed without harm."""

import io
import shutil
import stat
import tarfile
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import javascript
import offline_widgets
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

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


def settings(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> tuple[object, list[str]]:
    """Let the extension set up a book, with npm as it is or with an error of it."""
    said: list[str] = []
    monkeypatch.setattr(offline_widgets.logger, "info", said.append)
    if error is not None:

        def fail(name: str) -> Path:
            raise error

        monkeypatch.setattr(javascript, "package", fail)
    app, config = SimpleNamespace(), SimpleNamespace(nb_ipywidgets_js="the usual addresses")
    offline_widgets.use_local_scripts(app, config)
    return config.nb_ipywidgets_js, said


def test_a_book_has_its_own_widget_manager(monkeypatch) -> None:
    scripts, said = settings(monkeypatch, None)
    assert list(scripts) == [f"widgets/{name}" for name in offline_widgets.SCRIPTS]
    assert said == []


def test_without_npm_the_book_uses_the_usual_addresses_and_says_what_that_costs(
    monkeypatch,
) -> None:
    scripts, said = settings(monkeypatch, javascript.FetchError("no npm here"))
    assert scripts == "the usual addresses"
    assert "no npm here" in said[0]
    assert "cdn.jsdelivr.net" in said[0]
    assert "its widgets stay empty" in said[0]


def test_a_wrong_checksum_stops_the_build(monkeypatch) -> None:
    with pytest.raises(javascript.IntegrityError):
        settings(monkeypatch, javascript.IntegrityError("not the pinned one"))


def scripts_of_a_page(folder: Path) -> list[str]:
    """Build a book of one chapter with widgets; return what its page loads for them."""
    source, out = folder / "source", folder / "out"
    source.mkdir()
    shutil.copy(ROOT / "notebooks" / "03_max_pooling.ipynb", source / "index.ipynb")
    (source / "conf.py").write_text(
        'extensions = ["myst_nb", "offline_widgets"]\nnb_execution_mode = "off"\n'
    )
    app = Sphinx(source, source, out, folder / "doctrees", "html", status=None, warning=None)
    app.build()
    page = BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")
    loaded = [script["src"].partition("?")[0] for script in page.select("script[src]")]
    for address in loaded:
        assert "//" in address or (out / address).is_file(), address
    return [address for address in loaded if "//" in address or "widgets/" in address]


def test_a_book_built_with_npm_loads_its_own_scripts(tmp_path) -> None:
    own = [f"_static/widgets/{name}" for name in offline_widgets.SCRIPTS]
    assert scripts_of_a_page(tmp_path) == own
    assert (tmp_path / "out/_static/widgets/anywidget.js").is_file()


def test_a_book_built_without_npm_is_whole_and_loads_the_usual_addresses(
    tmp_path, monkeypatch
) -> None:
    def fail(name: str) -> Path:
        raise javascript.FetchError("no npm here")

    monkeypatch.setattr(javascript, "package", fail)
    hosts = {urlsplit(address).hostname for address in scripts_of_a_page(tmp_path)}
    assert hosts == {"cdnjs.cloudflare.com", "cdn.jsdelivr.net"}
    assert not any((tmp_path / "out/_static/widgets").iterdir())
