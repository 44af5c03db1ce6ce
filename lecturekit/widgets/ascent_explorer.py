"""Gradient ascent in the page: the image that makes a filter, a neuron or an output largest."""

from typing import Any

import ipywidgets
import numpy as np
import traitlets

from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from lecturekit.widgets._page import (
    Numbers,
    OneOf,
    PageWidget,
    Real,
    RefusedError,
    Whole,
    joined_module,
    joined_style,
)
from lecturekit.widgets._shared import (
    DigitsModel,
    NetworkModel,
    as_cnn,
    digits_model,
    network_model,
)

_DIGIT = (28, 28, 1)
_CLIMBED = (layers.Conv2D, layers.Dense)


class AscentExplorer(PageWidget):
    """Climb a^k by gradient ascent, step by step, and watch the image and the curve.

    The step is that of `lecturekit.feature_visualization.maximize`: to every pixel is added
    `step_size` times the slope of a^k, and the pixels stay between 0 and 1. a^k is the sum of the
    k-th map before its activation, or the value of one unit before its activation. Two penalties
    may be taken off: `l1` times the ink, which is the sum of all pixels, and `total_variation`
    times the sum of the absolute differences of neighboring pixels.

    Parameters
    ----------
    model : None, lecturekit.reference.CNN or Keras Sequential
        The lecture's network with the bundled weights, if None.
    layer : str
        The name of a convolution or a fully connected layer.
    unit : int
        Which filter, neuron or output.
    step_size : float, from 0.001 to 1
    l1 : float, from 0 to 3
    total_variation : float, from 0 to 3
    steps : int, from 1 to 500
        How many steps "Run" takes.
    start : "noise", "black", "grey", "digit" or "drawing"
    seed : int
        Of the noise: the same start as `maximize` has.
    digit : int from 0 to 39
        Which of the page's held-out digits a start from a digit takes.

    Attributes
    ----------
    image : (H, W, C) float64 array
        Where the page's last run has come to.
    scores : list of float
        a^k before the first step and after each.

    Raises
    ------
    TypeError, ValueError
        For a model, a layer or a unit that does not exist, or a number out of its range.

    References
    ----------
    Slide: *What does CNN learn?*

    Examples
    --------
    >>> AscentExplorer(layer="output", unit=3)
    AscentExplorer(layer='output', unit=3)
    """

    _esm = joined_module("ascent_explorer.mjs")
    _css = joined_style("widget.css", "playing.css", "drawing_pad.css", "ascent_explorer.css")
    shown = ("layer", "unit")

    network = traitlets.Instance(NetworkModel).tag(sync=True, **ipywidgets.widget_serialization)
    digits = traitlets.Instance(DigitsModel, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    noise = traitlets.Bytes().tag(sync=True)
    layer = traitlets.Unicode("conv2d_2").tag(sync=True)
    unit = Whole(0)
    step_size = Real(0.05, minimum=0.001, maximum=1)
    l1 = Real(0.0, minimum=0, maximum=3)
    total_variation = Real(0.0, minimum=0, maximum=3)
    steps = Whole(100, minimum=1, maximum=500)
    start = OneOf("noise", "black", "grey", "digit", "drawing")
    digit = Whole(0, minimum=0, maximum=39)
    image = Numbers(np.zeros(_DIGIT), ranks=(3,), what="(H, W, C)")
    scores = traitlets.List().tag(sync=True)

    def __init__(self, model: Any = None, *, seed: int = 0, **values: Any) -> None:
        network = network_model(as_cnn(model, "AscentExplorer"))
        self._cnn = network.cnn
        shape = tuple(network.cnn.input_shape)
        if len(shape) != 3:
            raise ShapeError(f"AscentExplorer: expected a network of (H, W, C) images, got {shape}")
        values.setdefault("layer", self._names()[-1] if model is not None else "conv2d_2")
        # The start of `maximize`: grey, with a little noise.
        noise = np.random.default_rng(seed).uniform(0.45, 0.55, shape).astype("<f4")
        digits = digits_model() if shape == _DIGIT else None
        if values.get("start") in ("digit", "drawing") and digits is None:
            raise ValueError(f"AscentExplorer: digits are 28x28x1, the network reads {shape}")
        super().__init__(network=network, digits=digits, noise=noise.tobytes(), **values)

    def _names(self) -> list[str]:
        return [layer.name for layer in self._cnn.layers if isinstance(layer, _CLIMBED)]

    @traitlets.validate("layer")
    def _exists(self, proposal: Any) -> str:
        if proposal["value"] not in self._names():
            known = ", ".join(self._names())
            raise RefusedError(
                f"AscentExplorer: layer must be one of {known}, got {proposal['value']!r}"
            )
        return proposal["value"]

    @traitlets.validate("unit")
    def _fits(self, proposal: Any) -> int:
        if proposal["value"] >= self._units:
            raise RefusedError(
                f"AscentExplorer: {self.layer} has {self._units} units, so unit must be at most "
                f"{self._units - 1}, got {proposal['value']}"
            )
        return proposal["value"]

    @traitlets.observe("layer")
    def _stay_inside(self, _: Any) -> None:
        self.set_trait("unit", min(int(self.unit), self._units - 1))

    @property
    def _units(self) -> int:
        return next(
            entry["shape"][-1] for entry in self.network.layers if entry["name"] == self.layer
        )

    @property
    def cnn(self) -> CNN:
        """The network in NumPy, with the weights that the page has."""
        return self._cnn
