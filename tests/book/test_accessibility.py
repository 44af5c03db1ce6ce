"""Every page of the built book passes axe-core's rules for WCAG 2 A and AA, light and dark.

No rule is switched off.
"""

import accessible_theme
import javascript
import pytest
import screenshots
from book.page_checks import Page
from in_browser import ALL_WIDGETS, VIEWS
from playwright.sync_api import Page as Tab

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")}`));
}"""
# A color that is still changing has no contrast yet.
NO_TRANSITIONS = (
    "*, *::before, *::after { transition: none !important; animation: none !important }"
)


def violations(tab: Tab, theme: str) -> list[str]:
    tab.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return [f"{theme}: {problem}" for problem in tab.evaluate(RUN, TAGS)]


@pytest.fixture(scope="module")
def axe() -> str:
    return (javascript.package("axe-core") / "axe.min.js").read_text(encoding="utf-8")


def open_page(tab: Tab, page: Page, axe: str) -> None:
    tab.goto(page.path.as_uri())
    tab.evaluate(screenshots.SETTLED)
    tab.wait_for_function(ALL_WIDGETS)
    tab.add_style_tag(content=NO_TRANSITIONS)
    tab.evaluate(axe)


def test_no_page_violates_wcag_in_light_or_dark(tab: Tab, pages: dict[str, Page], axe: str) -> None:
    problems = []
    for name, page in pages.items():
        open_page(tab, page, axe)
        for theme in screenshots.THEMES:
            problems += [f"{name}, {problem}" for problem in violations(tab, theme)]
    assert not problems, "\n".join(problems)


def test_a_violation_is_noticed(tab: Tab, pages: dict[str, Page], axe: str) -> None:
    open_page(tab, pages["book/glossary"], axe)
    tab.evaluate("document.querySelector('article p').style.color = '#bbb'")
    tab.evaluate("document.querySelector('article').append(document.createElement('button'))")
    found = " ".join(violations(tab, "light"))
    assert "color-contrast" in found
    assert "button-name" in found


def test_pages_with_widgets_and_only_they_load_their_scripts(pages: dict[str, Page]) -> None:
    with_widgets = {name for name, page in pages.items() if page.soup.select(VIEWS)}
    chapters = {"02_convolution", "04_the_whole_cnn", "06_what_does_cnn_learn"}
    assert with_widgets >= {f"notebooks/{chapter}" for chapter in chapters}
    for name, page in pages.items():
        loads = bool(page.soup.select('script[src*="_static/widgets/"]'))
        assert loads == (name in with_widgets), name


@pytest.mark.parametrize(
    ("html", "mended"),
    [
        (
            '<a href="#">The package</a><details open=""> <summary><span class="toctree-toggle">',
            '<summary aria-label="pages of The package"><span',
        ),
        ('<div role="doc-biblioentry">', '<div role="listitem">'),
    ],
)
def test_what_the_theme_lacks_is_mended(html: str, mended: str) -> None:
    assert mended in accessible_theme.mend(html)
