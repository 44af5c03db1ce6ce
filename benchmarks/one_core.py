"""A headless Chromium that has one core of the machine, and a server that sends the book to it."""

import functools
import gzip
import os
import shlex
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import screenshots
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

GZIP_LEVEL = 6  # the default of zlib
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".txt"}
VIEWPORT = {"width": 1280, "height": 900}
STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'
VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]'
WIDGET = ".lk-widget"
FORMULAS = "async () => { await window.MathJax?.startup?.promise; }"
# As many widgets stand on the page as it has places for them.
WIDGETS = f"""() => {{
  const [places, widgets] = ['{VIEW}', '{WIDGET}'].map((s) => document.querySelectorAll(s).length);
  return places === widgets;
}}"""
# The browser's own affinity is set before its first thread starts; what it starts inherits it.
WRAPPER = """#!/bin/sh
exec {python} -c 'import os, sys
os.sched_setaffinity(0, {{{core}}})
os.execv(sys.argv[1], sys.argv[1:])' {chromium} "$@"
"""


class Book(SimpleHTTPRequestHandler):
    """Send files as web servers do: text with gzip, pictures and fonts as they are."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        """Send one file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in COMPRESSED:
            self.send_header("Content-Encoding", "gzip")
        content = sent(path)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@functools.cache
def sent(path: Path) -> bytes:
    """Return what is sent of a file. It is compressed once, so that no page waits for that."""
    content = path.read_bytes()
    return compressed(content) if path.suffix in COMPRESSED else content


def compressed(content: bytes) -> bytes:
    """Return bytes as gzip sends them."""
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


def visit(tab: Tab, address: str) -> None:
    """Open a page, and wait until its formulas are set and its widgets stand."""
    tab.goto(address, wait_until="load")
    tab.evaluate(FORMULAS)
    tab.wait_for_function(WIDGETS)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, and yield its address."""
    handler = functools.partial(Book, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_core() -> int | None:
    """Return the core for the browser, or None where a program cannot choose one.

    Everything else of this program moves to the other cores, if there are any.
    """
    if not hasattr(os, "sched_setaffinity"):  # macOS, Windows
        return None
    *others, core = sorted(os.sched_getaffinity(0))
    if others:
        os.sched_setaffinity(0, set(others))
    return core


@contextmanager
def chromium() -> Iterator[tuple[Browser, bool]]:
    """Start the system's browser on one core; also say whether it has only that one."""
    executable = screenshots.find_chromium()
    if executable is None:
        raise FileNotFoundError(f"none of {', '.join(screenshots.CHROMIUMS)} is installed")
    core = free_core()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        if core is not None:
            executable = wrapper(Path(folder), executable, core)
        browser = playwright.chromium.launch(
            executable_path=executable, args=screenshots.FLAGS, timeout=60_000
        )
        try:
            yield browser, core is not None
        finally:
            browser.close()


def wrapper(folder: Path, executable: str, core: int) -> str:
    """Write a script that starts the browser on a core."""
    script = folder / "chromium"
    script.write_text(
        WRAPPER.format(
            python=shlex.quote(sys.executable), core=core, chromium=shlex.quote(executable)
        ),
        encoding="utf-8",
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)
