"""The picture of the page on speed: the time of each operation, in units of TensorFlow's."""

import io
import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from cases import OPERATIONS
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from measurements import Run, short, thread_count
from PIL import Image

from lecturekit import plots
from lecturekit.plots import BLUE, VERMILLION
from lecturekit.plots._style import CARD, GREY, INK, LIGHT, SMALL, heading, quiet

SERIES = {"NumPy": (BLUE, "o", BLUE), "PyTorch": (VERMILLION, "D", CARD)}
COLORS = 48
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
FAR_TICKS = (0.01, 0.1, 1, 10, 100)  # where the others would run into each other


def ratios(run: Run, contender: str) -> dict[int, float]:
    """Return the ratios of a contender, by row."""
    found = {row: run.ratio(case.name, contender) for row, case in enumerate(OPERATIONS)}
    return {row: ratio for row, ratio in found.items() if ratio is not None}


def draw(runs: Sequence[Run]) -> Figure:
    """Draw one panel for each run: a row for each operation, a line where TensorFlow is."""
    figure, axes = plots.panels(len(runs), height=4.2)
    every = [r for run in runs for contender in SERIES for r in ratios(run, contender).values()]
    ends = min([0.5, *every]) / 1.4, max([2, *every]) * 1.4
    for place, (run, ax) in enumerate(zip(runs, axes, strict=True)):
        _panel(ax, run, ends)
        heading(ax, f"with {thread_count(run)}")
        if place:
            ax.set_yticklabels([])
    return figure


def _panel(ax: Axes, run: Run, ends: tuple[float, float]) -> None:
    ax.set_xscale("log")
    ax.set(xlim=ends, ylim=(len(OPERATIONS) - 0.5, -1.4))
    ax.axvline(1, color=INK, linewidth=1)
    ax.text(1, -0.75, "TensorFlow ", ha="right", va="center", fontsize=SMALL, color=INK)
    for contender, (color, marker, fill) in SERIES.items():
        found = ratios(run, contender)
        ax.scatter(
            list(found.values()),
            list(found),
            s=34,
            marker=marker,
            facecolor=fill,
            edgecolor=color,
            linewidth=1.4,
            zorder=3,
            clip_on=False,
        )
    _label(ax, run)
    ticks = [
        tick
        for tick in (TICKS if ends[1] < 60 * ends[0] else FAR_TICKS)
        if ends[0] <= tick <= ends[1]
    ]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(OPERATIONS)), [case.name for case in OPERATIONS])
    ax.set_xlabel("time divided by TensorFlow's")
    quiet(ax)
    ax.grid(axis="y", color=LIGHT, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0, colors=INK)
    ax.tick_params(axis="x", colors=GREY)


def _label(ax: Axes, run: Run) -> None:
    """Name each series beside its dot in the row where the two are farthest apart."""
    numpy, torch = (ratios(run, contender) for contender in SERIES)
    rows = numpy.keys() & torch.keys() or numpy.keys()
    if not rows:
        return
    row = max(rows, key=lambda row: abs(math.log(numpy[row] / torch.get(row, 1))))
    series = {"NumPy": numpy[row], "PyTorch": torch[row]} if torch else {"NumPy": numpy[row]}
    for place, (contender, ratio) in enumerate(sorted(series.items(), key=lambda pair: pair[1])):
        side = ("right", -6) if place == 0 and torch else ("left", 6)
        ax.annotate(
            contender,
            (ratio, row),
            (side[1], 0),
            textcoords="offset points",
            ha=side[0],
            va="center",
            fontsize=SMALL,
            color=SERIES[contender][0],
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.8},
        )


def describe(runs: Sequence[Run]) -> tuple[str, str]:
    """Return the alternative text and the caption."""
    said, ranges = [], []
    for run in runs:
        found = ratios(run, "NumPy")
        least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        ends = [f"{short(found[row])} ({OPERATIONS[row].name})" for row in (least, most)]
        said.append(f"With {thread_count(run)} NumPy lies between {' and '.join(ends)}.")
        ranges.append(f"{short(found[least])} to {short(found[most])} with {thread_count(run)}")
    diamond = (
        " and a diamond for that of PyTorch" if any(ratios(r, "PyTorch") for r in runs) else ""
    )
    alt = (
        f"A row for each of {len(OPERATIONS)} operations, a dot for the time of NumPy{diamond}, on "
        "a logarithmic scale. A vertical line at 1 stands for TensorFlow."
    )
    caption = f"NumPy's time in units of TensorFlow's: {', '.join(ranges)}. Left is faster."
    return " ".join([alt, *said]), caption


def save(runs: Sequence[Run], path: Path) -> None:
    """Draw the picture into a file, with few colors, so that it stays small."""
    drawn = io.BytesIO()
    draw(runs).savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(COLORS).save(path, optimize=True)
