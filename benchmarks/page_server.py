"""How many pages a second one small server gives: `python -m http.server`, asked by many readers.

A page is all that a browser asks for on its first visit: the text, its pictures, scripts and
fonts. A browser that has been here before asks for little more than the text. The server has one
core, the readers have another, where the system lets a program choose.

    python benchmarks/page_server.py _build/html notebooks/02_convolution
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import loads
import one_core
import screenshots
from playwright.sync_api import sync_playwright

READERS = 8  # who ask at the same time
SECONDS = 10.0
ROUNDS = 5
START = 20.0  # seconds in which the server must answer


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, core: int | None) -> Iterator[int]:
    """Start Python's own server on one core, and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([*command, "--directory", folder], **silent)
    try:
        if core is not None:
            os.sched_setaffinity(server.pid, {core})
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def files_of(page: str, port: int) -> list[str]:
    """Return the paths that a browser asks for when it shows a page for the first time."""
    executable = screenshots.find_chromium()
    if executable is None:
        raise FileNotFoundError(f"none of {', '.join(screenshots.CHROMIUMS)} is installed")
    asked: dict[str, None] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=screenshots.FLAGS, timeout=60_000
        )
        tab = browser.new_page(viewport=one_core.VIEWPORT)
        tab.on("request", lambda request: asked.update({request.url: None}))
        one_core.visit(tab, f"http://127.0.0.1:{port}/{page}.html")
        tab.evaluate(loads.SCROLL)  # so that it asks for all pictures
        tab.evaluate(screenshots.SETTLED)
        tab.wait_for_load_state("networkidle")
        browser.close()
    return [urlsplit(url).path for url in asked if url.startswith("http:")]


def fetch(paths: Sequence[str], port: int) -> int:
    """Ask for files, one after the other; return how many bytes came.

    Raises
    ------
    ConnectionError
        One of them did not come.
    """
    size = 0
    for path in paths:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        size += len(answer.read())
        connection.close()
        if answer.status != 200:
            raise ConnectionError(f"{path}: {answer.status} {answer.reason}")
    return size


def pages_a_second(paths: Sequence[str], port: int, seconds: float = SECONDS) -> float:
    """Let many readers ask again and again, and count the pages."""
    end = time.monotonic() + seconds

    def read(_: int) -> tuple[int, float]:
        pages = 0
        while time.monotonic() < end:
            fetch(paths, port)
            pages += 1
        return pages, time.monotonic()

    begin = time.monotonic()
    with ThreadPoolExecutor(READERS) as readers:
        done = list(readers.map(read, range(READERS)))
    return sum(pages for pages, _ in done) / (max(at for _, at in done) - begin)


def measure(folder: Path, page: str) -> None:
    """Print what one server gives."""
    core = one_core.free_core()
    with serving(folder, core) as port:
        visits = {"a first visit": files_of(page, port), "the text alone": [f"/{page}.html"]}
        for kind, paths in visits.items():
            size = fetch(paths, port)
            rates = [pages_a_second(paths, port) for _ in range(ROUNDS)]
            print(f"{page}, {kind}: {len(paths)} files, {size / 1e6:.2f} MB")
            print(f"  {statistics.median(rates):.1f} pages a second", end="")
            print(f" (from {min(rates):.1f} to {max(rates):.1f} in {ROUNDS} rounds)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="the built book")
    parser.add_argument("page", help="such as notebooks/02_convolution")
    options = parser.parse_args(arguments)
    measure(options.folder, options.page)


if __name__ == "__main__":
    main()
