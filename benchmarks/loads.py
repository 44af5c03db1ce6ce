"""How soon a page of the book answers, and what is sent for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import one_core
import screenshots
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Request

QUIET = 2000  # milliseconds without a long task, when everything else is done
WIDGETS = "_static/widgets/"
# What is ours of the files below _static. All else is the theme's, or other people's.
OWN = {
    "_static/lecturekit.css",
    "_static/logo.svg",
    "_static/scroll_by_keyboard.js",
    "_static/search_without_server.js",
    "_static/widgets/page_widgets.js",
}
PARTS = ("text", "pictures", "own", "MathJax", "theme")
# Runs before the page's own scripts. The browser calls a task long if it takes more than 50 ms.
WATCH = """
window.lecturekitLoad = { long: [], widgets: [] };
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    lecturekitLoad.long.push([startTime, startTime + duration]);
  }
}).observe({ type: "longtask", buffered: true });
const widgets = document.getElementsByClassName("lk-widget");
const { widgets: times } = lecturekitLoad;
new MutationObserver(() => {
  while (times.length < widgets.length) times.push(performance.now());
}).observe(document, { childList: true, subtree: true });
"""
IS_QUIET = """(quiet) => {
  const ends = lecturekitLoad.long.map(([, end]) => end);
  return performance.now() - Math.max(lecturekitLoad.stands ??= performance.now(), ...ends) > quiet;
}"""
TIMES = """() => ({
  ...lecturekitLoad,
  painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  listening: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
  tops: [...document.querySelectorAll(".lk-widget")].map((e) => e.getBoundingClientRect().top),
  height: innerHeight,
})"""
SCROLL = """async () => {
  for (let at = 0; at < document.documentElement.scrollHeight; at += innerHeight / 2) {
    scrollTo({ top: at, behavior: "instant" });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
}"""


@dataclass(frozen=True)
class Load:
    """Milliseconds from the start of a visit.

    Attributes
    ----------
    painted : float
        The first text stands there.
    listening : float
        All scripts of the page have run, so its buttons have their listeners.
    interactive : float
        It also answers at once: no task of more than 50 ms follows any more.
    longest : float
        How long the longest task lasts of those that end after the first paint; 0 if none is long.
    widgets : float or None
        The last widget of the page stands there, None without widgets.
    first : int
        How many widgets belong to the first view.
    """

    painted: float
    listening: float
    interactive: float
    longest: float
    widgets: float | None
    first: int


def load(browser: Browser, address: str) -> Load:
    """Visit a page with nothing in the cache."""
    context = browser.new_context(viewport=one_core.VIEWPORT)
    try:
        tab = context.new_page()
        tab.add_init_script(WATCH)
        one_core.visit(tab, address)
        tab.wait_for_function(IS_QUIET, arg=QUIET, polling=100)
        return as_load(tab.evaluate(TIMES))
    finally:
        context.close()


def as_load(times: dict[str, Any]) -> Load:
    """Say when a page was interactive, from what was seen in it."""
    painted, listening = times["painted"], times["listening"]
    # A widget of the first view belongs to it. The others may come later.
    stand = zip(times["widgets"], times["tops"], strict=True)
    first = [at for at, top in stand if top < times["height"]]
    ends = [end for _, end in times["long"]]
    return Load(
        painted=painted,
        listening=listening,
        interactive=max(painted, listening, *first, *ends),
        longest=max([end - begin for begin, end in times["long"] if end > painted], default=0),
        widgets=max(times["widgets"], default=None),
        first=len(first),
    )


@dataclass(frozen=True)
class Sent:
    """Bytes that are sent for a page, by what they are for.

    `widgets` tells whether the page has places for widgets, `scripts` which of their files it
    asked for.
    """

    parts: dict[str, int]
    widgets: bool
    scripts: list[str]

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.parts.values())


def sent(browser: Browser, address: str, name: str, folder: Path) -> Sent:
    """Visit a page to its end, so that it asks for all its pictures, and add up what was sent."""
    finished: list[Request] = []
    context = browser.new_context(viewport=one_core.VIEWPORT)
    try:
        tab = context.new_page()
        tab.on("requestfinished", lambda request: finished.append(request))
        one_core.visit(tab, f"{address}/{name}.html")
        tab.evaluate(SCROLL)
        tab.evaluate(screenshots.SETTLED)
        tab.wait_for_load_state("networkidle")
        responses = [
            (unquote(urlsplit(request.url).path).lstrip("/"), request.sizes()["responseBodySize"])
            for request in finished
            if request.url.startswith(address)
        ]
    finally:
        context.close()
    html = (folder / f"{name}.html").read_text(encoding="utf-8")
    return account(responses, f"{name}.html", html)


def account(responses: Iterable[tuple[str, int]], page: str, html: str) -> Sent:
    """Sort what was sent for a page, (path, bytes), by what it is for."""
    soup = BeautifulSoup(html, "html.parser")
    state = "".join(script.get_text() for script in soup.select(one_core.STATE))
    own = len(one_core.compressed(state.encode())) if state else 0
    parts = dict.fromkeys(PARTS, 0)
    # The state comes inside the page and is compressed with it. Alone it is about as large.
    parts |= {"text": -own, "own": own}
    scripts = []
    for path, size in responses:
        parts["text" if path == page else part_of(path)] += size
        if path.startswith(WIDGETS):
            scripts.append(path)
    return Sent(parts, bool(soup.select(one_core.VIEW)), scripts)


def part_of(path: str) -> str:
    """Say what a file beside the page is for."""
    if path in OWN:
        return "own"
    if path.startswith("_static/mathjax/"):
        return "MathJax"
    return "pictures" if path.startswith("_images/") else "theme"
