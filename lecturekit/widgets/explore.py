"""A figure with sliders that also stands as a picture where there is no kernel."""

import base64
import functools
import inspect
import io
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.axes import Axes


def explore(draw: Callable[..., Axes], **controls: Any) -> "Explore":
    """Draw a figure again whenever a slider moves.

    Parameters
    ----------
    draw : callable
        Takes the values of the controls by name and returns the Matplotlib Axes it drew on. The
        defaults of its arguments are the first values.
    **controls
        One control an argument, abbreviated as in ``ipywidgets.interact``: ``(low, high)`` or
        ``(low, high, step)`` is a slider, a list is a menu, a bool is a box to tick, and any
        ipywidget stands for itself.

    Returns
    -------
    Explore

    Raises
    ------
    TypeError
        If there is no control, or one that `draw` does not take, or one of an unknown form, or
        `draw` returns no Axes.

    Examples
    --------
    >>> from lecturekit import lecture, plots
    >>> def draw(stride=1):
    ...     return plots.image(lecture.IMAGE[::stride, ::stride])
    >>> figure = explore(draw, stride=(1, 3))
    >>> figure.controls["stride"].value = 2
    >>> figure
    explore(draw, stride=2)
    """
    if not controls:
        raise TypeError("explore: expected at least one control, such as stride=(1, 3)")
    parameters = inspect.signature(draw).parameters
    made = {}
    for name, form in controls.items():
        if name not in parameters:
            raise TypeError(f"explore: {_name(draw)} takes no argument {name!r}")
        made[name] = ipywidgets.interactive.widget_from_abbrev(form, parameters[name].default)
        if made[name] is None:
            raise TypeError(f"explore: {name}={form!r} is no control; (low, high) is a slider")
        made[name].description = made[name].description or name.replace("_", " ")
        made[name].style = {"description_width": "initial"}
    return Explore(draw, made)


def _name(draw: Callable[..., Axes]) -> str:
    """The name of a function, also of one with some arguments filled in, or that of a class."""
    inner = draw.func if isinstance(draw, functools.partial) else draw
    return getattr(inner, "__name__", type(inner).__name__)


class Explore:
    """What `explore` returns: controls above the figure that they change.

    Jupyter shows the live controls. What cannot run them (the built book, a file viewer) shows
    the figure as it stood when the cell was run.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        The controls by the names of the arguments they set. Set ``.value`` to move one in code.
    image : ipywidgets.Image
        The figure as PNG.
    message : ipywidgets.HTML
        Empty, or why the values do not fit together; the last figure stays.
    """

    def __init__(self, draw: Callable[..., Axes], controls: dict[str, Any]) -> None:
        self.controls = controls
        self._draw = draw
        self._name = _name(draw)
        self.image = ipywidgets.Image(value=self._png(), format="png")
        self.image.layout.max_width = "100%"
        # The line is there while it is empty, so nothing jumps when there is something to say.
        self.message = ipywidgets.HTML(layout={"min_height": "2em"})
        self._box = ipywidgets.VBox([*controls.values(), self.message, self.image])
        for control in controls.values():
            control.observe(self._redraw, names="value")

    def _values(self) -> dict[str, Any]:
        return {name: control.value for name, control in self.controls.items()}

    def _redraw(self, _: Any) -> None:
        try:
            self.image.value = self._png()
            self.message.value = ""
        except ValueError as error:
            self.message.value = f'<span role="alert">{escape(str(error))}</span>'

    def _png(self) -> bytes:
        before = set(plt.get_fignums())
        try:
            ax = self._draw(**self._values())
            if not isinstance(ax, Axes):
                what = type(ax).__name__
                raise TypeError(f"explore: {self._name} must return a Matplotlib Axes, got {what}")
            figure = ax.get_figure(root=True)
            if figure is None:
                raise TypeError(f"explore: {self._name} returned an Axes of no figure")
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", bbox_inches="tight")
            return buffer.getvalue()
        finally:
            # Also after an error: a figure left open would show up below the cell.
            for opened in set(plt.get_fignums()) - before:
                plt.close(opened)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._values().items())
        return f"explore({self._name}, {values})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        still = base64.b64encode(self.image.value).decode("ascii")
        return {**self._box._repr_mimebundle_(), "text/plain": repr(self), "image/png": still}
