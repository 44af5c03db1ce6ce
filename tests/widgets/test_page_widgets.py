"""What page_widgets.js promises to any anywidget, on a page without a kernel."""

import re

import anywidget
import ipywidgets
import pytest
import traitlets
from in_browser import Watch
from widgets.conftest import page_text

COUNTER = """
globalThis.loaded = (globalThis.loaded ?? 0) + 1;
function render({ model, el }) {
  const button = document.createElement("button");
  const show = () => (button.textContent = `${model.get("name")} ${model.get("count")}`);
  button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
  model.on("change:count", show);
  show();
  el.append(button);
}
"""


def shown(tab, tmp_path, *widgets, change=lambda text: text):
    """Show widgets on a page; return what went wrong in it."""
    watch = Watch(tab)
    file = tmp_path / "page.html"
    file.write_text(change(page_text(list(widgets))), encoding="utf-8")
    tab.goto(file.as_uri())
    tab.wait_for_function(
        "count => document.querySelectorAll('script + div').length === count", arg=len(widgets)
    )
    return watch.problems


def anywidget_of(esm, css="", **traits):
    """A widget of a script, with these synced traits."""
    synced = {
        name: (traitlets.Bytes(value) if isinstance(value, bytes) else traitlets.Any(value)).tag(
            sync=True
        )
        for name, value in traits.items()
    }
    return type("Widget", (anywidget.AnyWidget,), {"_esm": esm, "_css": css, **synced})()


def test_views_of_one_model_stay_in_step_and_other_models_do_not(tab, tmp_path):
    one, other = (
        anywidget_of(
            COUNTER + "export default { render };", ".c { color: red }", name=name, count=0
        )
        for name in "ab"
    )
    assert shown(tab, tmp_path, one, one, other) == []
    tab.get_by_role("button").first.click()
    assert tab.get_by_role("button").all_inner_texts() == ["a 1", "a 1", "b 0"]
    assert tab.evaluate("loaded") == 1
    assert (
        tab.evaluate("[...document.querySelectorAll('head style')].length") == 2
    )  # the page's own


@pytest.mark.parametrize(
    "exports",
    [
        "export default { initialize, render };",
        "export default async () => ({ initialize, render });",
        "export { initialize, render };",
    ],
)
def test_a_script_may_export_its_functions_in_each_known_way(exports, tab, tmp_path):
    prepare = "async function initialize({ model }) { await null; model.set('count', 5); }"
    widget = anywidget_of(COUNTER + prepare + exports, name="a", count=0)
    assert shown(tab, tmp_path, widget) == []
    assert tab.get_by_role("button").inner_text() == "a 5"


EVENTS = """export default { render({ model, el }) {
  const told = [];
  const tell = (name) => (_, value) => told.push(`${name} ${JSON.stringify(value)}`);
  const gone = tell("gone");
  model.on("change:list change:count", tell("one"));
  model.on("change", () => told.push("all"));
  model.on("change:count", gone);
  model.off("change:count", gone);
  model.set("list", [1, { a: [2] }]);          // equal to what is there: nobody is told
  model.set({ list: [1, { a: [3] }], count: NaN });
  model.set("count", NaN);
  model.off("change");
  model.set("list", { 0: 1, 1: { a: [3] } });
  model.set("count", null);
  el.textContent = told.join(", ");
} };"""


def test_a_change_is_told_once_and_only_if_it_is_one(tab, tmp_path):
    widget = anywidget_of(EVENTS, list=[1, {"a": [2]}], count=0)
    assert shown(tab, tmp_path, widget) == []
    told = 'one [1,{"a":[3]}], one null, all, one {"0":1,"1":{"a":[3]}}, one null'
    assert tab.locator("script + div").inner_text() == told


def test_one_view_takes_off_no_other_views_listeners(tab, tmp_path):
    first = COUNTER + "export default { render(all) { render(all);"
    widget = anywidget_of(
        first + "if (globalThis.second) all.model.off(); globalThis.second = true; } };",
        name="a",
        count=0,
    )
    assert shown(tab, tmp_path, widget, widget) == []
    tab.get_by_role("button").first.click()
    assert tab.get_by_role("button").all_inner_texts() == ["a 1", "a 0"]


class Shared(ipywidgets.Widget):
    data = traitlets.Bytes(bytes([7, 0, 255])).tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)


