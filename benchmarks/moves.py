"""How long the page's thread works for one move of a hand, read from Chromium's own trace.

A move is an event and the frame that shows what it changed. Between the two the browser may wait
for the screen's clock. So only the tasks of the page's main thread are added up: scripts, style and
layout, painting. The event may be handled inside the task of its frame, or before it.
"""

import bisect
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import one_core
from playwright.sync_api import Browser, Locator
from playwright.sync_api import Page as Tab

WARM_UPS = 10
COUNTED = 60
PAUSE = 40  # milliseconds between two moves: more than two frames
SETTLE = 1000  # milliseconds until the page has nothing left to do
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
SCRIPT = ("EventDispatch", "FireAnimationFrame")
LAYOUT = ("UpdateLayoutTree", "Layout")
Event = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """Milliseconds for one move.

    Attributes
    ----------
    script, layout, paint : float
        Scripts; style and layout; painting and the rest. They overlap nowhere.
    processor : float
        What the page's thread itself computed of all that. In the rest of the time it had to wait
        for the core, on which other threads draw what it has painted.
    """

    script: float
    layout: float
    paint: float
    processor: float

    @property
    def total(self) -> float:
        """All work, from the event to the end of the frame."""
        return self.script + self.layout + self.paint


@dataclass(frozen=True)
class Scene:
    """Something that moves in the built book.

    Attributes
    ----------
    name : str
    widget : str
        Its class in Python, by which its limit is known.
    place : str
        Page of the book, and selector of the widget on it.
    anchor : str
        What a move begins with: the type of an event, or "FireAnimationFrame" for steps that
        nobody asks for one by one.
    act : callable
        Makes WARM_UPS + COUNTED moves.
    """

    name: str
    widget: str
    place: tuple[str, str]
    anchor: str
    act: Callable[[Tab, Locator], None]


def draw_an_eight(tab: Tab, widget: Locator) -> None:
    """Draw one long stroke with the mouse."""
    box = widget.locator("canvas.lk-drawing-pad").bounding_box()
    assert box is not None
    for n in range(WARM_UPS + COUNTED):
        turn = 2 * math.pi * n / (WARM_UPS + COUNTED)
        x, y = 0.5 + 0.25 * math.sin(2 * turn), 0.5 - 0.38 * math.cos(turn)
        tab.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        if n == 0:
            tab.mouse.down()
        tab.wait_for_timeout(PAUSE)
    tab.mouse.up()


def step_by_step(tab: Tab, widget: Locator) -> None:
    """Press Enter on the button that climbs one step."""
    widget.get_by_role("button", name="One step").focus()
    for _ in range(WARM_UPS + COUNTED):
        _press(tab, "Enter")


def _press(tab: Tab, key: str) -> None:
    """Press a key, and let it go when the frame is done: a hand is not faster."""
    tab.keyboard.down(key)
    tab.wait_for_timeout(PAUSE)
    tab.keyboard.up(key)


def run(tab: Tab, widget: Locator) -> None:
    """Let the widget climb by itself."""
    steps = widget.get_by_role("slider", name="steps")
    steps.fill(str(WARM_UPS + COUNTED))
    button = widget.locator("button", has_text="Run")
    button.press("Enter")
    button.wait_for(state="detached")
    button.wait_for()


def slide(label: str, lowest: int, highest: int) -> Callable[[Tab, Locator], None]:
    """Return what moves a slider by the arrow keys, from one value to another and back."""

    def act(tab: Tab, widget: Locator) -> None:
        slider = widget.get_by_role("slider", name=label, exact=True)
        place, step = int(slider.input_value()), 1
        slider.focus()
        for _ in range(WARM_UPS + COUNTED):
            if not lowest <= place + step <= highest:
                step = -step
            _press(tab, "ArrowRight" if step > 0 else "ArrowLeft")
            place += step
        if int(slider.input_value()) != place:
            raise RuntimeError(f"{label}: expected {place}, got {slider.input_value()}")

    return act


def _sliders(widget: str, place: tuple[str, str], ends: dict[str, tuple[int, int]]) -> list[Scene]:
    return [
        Scene(f"{widget}: {label}", widget, place, "keydown", slide(label, *low_high))
        for label, low_high in ends.items()
    ]


