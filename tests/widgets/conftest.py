"""Widgets on a page without a kernel, as the built book shows them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets.embed
import offline_widgets
import pytest
from in_browser import Watch, browser, tab
from playwright.sync_api import Page as Tab

__all__ = ["browser", "tab"]

PAGE = """<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Widgets</title>
<style>body {{ margin: 1rem; font: 16px/1.5 sans-serif }}
html[data-theme=dark] {{ --pst-color-text-base: #ced6dd; --pst-color-text-muted: #9ca4af;
  --pst-color-background: #14181e; --pst-color-surface: #222832; --pst-color-border: #48566b;
  --pst-color-primary: #6cb6e8; --lk-focus: #f3b36b; background: #14181e }}</style></head><body>
<main>{views}</main>
<script type="application/vnd.jupyter.widget-state+json">{state}</script>
<script src="{script}"></script></body></html>"""


def page_text(widgets) -> str:
    # Only these widgets: those of other tests live on in Python.
    state = ipywidgets.embed.dependency_state(widgets, drop_defaults=False)
    data = ipywidgets.embed.embed_data(views=widgets, state=state, drop_defaults=False)
    views = (
        f'<script type="application/vnd.jupyter.widget-view+json">{json.dumps(view)}</script>'
        for view in data["view_specs"]
    )
    return PAGE.format(
        views="\n".join(views),
        state=json.dumps(data["manager_state"]).replace("</", "<\\/"),
        script=offline_widgets.OWN.as_uri(),
    )


@pytest.fixture
def show(tab: Tab, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """Show widgets on a page without a kernel; afterwards nothing must have gone wrong in it."""
    watch = Watch(tab)

    def show(*widgets, width: int = 1280) -> Tab:
        file = tmp_path / "page.html"
        file.write_text(page_text(list(widgets)), encoding="utf-8")
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(file.as_uri())
        for place in range(len(widgets)):
            tab.locator(".lk-widget").nth(place).wait_for()
        return tab

    yield show
    assert not watch.problems, "\n".join(watch.problems)
