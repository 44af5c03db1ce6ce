"""Probabilities and curves."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from lecturekit.plots._checks import as_index
from lecturekit.plots._style import (
    BLUE,
    INK,
    LIGHT,
    LINES,
    SMALL,
    heading,
    own_axes,
    quiet,
)

_DASHES = ("-", "--", ":", "-.")

Places = npt.ArrayLike | Mapping[str, npt.ArrayLike]
LogAxes = Literal["", "x", "y", "xy"]


def probabilities(
    p: npt.ArrayLike,
    *,
    truth: int | None = None,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Class probabilities as bars from 0 to 1, the number beside each.

    Parameters
    ----------
    p : (K,) array in [0, 1]
    truth : int, optional
        The right class: its name is framed and marked "right".
    names : sequence of str, optional
        Names of the classes; by default their numbers.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `p` is not one row of probabilities, there is no class `truth`, or the names are not K.
    TypeError
        If `truth` is not an integer.
    """
    values = np.asarray(p, dtype=float)
    # So written, the comparison also refuses NaN.
    if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1 + 1e-6)).all():
        raise ValueError(f"probabilities: expected (K,) values in [0, 1], got {values!r}")
    labels = [str(k) for k in range(len(values))] if names is None else list(names)
    if len(labels) != len(values):
        raise ValueError(f"probabilities: expected {len(values)} names, got {len(labels)}")
    if truth is not None:
        truth = as_index(truth, "truth", count=len(values), name="probabilities")
        labels[truth] = f"right: {labels[truth]}"
    ax = own_axes(ax, height=2.8)
    places = np.arange(len(values))  # and not the labels: insets cannot place bars by name
    ax.barh(places, np.ones(len(values)), color="#F3F4F6", height=0.7)
    bars = ax.barh(places, values, color=BLUE, height=0.7)
    if truth is not None:
        bars[truth].set(edgecolor=INK, linewidth=1.5)
    for k, value in enumerate(values):
        ax.text(1.02, k, f"{value:.2f}", va="center", fontsize=SMALL, color=INK)
    ax.set_xlim(0, 1.15)
    ax.set_xticks([0, 0.5, 1])
    ax.set_yticks(places, labels)
    ax.invert_yaxis()
    heading(ax, title)
    quiet(ax)
    return ax


def curves(
    series: Mapping[str, npt.ArrayLike],
    *,
    x: Places | None = None,
    log: LogAxes = "",
    xlabel: str = "",
    ylabel: str = "",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Lines, each with its name at its end in place of a legend.

    Parameters
    ----------
    series : mapping of name to (n,) array
        Up to four; they differ in color and in dash.
    x : (n,) array or mapping of name to (n,) array, optional
        The same for all, or one for each; by default 0, 1, 2, ...
    log : {"", "x", "y", "xy"}
        The axes on which equal steps are equal factors. All values on them must be above 0.
    xlabel, ylabel : str
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no series or more than four, one is not (n,) with n at least 1, there are not
        as many places as values, `log` names no axes, or a value on such an axis is not above 0.
    """
    if not 1 <= len(series) <= len(LINES):
        raise ValueError(f"curves: expected 1 to {len(LINES)} series, got {len(series)}")
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f'curves: log must be "", "x", "y" or "xy", got {log!r}')
    arrays = {name: np.asarray(values, dtype=float) for name, values in series.items()}
    for name, y in arrays.items():
        if y.ndim != 1 or not len(y):
            raise ValueError(f"curves: {name} must be (n,), n at least 1, got {y.shape}")
    places = {name: _places(x, name, len(y)) for name, y in arrays.items()}
    ax = own_axes(ax)
    ends: list[tuple[str, str, float, float]] = []
    for (name, y), color, dash in zip(arrays.items(), LINES, _DASHES, strict=False):
        ax.plot(places[name], y, color=color, linestyle=dash, linewidth=1.8)
        ends.append((name, color, float(places[name][-1]), float(y[-1])))
    for axis, values in (("x", places), ("y", arrays)):
        if axis in log:
            _stretch(ax, axis, np.concatenate(list(values.values())))
    _label_ends(ax, ends)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.grid(axis="y", color=LIGHT, linewidth=0.5)
    heading(ax, title)
    quiet(ax)
    return ax


def _places(x: Places | None, name: str, count: int) -> npt.NDArray[np.float64]:
    """Return where the values of one series lie."""
    if x is None:
        return np.arange(count, dtype=float)
    if isinstance(x, Mapping) and name not in x:
        raise ValueError(f"curves: x has no places for {name}, only for {sorted(x)}")
    places = np.asarray(x[name] if isinstance(x, Mapping) else x, dtype=float)
    if places.shape != (count,):
        raise ValueError(f"curves: {name} has {count} values, and x has shape {places.shape}")
    return places


def _stretch(ax: Axes, name: str, values: npt.NDArray[np.float64]) -> None:
    """Make equal steps equal factors, with plain numbers at powers of 10 and between them."""
    if not (values > 0).all():
        raise ValueError(f"curves: a logarithmic {name} axis needs values above 0")
    decades = np.ptp(np.log10(values))
    between = (1, 2, 3, 5, 7) if decades < 1 else (1, 2, 5) if decades < 2 else (1,)
    axis: Axis = getattr(ax, f"{name}axis")
    ax.set(**{f"{name}scale": "log"})
    axis.set_major_locator(LogLocator(subs=between))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, place: f"{value:,.12g}")


def _label_ends(ax: Axes, ends: list[tuple[str, str, float, float]]) -> None:
    """Write each name at the end of its line, moved apart where two ends are close."""
    ax.autoscale_view()  # so that the limits are those of the lines
    to_share = ax.transData + ax.transAxes.inverted()  # of the height of the axes
    shares = {name: to_share.transform((end, y))[1] for name, _, end, y in ends}
    below = -np.inf
    for name, color, end, _ in sorted(ends, key=lambda line: shares[line[0]]):
        share = below = max(shares[name], below + 0.09)
        height = to_share.inverted().transform((0, share))[1]
        ax.annotate(
            name, (end, height), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=SMALL, color=color, annotation_clip=False,
        )  # fmt: skip
