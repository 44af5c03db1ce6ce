"""A JupyterLab of its own: a server, a notebook in the browser, and the notebook's kernel."""

import ast
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import nbformat
import numpy as np
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as Tab

PATIENCE = 20
"""Seconds that the page and the kernel get to agree."""

TOKEN = secrets.token_hex(16)
SETTINGS = {
    # Cells out of sight are not taken off the page.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # Nobody is asked whether to read news.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
OPTIONS = [
    "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
    f"--IdentityProvider.token={TOKEN}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]  # fmt: skip
FOLDERS = {
    "HOME": "home",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
OF_A_USER = ("IPYTHON", "JUPYTER", "XDG_")
# What is on this machine is asked past the proxy that a user may have.
ASK = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class Server:
    """A running JupyterLab whose files all lie in one folder."""

    url: str
    folder: Path

    def sessions(self) -> list[dict[str, Any]]:
        """Return which kernel runs for which notebook."""
        request = urllib.request.Request(
            f"{self.url}api/sessions", headers={"Authorization": f"token {TOKEN}"}
        )
        with ASK(request, timeout=PATIENCE) as answer:
            return json.load(answer)


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Run JupyterLab on a free port, as a user has it who has set nothing."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OF_A_USER)}
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    for name, part in FOLDERS.items():
        (folder / part).mkdir()
        environment[name] = str(folder / part)
    (folder / "notebooks").mkdir()
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps(SETTINGS), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--ServerApp.root_dir={folder}/notebooks"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    log: list[str] = []
    addresses: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=read_log, args=(process, log, addresses), daemon=True)
    reader.start()
    try:
        url = addresses.get(timeout=3 * PATIENCE)
        assert url is not None, "".join(log)
        await_answer(process, url)
        yield Server(url, folder)
    finally:
        process.terminate()  # which ends the kernels, too
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()  # a kernel whose server is gone ends by itself
            process.wait()
        reader.join()


def read_log(process: subprocess.Popen[str], log: list[str], addresses: queue.Queue) -> None:
    """Read what the server says to its end, and pass on where it is found."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            log.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+/)lab", line):
                addresses.put(found[1])
    addresses.put(None)


def await_answer(process: subprocess.Popen[str], url: str) -> None:
    """Knock until the server answers: it tells its address a little before it listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with ASK(f"{url}api", timeout=PATIENCE):
                return
        except URLError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < end, "the server does not answer"


class KernelError(Exception):
    """What was run in the kernel raised this."""


class Kernel:
    """The kernel of a notebook, asked past the page."""

    def __init__(self, connection_file: Path) -> None:
        self.client = BlockingKernelClient(connection_file=str(connection_file))
        self.client.load_connection_file()
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)

    def close(self) -> None:
        self.client.stop_channels()

    def run(self, code: str, **expressions: str) -> dict[str, Any]:
        """Run code, and return the values of expressions, or raise `KernelError`."""
        wanted = {
            name: f"__import__('json').dumps({text}, default=lambda array: array.tolist())"
            for name, text in expressions.items()
        }
        reply = self.client.execute(
            code, store_history=False, user_expressions=wanted, stop_on_error=False,
            reply=True, timeout=PATIENCE,
        )["content"]  # fmt: skip
        results = reply.get("user_expressions", {})
        for answer in (reply, *results.values()):
            if answer["status"] != "ok":
                raise KernelError(f"{answer['ename']}: {answer['evalue']}")
        return {
            name: json.loads(ast.literal_eval(answer["data"]["text/plain"]))
            for name, answer in results.items()
        }

    def value(self, expression: str) -> Any:
        """Return the value of an expression; arrays come as lists."""
        return self.run("", value=expression)["value"]

    def array(self, expression: str) -> np.ndarray:
        return np.array(self.value(expression))

    def wait(self, expression: str, expected: Any) -> None:
        """Ask until an expression has a value."""
        end = time.monotonic() + PATIENCE
        wanted = json.loads(json.dumps(expected, default=lambda array: array.tolist()))
        while (found := self.value(expression)) != wanted:
            assert time.monotonic() < end, f"{expression} is {found}, not {wanted}"


@dataclass
class Notebook:
    """A notebook that is open in JupyterLab, and its kernel."""

    tab: Tab
    kernel: Kernel
    names: list[str]

    def cell(self, name: str) -> Locator:
        return self.tab.locator(".jp-Notebook .jp-Cell").nth(self.names.index(name))

    def run(self, *, views: int) -> None:
        """Run all cells as a user does, and wait until so many widgets are shown."""
        self.tab.get_by_role("menuitem", name="Run", exact=True).click()
        self.tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        expect(self.tab.locator(".jp-Notebook .lk-widget")).to_have_count(views)

    def cells(self) -> list[str]:
        """What JupyterLab's keys would change: the cells, their kinds and which is active."""
        return self.tab.locator(".jp-Notebook .jp-Cell").evaluate_all(
            "cells => cells.map(cell => ['jp-CodeCell', 'jp-mod-active', 'jp-mod-selected']"
            ".filter(name => cell.classList.contains(name)).join(' '))"
        )

    def mode(self) -> str:
        """Which of its two modes the notebook is in, as JupyterLab says."""
        return self.tab.locator("#jp-main-statusbar").get_by_text("Mode: ").inner_text()


@contextmanager
def opened(server: Server, tab: Tab, cells: dict[str, str]) -> Iterator[Notebook]:
    """Open a new notebook with these cells, and wait until its kernel is there."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells.values()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(notebook, server.folder / "notebooks" / "widgets.ipynb")
    tab.goto(f"{server.url}lab/tree/widgets.ipynb?token={TOKEN}")
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    [session] = server.sessions()
    kernel = Kernel(server.folder / "runtime" / f"kernel-{session['kernel']['id']}.json")
    try:
        yield Notebook(tab, kernel, list(cells))
    finally:
        kernel.close()
