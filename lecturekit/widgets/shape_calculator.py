"""A table that counts: the size, the parameters, the view and the work of each layer."""

from collections.abc import Sequence
from typing import Any

import traitlets

from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from lecturekit.widgets._layer_rows import LIMITS, NAME, Row, as_entry, rows, walk, whole
from lecturekit.widgets._page import PageWidget, joined_module, joined_style

LECTURE = (
    layers.Conv2D(25, 3), layers.MaxPooling2D(2), layers.Conv2D(50, 3), layers.MaxPooling2D(2),
    layers.Flatten(), layers.Dense(100), layers.Dense(10),
)  # fmt: skip


class _ImageShape(traitlets.TraitType[Any, Any]):
    """(H, W, C)."""

    def validate(self, obj: Any, value: Any) -> tuple[int, int, int]:
        if not isinstance(value, list | tuple) or len(value) != 3:
            raise ShapeError(f"{NAME}: input_shape must be (H, W, C), got {value!r}")
        most = (LIMITS["side"], LIMITS["side"], LIMITS["channels"])
        height, width, channels = (
            whole(n, "input_shape", 1, limit) for n, limit in zip(value, most, strict=True)
        )
        return height, width, channels


class _Layers(traitlets.TraitType[Any, Any]):
    """Layers as plain dictionaries, whatever described them."""

    def validate(self, obj: Any, value: Any) -> list[dict[str, Any]]:
        given = _as_sequence(value)
        if len(given) > LIMITS["rows"]:
            raise ValueError(f"{NAME}: at most {LIMITS['rows']} layers, got {len(given)}")
        return [as_entry(layer, f"{NAME}: row {n}") for n, layer in enumerate(given, start=1)]


class ShapeCalculator(PageWidget):
    """What each layer costs, and what it sees: a table to change.

    Layers are rows. Beside each stand the shape of its output, its parameters, the receptive field
    of its units and its multiply-adds, and all follow when a row is changed, added, removed or
    moved. A row says which pixels no window meets.

    Parameters
    ----------
    input_shape : (H, W, C), optional
        By default the network's, or (28, 28, 1).
    layers : optional
        A list of `lecturekit.reference.layers` or of dictionaries as below, a
        `lecturekit.reference.CNN`, or a Keras Sequential. By default the lecture's network.

    Attributes
    ----------
    input_shape : tuple of int
    layers : list of dict
        One for each row: its kind (conv2d, max_pool2d, avg_pool2d, flatten, dense, relu, dropout
        or softmax) and what decides its sizes. A learner who edits the page may pass through rows
        that do not fit; the page shows where, and `layers` still holds the last network that fits.
    rows : list of Row
        The numbers of the table, by `lecturekit.shapes` and `lecturekit.reference.layers`.
    parameters, multiply_adds : int
        The totals.

    Raises
    ------
    ShapeError
        If a layer does not fit on the one before it, with the number of its row. What was there
        before stays. To change shape and layers together, use ``hold_trait_notifications()``.
    ValueError, TypeError
        For an unknown kind or option, or a number that is none or too large.

    Notes
    -----
    A multiply-add is one weight times one number, added to a sum. Biases, pooling and activation
    functions are not counted: they are a small part of the work. A neuron of a dense layer sees
    what all units before it see together.

    References
    ----------
    Slides: *CNN in Keras*, "How many parameters for each filter?". The networks to start from: the
    lecture's; LeNet-5, with all maps connected and a plain mean (LeCun and others 1998); the first
    layers of AlphaGo's policy network (Silver and others 2016); the first two blocks of VGG-16
    (Simonyan and Zisserman 2015).

    Examples
    --------
    >>> calculator = ShapeCalculator()
    >>> calculator
    ShapeCalculator(input_shape=(28, 28, 1), 7 layers, 137,660 parameters)
    >>> third = calculator.rows[2]
    >>> third.shape, third.parameters, third.receptive_field
    ((11, 11, 50), 11300, (8, 8))
    """

    _esm = joined_module("shape_calculator.mjs")
    _css = joined_style("widget.css", "shape_calculator.css")
    input_shape = _ImageShape((28, 28, 1)).tag(sync=True)
    layers = _Layers().tag(sync=True)

    def __init__(
        self, input_shape: Sequence[int] | None = None, layers: Any = None, **values: Any
    ) -> None:
        network = _as_network(LECTURE if layers is None else layers)
        if input_shape is None:
            input_shape = network.input_shape if isinstance(network, CNN) else (28, 28, 1)
        super().__init__(input_shape=input_shape, layers=network, **values)

    @traitlets.validate("input_shape", "layers")
    def _fit(self, proposal: Any) -> Any:
        new = {proposal["trait"].name: proposal["value"]}
        for _ in walk(*(new.get(name, getattr(self, name)) for name in ("input_shape", "layers"))):
            pass  # each step raises if it does not fit
        return proposal["value"]

    @property
    def rows(self) -> list[Row]:
        """What follows from each layer."""
        return rows(self.input_shape, self.layers)

    @property
    def parameters(self) -> int:
        """How many parameters the network has."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """How many products the network computes and adds up for one image."""
        return sum(row.multiply_adds for row in self.rows)

    def __repr__(self) -> str:
        count = f"{len(self.layers)} layer{'' if len(self.layers) == 1 else 's'}"
        return f"{NAME}(input_shape={self.input_shape}, {count}, {self.parameters:,} parameters)"


def _as_network(value: Any) -> Any:
    """Return a Keras Sequential as a `CNN`, anything else as it is."""
    keras = type(value).__name__ == "Sequential" and hasattr(value, "get_config")
    return CNN.from_keras(value) if keras else value


def _as_sequence(value: Any) -> list[Any]:
    network = _as_network(value)
    if isinstance(network, CNN):
        return list(network.layers)
    if not isinstance(network, list | tuple):
        raise TypeError(
            f"{NAME}: layers must be a list of lecturekit.reference.layers, a reference.CNN "
            f"or a Keras Sequential, got {type(value).__name__}"
        )
    return list(network)