SHARING = """export default { async render({ model, el }) {
  const id = model.get("shared").replace("IPY_MODEL_", "");
  const shared = await model.widget_manager.get_model(id);
  const { buffer, byteOffset, byteLength } = shared.get("data");
  const bytes = [...new Uint8Array(buffer, byteOffset, byteLength)];
  const nested = [...new Uint8Array(model.get("nested")[1].inside.buffer)];
  const show = () => (el.textContent = `${bytes} ${nested} ${shared.get("count")}`);
  shared.on("change:count", show);
  show();
  el.onclick = () => shared.set("count", shared.get("count") + 1);
} };"""


def test_widgets_share_a_model_and_its_bytes(tab, tmp_path):
    shared = Shared()
    widgets = []
    for _ in range(2):
        widget = anywidget_of(SHARING, shared=None, nested=["a", {"inside": b"\x01\x02"}])
        widget.traits()["shared"].tag(**ipywidgets.widget_serialization)
        widget.shared = shared
        widgets.append(widget)
    assert shown(tab, tmp_path, *widgets) == []
    places = tab.locator("script + div")
    assert places.all_inner_texts() == ["7,0,255 1,2 1"] * 2
    places.first.click()
    assert places.all_inner_texts() == ["7,0,255 1,2 2"] * 2


HOST = """export default { async render({ model, el, host }) {
  const child = await host.getModel(model.get("child"));
  const { exports, render } = await host.getWidget(model.get("child"));
  await render({ el });
  el.append(`${exports.twice(child.get("count"))}`);
} };"""


UNSEEN = """export default { async initialize({ model }) {
  const child = await model.widget_manager.get_model(model.get("child"));
  child.set("count", 3);
} };"""


def test_a_widget_that_stands_nowhere_works_too(tab, tmp_path):
    child = anywidget_of(COUNTER + "export { render };", name="a", count=0)
    unseen = anywidget_of(UNSEEN, child=child.model_id)
    one_view = re.compile(r"<script[^>]*widget-view.*\n(?=<script[^>]*widget-view)")
    text = page_text([unseen, child])
    assert one_view.search(text)
    watch = Watch(tab)
    (tmp_path / "page.html").write_text(one_view.sub("", text), encoding="utf-8")
    tab.goto((tmp_path / "page.html").as_uri())
    tab.get_by_role("button", name="a 3").wait_for()
    assert not watch.problems, watch.problems


def test_a_widget_may_hold_another(tab, tmp_path):
    twice = "function initialize() { return { twice: (n) => 2 * n }; }"
    esm = f"{COUNTER}{twice} export default {{ initialize, render }};"
    child = anywidget_of(esm, name="a", count=4)
    parent = anywidget_of(HOST, child=f"anywidget:{child.model_id}")
    assert shown(tab, tmp_path, child, parent) == []
    assert tab.locator("script + div").last.inner_text() == "a 48"


@pytest.mark.parametrize(
    ("esm", "message"),
    [
        ("export default { render() { throw new Error('no digits') } };", "no digits"),
        ("export default { async render() { throw 'no digits' } };", "no digits"),
        ("export default {;", "Unexpected token ';'"),
        ("export default { initialize() { nothing() } };", "nothing is not defined"),
    ],
)
def test_a_widget_that_fails_says_so_in_its_place_and_the_others_stand(esm, message, tab, tmp_path):
    bad, good = anywidget_of(esm), anywidget_of(COUNTER + "export { render };", name="a", count=0)
    problems = shown(tab, tmp_path, bad, good)
    told = f"This widget cannot be shown: {message}"
    assert tab.locator("script + div").all_inner_texts() == [told, "a 0"]
    [problem] = problems
    assert re.search(f"console: error: .*{message}", problem)


def test_a_widget_whose_state_is_missing_is_named(tab, tmp_path):
    widget = anywidget_of(COUNTER, name="a", count=0)
    lost = re.compile(r'("model_id": ")\w+')
    shown(tab, tmp_path, widget, change=lambda text: lost.sub(r"\1lost", text))
    told = "This widget cannot be shown: the page holds no state for it (lost)"
    assert tab.locator("script + div").inner_text() == told


def test_layout_and_classes_of_python_and_a_stored_picture_that_goes(tab, tmp_path):
    widget = anywidget_of(COUNTER + "export { render };", name="a", count=0)
    widget.layout.max_width = "200px"
    widget.add_class("wide")
    picture = '<img class="jupyter-widget" alt="">'
    place = '<script type="application/vnd.jupyter.widget-view'
    assert shown(tab, tmp_path, widget, change=lambda t: t.replace(place, picture + place)) == []
    assert tab.locator("script + div.wide").evaluate("e => e.style.maxWidth") == "200px"
    assert tab.locator("img").count() == 0
