"""What to maximize: nouns of the lecture, which add and scale.

Every objective looks at one layer *before* its activation function. Behind a ReLU most of a grey
image's gradient is exactly zero, and the ascent would never leave its start; behind a softmax a
class can rise by pushing the others down.

>>> Filter("conv2d_2", 3) + 0.5 * Neuron("dense", 7)
Filter(layer='conv2d_2', units=(3,)) + 0.5 * Neuron(layer='dense', units=(7,))
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import ShapeError, as_integer

How = Literal["linear", "probability", "squares", "content", "style"]


class LayerFacts(NamedTuple):
    """What an objective needs to know of a layer."""

    kind: str
    shape: tuple[int | None, ...]  # of its output for one image: (H, W, C) or (D,)


class Inspected(Protocol):
    """What an objective asks of a network."""

    input_shape: tuple[int, int, int]
    layers: dict[str, LayerFacts]

    def before_activation(self, layer: str, images: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a layer's output without its activation function."""


class Term(NamedTuple):
    """A part of an objective, found in a network: what is done with a layer's output.

    With s the sum of each map before the activation (or the output of a layer without maps), the
    score of image n is ``weight * vectors[n] @ s`` ("linear"), ``weight * vectors[n] @ softmax(s)``
    ("probability"), half the sum of the squares of all numbers ("squares"), or minus the sum of
    the squared differences between vectors[n] and all numbers ("content") or their Gram matrix
    ("style").
    """

    layer: str
    how: How
    weight: float
    # (n, C); (1, 1) for squares, (n, *its output) for content, (n, C, C) for style
    vectors: npt.NDArray[np.float32]


class Objective(ABC):
    """Something to maximize. Objectives add, subtract and scale with numbers."""

    @abstractmethod
    def parts(self) -> "tuple[tuple[float, Part], ...]":
        """Return the weighted parts of a sum; one part for what is no sum."""

    def __add__(self, other: "Objective") -> "Objective":
        if not isinstance(other, Objective):
            return NotImplemented
        return Sum(self.parts() + other.parts())

    def __sub__(self, other: "Objective") -> "Objective":
        if not isinstance(other, Objective):
            return NotImplemented
        return self + -1 * other

    def __mul__(self, weight: float) -> "Objective":
        if isinstance(weight, bool) or not isinstance(weight, Real) or not np.isfinite(weight):
            raise TypeError(f"an objective scales by a finite number, got {weight!r}")
        return Sum(tuple((float(weight) * own, part) for own, part in self.parts()))

    __rmul__ = __mul__

    def __neg__(self) -> "Objective":
        return -1 * self


class Part(Objective):
    """An objective that looks at one layer."""

    def parts(self) -> "tuple[tuple[float, Part], ...]":
        """Return this one part."""
        return ((1.0, self),)

    @abstractmethod
    def term(self, weight: float, network: Inspected) -> Term:
        """Find the layer and the units in a network, or raise naming what there is."""


@dataclass(frozen=True, repr=False)
class Sum(Objective):
    """A weighted sum of objectives: what ``2 * a + b`` makes."""

    weighted: tuple[tuple[float, Part], ...]

    def parts(self) -> tuple[tuple[float, Part], ...]:
        """Return the weighted parts."""
        return self.weighted

    def __repr__(self) -> str:
        texts = (repr(part) if w == 1 else f"{w:g} * {part!r}" for w, part in self.weighted)
        return " + ".join(texts)


@dataclass(frozen=True, init=False)
class _Units(Part):
    """Units of a layer, each of which gets an image of its own."""

    layer: str
    units: tuple[int, ...]

    def __init__(self, layer: str, units: int | Iterable[int]) -> None:
        object.__setattr__(self, "layer", layer_name(layer, type(self).__name__))
        object.__setattr__(self, "units", _numbers(units, type(self).__name__))

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the units in their layer."""
        facts = facts_of(self.layer, network.layers, type(self).__name__)
        self._check(facts)
        chosen = _one_hot(self.units, facts.shape[-1], self.layer, type(self).__name__, self._noun)
        return Term(self.layer, "linear", weight, chosen)

    _noun = "units"

    def _check(self, facts: LayerFacts) -> None:
        """Raise if the layer is not of the kind that has such units."""


class Filter(_Units):
    """The degree of activation of filters: a^k, the sum of the k-th feature map.

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

    _noun = "filters"

    def _check(self, facts: LayerFacts) -> None:
        if len(facts.shape) != 3:
            raise ValueError(
                f"Filter: layer {self.layer!r} is a {facts.kind}; filters are in Conv2D layers"
            )


class Neuron(_Units):
    """Neurons of a fully connected layer.

    Parameters
    ----------
    layer : str
        Name of a layer whose output is a vector.
    units : int or iterable of int
        Which neurons, counted from 0. Each gets an image of its own.

    Raises
    ------
    TypeError, ValueError
        If there are no units, or one is not an integer from 0 on.

    References
    ----------
    Slide: *What does CNN learn?*, "each neuron".

    Examples
    --------
    >>> Neuron("dense", 7)
    Neuron(layer='dense', units=(7,))
    """

    _noun = "neurons"

    def _check(self, facts: LayerFacts) -> None:
        if len(facts.shape) != 1:
            raise ValueError(
                f"Neuron: layer {self.layer!r} is a {facts.kind}; its output has shape "
                f"{facts.shape}, and neurons are in layers whose output is a vector"
            )


