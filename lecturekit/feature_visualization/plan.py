"""What a climb is made of, whichever library takes the steps."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lecturekit.feature_visualization.objectives import Inspected, Term
from lecturekit.feature_visualization.optimizers import GradientAscent
from lecturekit.feature_visualization.parameterizations import Fourier, Pixel
from lecturekit.feature_visualization.regularizers import Regularizer
from lecturekit.feature_visualization.transforms import Change, Transform

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """An objective found in a network, and how to climb it."""

    terms: tuple[Term, ...]
    regularizers: tuple[Regularizer, ...]
    transforms: tuple[Transform, ...]
    optimizer: GradientAscent
    parameterization: Pixel | Fourier
    step_size: float

    @property
    def heads(self) -> tuple[tuple[str, str], ...]:
        """The layers that are looked at, and how."""
        return tuple((term.layer, term.how) for term in self.terms)

    @property
    def kind(self) -> tuple[Any, ...]:
        """What has to be compiled anew; all else are numbers."""
        make = self.parameterization
        return (
            self.heads,
            tuple(type(regularizer) for regularizer in self.regularizers),
            bool(self.transforms),
            self.optimizer,
            (type(make), make.low, make.high),
        )

    def penalties(self, images: Array) -> Array:
        """Return the weighted penalties of each image, all together."""
        total = np.zeros(len(images), np.float32)
        for regularizer in self.regularizers:
            total += regularizer.weight * regularizer.value(images, over_images)
        return total


def over_images(x: Array) -> Array:
    """Return the sum over each image."""
    return x.reshape(len(x), -1).sum(axis=1)


class Climbed(NamedTuple):
    """What became of a number of steps."""

    done: int
    good: bool  # False: after `done` steps the objective or its gradient was not finite
    parameters: Array
    slots: list[Array]
    scores: Array  # (steps, n), each before its step
    penalties: Array


class Network(Inspected, Protocol):
    """A network that can be climbed."""

    def slope(self, plan: Plan, images: Array) -> tuple[Array, Array]:
        """Return the objective of each image, and its gradient by the pixels."""

    def all_scores(self, plan: Plan, images: Array) -> Array:
        """Return the objective of every unit on every image."""

    def climb(
        self,
        plan: Plan,
        parameters: Array,
        slots: list[Array],
        first: int,
        changes: list[Change | None],
    ) -> Climbed:
        """Take as many steps as there are changes."""

    def maps_and_gradient(self, plan: Plan, layer: str, images: Array) -> tuple[Array, Array]:
        """Return a layer's maps, and the gradient of the objective by them."""
