"""A trained network, layer by layer, reading a digit that the reader chooses or draws."""

from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from lecturekit.reference import CNN
from lecturekit.shapes import ShapeError
from lecturekit.widgets._page import (
    Numbers,
    PageWidget,
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


class NetworkExplorer(PageWidget):
    """All feature maps of a network, live: choose a held-out digit, or draw one.

    Three levels: the whole network, one layer's maps, and one number with the arithmetic that made
    it. The unit that is looked at marks its receptive field in the input. All of it is computed in
    the page.

    Parameters
    ----------
    model : None, lecturekit.reference.CNN or Keras Sequential
        The lecture's network with the bundled weights, if None. A Keras model may consist of
        Conv2D, MaxPooling2D, AveragePooling2D, Flatten, Dense, Dropout, ReLU and softmax.
    image : (H, W, C) array of numbers in [0, 1], optional
        What the network reads first. By default the held-out digit number `digit`, where the
        network takes 28x28x1 images, and black otherwise.
    digit : int from 0 to 39
        Which of the page's held-out digits is chosen: four of each, 0 to 9 and again.
    labels : list of str, optional
        The names of the classes.
    **values
        Other traits.

    Attributes
    ----------
    image : (H, W, C) float64 array
        What the network reads now, drawn digits included.
    layer : int
        Which layer is enlarged: its place in the network.
    channel, row, column : int
        The unit that is looked at. In a layer without maps, `channel` is the unit. What lies beyond
        a small layer's edge means its last.

    Raises
    ------
    TypeError, ValueError
        For a model of another kind or with other layers; the message names the layer.
    ShapeError
        For an image that does not fit the network.

    References
    ----------
    Slides: *The whole CNN*, *CNN in Keras*.

    Examples
    --------
    >>> explorer = NetworkExplorer(digit=7)
    >>> explorer
    NetworkExplorer(digit=7)
    >>> int(explorer.probabilities.argmax())
    7
    """

    _esm = joined_module("network_explorer.mjs")
    _css = joined_style("widget.css", "number_grid.css", "drawing_pad.css", "network_explorer.css")
    shown = ("digit",)

    network = traitlets.Instance(NetworkModel).tag(sync=True, **ipywidgets.widget_serialization)
    digits = traitlets.Instance(DigitsModel, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    image = Numbers(np.zeros(_DIGIT), ranks=(3,), what="(H, W, C)")
    digit = Whole(0, minimum=0, maximum=39)
    layer = Whole(0)
    channel = Whole(0)
    row = Whole(8)
    column = Whole(13)

    def __init__(self, model: Any = None, *, image: Any = None, **values: Any) -> None:
        network = network_model(as_cnn(model, "NetworkExplorer"))
        shape = tuple(network.cnn.input_shape)
        if len(shape) != 3:
            raise ShapeError(
                f"NetworkExplorer: expected a network of (H, W, C) images, got {shape}"
            )
        digits = digits_model() if shape == _DIGIT else None
        self._shape = shape
        classes = network.layers[-1]["shape"][-1]
        values.setdefault("labels", [str(label) for label in range(classes)])
        if len(values["labels"]) != classes:
            raise ValueError(
                f"NetworkExplorer: labels must name {classes} classes, got {len(values['labels'])}"
            )
        super().__init__(network=network, digits=digits, **values)
        if image is not None:
            self.image = image
        elif digits is None:
            self.set_trait("image", np.zeros(shape))
        else:
            self._choose()
        self.observe(self._choose, names="digit")

    def _choose(self, _: Any = None) -> None:
        """Show the chosen digit; the page does the same by itself."""
        if self.digits is not None:
            pixels = np.frombuffer(self.digits.images, np.uint8).reshape(-1, *_DIGIT)
            self.set_trait("image", pixels[self.digit] / 255)

    @traitlets.validate("image")
    def _fits(self, proposal: Any) -> Any:
        value = proposal["value"]
        if value.shape != self._shape:
            raise RefusedError(
                f"NetworkExplorer: image must be {self._shape}, as the network reads it, "
                f"got {value.shape}"
            )
        if value.min() < 0 or value.max() > 1:
            raise RefusedError(
                "NetworkExplorer: image must hold numbers from 0 to 1, "
                f"got {value.min():g} to {value.max():g}"
            )
        return value

    @traitlets.validate("layer")
    def _exists(self, proposal: Any) -> int:
        if proposal["value"] >= len(self.network.layers):
            raise RefusedError(
                f"NetworkExplorer: layer must be at most {len(self.network.layers) - 1}, "
                f"got {proposal['value']}"
            )
        return proposal["value"]

    @property
    def cnn(self) -> CNN:
        """The network in NumPy, with the weights that the page has."""
        return self.network.cnn

    @property
    def probabilities(self) -> npt.NDArray[Any]:
        """What NumPy's network says about the image: one number a class."""
        return self.cnn.forward(self.image[None].astype(np.float32))[0]
