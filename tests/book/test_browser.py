"""The built book in a browser, from files and from a server, with the network blocked."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import screenshots
from book.page_checks import Page
from in_browser import ALL_WIDGETS, Watch
from playwright.sync_api import Page as Tab

pytestmark = pytest.mark.browser

WIDTHS = (1280, 375)
# Elements that stick out of the window, except inside something that scrolls by itself.
# Widgets notice a new width after the first frame that has it, and draw in the next.
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => {
    for (let e = element; e && e !== document.body; e = e.parentElement) {
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)) return true;
      if (getComputedStyle(e).position === 'fixed') return true;
    }
    return false;
  };
  const out = [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    const seen = box.width > 0 && !e.closest('.d-none, mjx-assistive-mml');
    return seen && box.right > width + 1 && !scrolls(e);
  }).map(e => e.tagName + '.' + e.className);
  const wide = document.scrollingElement.scrollWidth - width;
  return wide > 0 ? [`the page is ${wide} px too wide`, ...out.slice(0, 5)] : out.slice(0, 5);
}"""

TROUBLE = """
document.head.append(Object.assign(document.createElement('script'),
  {src: 'https://cdn.example.org/lost.js', id: 'lost'}));
document.getElementById('lost').onerror = () => document.body.dataset.lost = 'yes';
setTimeout(() => { throw new Error('on purpose'); });
console.warn('strict mode: nobody expects this');
"""
ALL_RESULTS = """() => {
  const summary = document.querySelector('#search-results .search-summary')?.innerText ?? '';
  const expected = Number(summary.match(/\\d+/)?.[0] ?? NaN);
  return document.querySelectorAll('#search-results li').length >= expected;
}"""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that prints nothing."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def addresses(book: Path) -> Iterator[dict[str, str]]:
    """Where the book is, by the way it is opened."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(book)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield {"file": book.resolve().as_uri(), "http": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("way", ["file", "http"])
def test_pages_ask_for_nothing_outside_and_have_no_errors(
    way: str, tab: Tab, addresses: dict[str, str], pages: dict[str, Page]
) -> None:
    problems = []
    watch = Watch(tab)
    for name in pages:
        tab.goto(f"{addresses[way]}/{name}.html")
        tab.evaluate(screenshots.SETTLED)
        tab.wait_for_function(ALL_WIDGETS)
        problems += [f"{name}: {problem}" for problem in watch.problems]
        watch.problems.clear()
    assert not problems, "\n".join(problems)
    assert all(watch.expected.values()), f"expected in the console: {watch.expected}"


def test_a_blocked_request_an_error_and_a_warning_are_noticed(
    tab: Tab, addresses: dict[str, str]
) -> None:
    watch = Watch(tab)
    tab.goto(f"{addresses['file']}/book/glossary.html")
    tab.add_script_tag(content=TROUBLE)
    tab.wait_for_selector("body[data-lost]", state="attached")
    tab.wait_for_timeout(100)
    kinds = {problem.partition(":")[0] for problem in watch.problems}
    assert {"outside", "failed", "error", "console"} <= kinds


def test_no_page_is_wider_than_the_window(
    tab: Tab, addresses: dict[str, str], pages: dict[str, Page]
) -> None:
    problems = []
    for name in pages:
        tab.goto(f"{addresses['file']}/{name}.html")
        tab.evaluate(screenshots.SETTLED)
        tab.wait_for_function(ALL_WIDGETS)
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.evaluate(TWO_FRAMES)
            for theme in screenshots.THEMES:
                tab.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
                found = tab.evaluate(STICKING_OUT)
                problems += [f"{name}, {width} px, {theme}: {problem}" for problem in found]
    assert not problems, "\n".join(problems)


def test_a_page_that_is_too_wide_is_noticed(tab: Tab, addresses: dict[str, str]) -> None:
    tab.goto(f"{addresses['file']}/book/glossary.html")
    tab.set_viewport_size({"width": 375, "height": 900})
    assert tab.evaluate(STICKING_OUT) == []
    tab.evaluate("document.querySelector('article h1').style.width = '500px'")
    assert tab.evaluate(STICKING_OUT)


def test_formulas_are_set_with_the_local_mathjax(
    tab: Tab, addresses: dict[str, str], pages: dict[str, Page]
) -> None:
    with_formulas = [name for name, page in pages.items() if page.article.select(".math")]
    assert "book/conventions" in with_formulas
    for name in with_formulas:
        tab.goto(f"{addresses['file']}/{name}.html")
        tab.evaluate(screenshots.SETTLED)
        assert tab.locator("article mjx-container").count() > 0, name
        assert tab.locator("mjx-merror, [data-mjx-error]").count() == 0, name
        families = tab.evaluate(
            "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
        )
        assert any("MJX" in family for family in families), name


def test_pages_without_formulas_load_no_mathjax(pages: dict[str, Page]) -> None:
    without = [page for page in pages.values() if not page.article.select(".math")]
    assert without
    for page in without:
        assert not page.soup.select('script[src*="mathjax"]'), page.path


@pytest.mark.parametrize("way", ["file", "http"])
def test_search_finds_the_chapter(way: str, tab: Tab, addresses: dict[str, str]) -> None:
    watch = Watch(tab)
    tab.goto(f"{addresses[way]}/search.html?q=receptive+field")
    tab.wait_for_function(ALL_RESULTS)
    links = tab.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any("notebooks/04_the_whole_cnn.html" in link for link in links), links
    assert not watch.problems, watch.problems


def test_the_search_field_leads_to_the_results(tab: Tab, addresses: dict[str, str]) -> None:
    tab.goto(f"{addresses['file']}/book/glossary.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("max pooling")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=max+pooling*")
    tab.wait_for_selector("#search-results a[href*='03_max_pooling']")


@pytest.mark.parametrize("name", ["book/intro", "notebooks/02_convolution"])
def test_figures_are_light_cards_in_the_dark(
    name: str, tab: Tab, addresses: dict[str, str]
) -> None:
    tab.goto(f"{addresses['file']}/{name}.html")
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    styles = tab.eval_on_selector_all(
        "article figure img",
        "all => all.map(image => getComputedStyle(image)).map(s => [s.backgroundColor, s.filter])",
    )
    assert styles
    assert all(style == ["rgb(255, 255, 255)", "none"] for style in styles), styles
