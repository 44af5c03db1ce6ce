"""What to maximize: nouns of the lecture."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lecturekit.shapes import as_integer


@dataclass(frozen=True, init=False)
class Filter:
    """The degree of activation of filters: a^k, the sum of the k-th feature map.

    The sum is over what the filter computes *before* the activation function. Behind a ReLU most
    of a grey image's gradient is exactly zero, and the ascent would never leave its start.

    Parameters
    ----------
    layer : str
        Name of a convolutional layer.
    units : int or iterable of int
        Which filters, counted from 0. Each gets an image of its own.

    Raises
    ------
    TypeError, ValueError
        If there are no units, or one is not an integer from 0 on.

    References
    ----------
    Slide: *What does CNN learn?*

    Examples
    --------
    >>> Filter("conv2d_2", range(3))
    Filter(layer='conv2d_2', units=(0, 1, 2))
    """

    layer: str
    units: tuple[int, ...] = field()

    def __init__(self, layer: str, units: int | Iterable[int]) -> None:
        if not isinstance(layer, str):
            raise TypeError(f"Filter: layer must be the name of a layer, got {layer!r}")
        chosen = units if isinstance(units, Iterable) else (units,)
        numbers = tuple(as_integer(u, "unit", minimum=0, name="Filter") for u in chosen)
        if not numbers:
            raise ValueError("Filter: expected at least one unit, got none")
        object.__setattr__(self, "layer", layer)
        object.__setattr__(self, "units", numbers)