NETWORK = "notebooks/04_the_whole_cnn", ".lk-network"
ASCENT = "notebooks/06_what_does_cnn_learn", ".lk-ascent"
CONVOLUTION = "notebooks/02_convolution", ".lk-convolution"
POOLING = "notebooks/03_max_pooling", ".lk-pooling"
CONNECTED = "notebooks/02_convolution", ".lk-connected"
SCENES = (
    Scene("NetworkExplorer: a point of a stroke", "NetworkExplorer", NETWORK, "pointermove",
          draw_an_eight),
    Scene("AscentExplorer: a step of a run", "AscentExplorer", ASCENT, "FireAnimationFrame", run),
    Scene("AscentExplorer: one step, by its button", "AscentExplorer", ASCENT, "keydown",
          step_by_step),
    # As far as each fits on the 6x6 image and the 4x4 map: what does not fit is refused.
    *_sliders("ConvolutionExplorer", CONVOLUTION, {
        "position": (0, 15), "kernel size": (1, 5), "stride": (1, 6), "padding": (0, 4),
        "dilation": (1, 2)}),
    *_sliders("PoolingExplorer", POOLING, {"position": (0, 3), "size": (1, 4), "stride": (1, 4)}),
    *_sliders("FullyConnectedView", CONNECTED, {"neuron": (1, 16)}),
)  # fmt: skip


def measure(browser: Browser, address: str, scene: Scene) -> list[Move]:
    """Open the page, make the moves, and return those that count."""
    page, selector = scene.place
    tab = browser.new_page(viewport=one_core.VIEWPORT)
    try:
        one_core.visit(tab, f"{address}/{page}.html")
        widget = tab.locator(selector).first
        widget.evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")
        tab.wait_for_timeout(SETTLE)
        browser.start_tracing(page=tab, categories=CATEGORIES)
        scene.act(tab, widget)
        tab.wait_for_timeout(PAUSE)
        events = json.loads(browser.stop_tracing())["traceEvents"]
    finally:
        tab.close()
    found = moves(events, scene.anchor)
    if len(found) != WARM_UPS + COUNTED:
        raise RuntimeError(f"{scene.name}: {WARM_UPS + COUNTED} moves, {len(found)} in the trace")
    return found[WARM_UPS:]


def moves(events: Sequence[Event], anchor: str) -> list[Move]:
    """Return the work for each move in a trace, in the order of time."""
    begins = sorted((e for e in events if _begins(e, anchor)), key=lambda e: e["ts"])
    if not begins:
        return []
    thread = begins[0]["pid"], begins[0]["tid"]
    own = [e for e in events if e.get("ph") == "X" and (e["pid"], e["tid"]) == thread]
    own.sort(key=lambda e: e["ts"])
    tasks = [e for e in own if e["name"] == "RunTask"]
    commits = [e["ts"] for e in own if e["name"] == "Commit"]
    return [_work(begin["ts"], own, tasks, commits) for begin in begins]


def _begins(event: Event, anchor: str) -> bool:
    if event.get("ph") != "X":
        return False
    dispatched = event["name"] == "EventDispatch" and event["args"]["data"]["type"] == anchor
    return dispatched or event["name"] == anchor


def _end(event: Event) -> float:
    return float(event["ts"] + event.get("dur", 0))


def _work(
    begin: float, own: Sequence[Event], tasks: Sequence[Event], commits: Sequence[float]
) -> Move:
    """Add up the tasks from an event to the end of the frame that shows it."""
    at = bisect.bisect(commits, begin)
    if at == len(commits):
        raise ValueError("the trace ends before the last move was painted")
    end = next(_end(task) for task in tasks if task["ts"] <= commits[at] <= _end(task))
    parts = [(task, max(0.0, min(_end(task), end) - max(task["ts"], begin))) for task in tasks]
    total = sum(part for _, part in parts)
    processor = sum(part * task["tdur"] / task["dur"] for task, part in parts if part)
    inside = [e for e in own if begin <= e["ts"] < end]
    scripts = [e for e in inside if e["name"] in SCRIPT]
    layouts = [e for e in inside if e["name"] in LAYOUT]
    # A script may ask where something stands, and so start a layout.
    forced = [e for e in layouts if any(s["ts"] <= e["ts"] < _end(s) for s in scripts)]
    script, layout = _covered(scripts) - _covered(forced), _covered(layouts)
    paint = total - script - layout
    return Move(script / 1000, layout / 1000, paint / 1000, processor / 1000)


def _covered(events: Sequence[Event]) -> float:
    """Return how long at least one of these events lasted; they are in the order of time."""
    covered, until = 0.0, -math.inf
    for event in events:
        covered += max(0.0, _end(event) - max(event["ts"], until))
        until = max(until, _end(event))
    return covered
