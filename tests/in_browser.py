"""A headless Chromium that reaches nothing but this machine, and a record of what goes wrong."""

import os
import re
from collections.abc import Iterable, Iterator

import pytest
import screenshots
from playwright.sync_api import Browser, ConsoleMessage, Request, Response, sync_playwright
from playwright.sync_api import Page as Tab

# Names other than the loopback address are not even looked up.
BLOCKED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

VIEWS = 'script[type="application/vnd.jupyter.widget-view+json"]'
# As many widgets stand on the page as it has views of widgets.
ALL_WIDGETS = f"""document.querySelectorAll('{VIEWS}').length
  === document.querySelectorAll('.lk-widget').length"""


# All that a page of the book may write into the console: a pattern, and why.
EXPECTED_IN_THE_CONSOLE = {
    r"\[PST\]: (Set focus|Changed to|Scrolled sidebar) .*": "the theme tells what it does",
    r"\[togglebutton\]: Adding toggle buttons to \d+ items": "sphinx-togglebutton does, too",
}


class Watch:
    """What a tab asks for, what it writes into its console, and what goes wrong in it."""

    def __init__(self, tab: Tab, expected: Iterable[str] = EXPECTED_IN_THE_CONSOLE) -> None:
        self.problems: list[str] = []
        self.expected = dict.fromkeys(expected, 0)
        tab.on("request", self.request)
        tab.on("requestfailed", self.failed)
        tab.on("response", self.response)
        tab.on("pageerror", lambda error: self.add(f"error: {error}"))
        tab.on("console", self.console)

    def add(self, problem: str) -> None:
        self.problems.append(problem)

    def request(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
            self.add(f"outside: {request.url}")

    def failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the tab has gone on to the next page
            self.add(f"failed: {request.url} {request.failure}")

    def response(self, response: Response) -> None:
        if response.status >= 400:
            self.add(f"{response.status}: {response.url}")

    def console(self, message: ConsoleMessage) -> None:
        for pattern in self.expected:
            if re.fullmatch(pattern, message.text):
                self.expected[pattern] += 1
                return
        self.add(f"console: {message.type}: {message.text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = screenshots.find_chromium()
    if executable is None:
        reason = f"no browser: none of {', '.join(screenshots.CHROMIUMS)} is installed"
        if os.environ.get("LECTUREKIT_REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*screenshots.FLAGS, BLOCKED]
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(20_000)
    yield tab
    tab.close()