@dataclass(frozen=True, init=False)
class Output(Part):
    """Outputs of the network: y^i for digit i.

    Parameters
    ----------
    units : int or iterable of int
        Which classes, counted from 0. Each gets an image of its own.
    probability : bool
        Maximize the probability instead of the logit, the number before the softmax. The logit is
        the rule: a probability can rise because the other classes fall, and close to 1 it hardly
        has a gradient.

    Raises
    ------
    TypeError, ValueError
        If there are no units, or one is not an integer from 0 on.

    References
    ----------
    Slide: *What does CNN learn?*, "can we see digits?". Simonyan et al. (2014) give the reason for
    the logit.

    Examples
    --------
    >>> Output(range(2), probability=True)
    Output(units=(0, 1), probability=True)
    """

    units: tuple[int, ...]
    probability: bool = False

    def __init__(self, units: int | Iterable[int], *, probability: bool = False) -> None:
        object.__setattr__(self, "units", _numbers(units, "Output"))
        object.__setattr__(self, "probability", bool(probability))

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the classes in the last layer."""
        name, facts = list(network.layers.items())[-1]
        if len(facts.shape) != 1:
            raise ValueError(f"Output: the network must end in a vector, got shape {facts.shape}")
        chosen = _one_hot(self.units, facts.shape[0], name, "Output", "outputs")
        return Term(name, "probability" if self.probability else "linear", weight, chosen)


@dataclass(frozen=True)
class Layer(Part):
    """Half the sum of the squares of all numbers of a layer: Deep Dream.

    Its gradient by the numbers is the numbers themselves: what is positive is made larger, what is
    negative is made smaller. The image shows more of what the layer already sees in it.

    Parameters
    ----------
    layer : str

    References
    ----------
    Slide: *Deep Dream*. Mordvintsev et al. (2015), *Inceptionism*.

    Examples
    --------
    >>> Layer("conv2d_2")
    Layer(layer='conv2d_2')
    """

    layer: str

    def __post_init__(self) -> None:
        layer_name(self.layer, "Layer")

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the layer."""
        facts_of(self.layer, network.layers, "Layer")
        return Term(self.layer, "squares", weight, np.ones((1, 1), np.float32))


@dataclass(frozen=True, init=False, eq=False)
class Direction(Part):
    """A mixture of a layer's units: their sum, weighted with a vector.

    Parameters
    ----------
    layer : str
    vector : (C,) or (n, C) array of numbers
        A weight for each of the C maps or neurons; each row gets an image of its own.

    Raises
    ------
    TypeError, ValueError, ShapeError
        If `vector` does not hold finite numbers in one or two axes.

    Examples
    --------
    >>> Direction("dense", [1, -1, 0])
    Direction(layer='dense', vector of shape (1, 3))
    """

    layer: str
    vector: npt.NDArray[np.float32]

    def __init__(self, layer: str, vector: npt.ArrayLike) -> None:
        try:
            array = np.array(vector, np.float32, ndmin=2)
        except (TypeError, ValueError):
            raise TypeError(f"Direction: vector must hold numbers, got {vector!r}") from None
        if array.ndim != 2 or array.size == 0:
            raise ShapeError(f"Direction: vector must be (C,) or (n, C), got {np.shape(vector)}")
        if not np.isfinite(array).all():
            raise ValueError("Direction: vector holds a number that is not finite")
        array.setflags(write=False)
        object.__setattr__(self, "layer", layer_name(layer, "Direction"))
        object.__setattr__(self, "vector", array)

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the layer."""
        facts = facts_of(self.layer, network.layers, "Direction")
        if self.vector.shape[1] != facts.shape[-1]:
            raise ShapeError(
                f"Direction: layer {self.layer!r} has {facts.shape[-1]} units, "
                f"got a vector of {self.vector.shape[1]}"
            )
        return Term(self.layer, "linear", weight, self.vector)

    def __repr__(self) -> str:
        return f"Direction(layer={self.layer!r}, vector of shape {self.vector.shape})"


def terms_of(objective: Objective, network: Inspected) -> tuple[list[Term], int]:
    """Find all parts of an objective in a network; return them and how many images they ask for.

    Raises
    ------
    TypeError
        If `objective` is none.
    ValueError
        If a part is not in the network, or two parts ask for different numbers of images.
    """
    if not isinstance(objective, Objective):
        raise TypeError(f"expected an objective such as Filter, got {type(objective).__name__}")
    terms = [part.term(weight, network) for weight, part in objective.parts()]
    counts = {len(term.vectors) for term in terms} - {1}
    if len(counts) > 1:
        raise ValueError(
            f"the parts of {objective!r} ask for different numbers of images: {sorted(counts)}"
        )
    return terms, counts.pop() if counts else 1


def layer_name(layer: str, name: str) -> str:
    """Return the name, or raise if it is none."""
    if not isinstance(layer, str):
        raise TypeError(f"{name}: layer must be the name of a layer, got {layer!r}")
    return layer


def _numbers(units: int | Iterable[int], name: str) -> tuple[int, ...]:
    chosen = units if isinstance(units, Iterable) else (units,)
    numbers = tuple(as_integer(u, "unit", minimum=0, name=name) for u in chosen)
    if not numbers:
        raise ValueError(f"{name}: expected at least one unit, got none")
    return numbers


def facts_of(layer: str, layers: Mapping[str, LayerFacts], name: str) -> LayerFacts:
    """Return what is known of a layer, or raise naming the layers that there are."""
    if layer not in layers:
        raise ValueError(f"{name}: no layer {layer!r}; the model has {', '.join(layers)}")
    return layers[layer]


def _one_hot(
    units: tuple[int, ...], count: int | None, layer: str, name: str, noun: str
) -> npt.NDArray[np.float32]:
    if count is None:
        raise ValueError(f"{name}: layer {layer!r} has no fixed number of {noun}")
    if max(units) >= count:
        raise ValueError(f"{name}: {layer!r} has {noun} 0 to {count - 1}, got {max(units)}")
    return np.eye(count, dtype=np.float32)[list(units)]
