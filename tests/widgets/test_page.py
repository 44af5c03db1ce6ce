"""What all widgets share: joined modules, checked traits, and a page without a kernel."""

import subprocess
from pathlib import Path

import javascript
import pytest
import traitlets

from lecturekit.shapes import ShapeError
from lecturekit.widgets import _page

FOLDER = Path(_page.__file__).parent
MODULES = sorted(path.name for path in FOLDER.glob("*.mjs"))
ESM = """
const count = (model) => String(model.get("count"));
export default { render({ model, el }) {
  const { root, controls, say } = frame(el, { title: "How many?", kind: "probe" });
  const one = slider({ label: "count", min: 0, max: 9, value: model.get("count"),
    onInput: (value) => write(model, { count: value }) });
  controls.append(one.root);
  watch(model, ["count"], () => say(count(model)));
} };
"""


class Probe(_page.PageWidget):
    _esm = _page.joined_module("elements.mjs").replace("\nexport ", "\n") + ESM
    _css = _page.joined_style("widget.css")
    shown = ("count",)
    count = _page.Whole(3, minimum=1, maximum=9)
    rate = _page.Real(0.5, minimum=0, maximum=1)
    kind = _page.OneOf("max", "mean")
    grid = _page.Numbers([[1, 2]], ranks=(2,), what="(H, W)")
    title = traitlets.Unicode("t")


def test_a_widget_moves_on_a_page_without_a_kernel(show):
    tab = show(Probe())
    tab.get_by_role("slider", name="count").press("ArrowRight")
    assert tab.get_by_role("status").inner_text() == "4"


@pytest.mark.parametrize("name", MODULES)
def test_a_joined_module_is_a_module(name, tmp_path):
    """Two parts that declare the same name make a syntax error, which node finds."""
    text = _page.joined_module(name)
    assert "import " not in "".join(line for line in text.splitlines() if line.startswith("import"))
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [javascript.node(), "--check", file], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_a_widget_tells_what_it_shows():
    assert repr(Probe(count=4)) == "Probe(count=4)"


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ({"count": 0}, ValueError, "Probe: count must be at least 1, got 0"),
        ({"count": 10}, ValueError, "Probe: count must be at most 9, got 10"),
        ({"count": "two"}, TypeError, "Probe: count must be an integer, got 'two'"),
        ({"rate": 1.5}, ValueError, "Probe: rate must lie between 0 and 1, got 1.5"),
        ({"rate": float("nan")}, ValueError, "must lie between"),
        ({"rate": True}, TypeError, "Probe: rate must be a number, got True"),
        ({"kind": "median"}, ValueError, "must be one of 'max', 'mean', got 'median'"),
        ({"grid": [1, 2]}, ShapeError, r"Probe: grid must be \(H, W\), got shape \(2,\)"),
        ({"grid": [[]]}, ShapeError, r"got shape \(1, 0\)"),
        ({"grid": [["a"]]}, TypeError, "grid must be"),
        ({"grid": [[float("inf")]]}, ValueError, "not finite"),
        ({"size": 3}, TypeError, "Probe: unknown argument size"),
    ],
)
def test_a_bad_value_is_named_at_construction_and_on_change(values, kind, message):
    with pytest.raises(kind, match=message):
        Probe(**values)
    probe = Probe()
    if "size" in values:
        return
    before = {name: getattr(probe, name) for name in values}
    for name, value in values.items():
        with pytest.raises(kind, match=message):
            setattr(probe, name, value)
    assert all(getattr(probe, name) is before[name] for name in values)
