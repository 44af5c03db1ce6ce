"""How a gradient changes the weights: gradient descent and Adam, as Keras defines them.

An optimizer works on all weights at once, as one long vector, and keeps nothing: its memory, such
as the momentum, goes in and comes out.

>>> from lecturekit.reference import optimizers
>>> sgd = optimizers.SGD(learning_rate=0.1)
>>> w, memory = sgd.step(np.array([1.0]), np.array([2.0]), sgd.start(1), 1)
>>> w
array([0.8])
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array

Memory = tuple[Array, ...]

__all__ = ["SGD", "Adam", "Optimizer"]


class Optimizer(ABC):
    """What all optimizers have in common."""

    @abstractmethod
    def start(self, size: int, dtype: npt.DTypeLike = np.float64) -> Memory:
        """Return the memory before the first step, for `size` weights: zeros."""

    @abstractmethod
    def step(self, w: Array, d_w: Array, memory: Memory, number: int) -> tuple[Array, Memory]:
        """Return the weights and the memory after a step; steps are counted from 1."""

    def _check(self, **limits: tuple[float, float]) -> None:
        """Raise unless each number lies between its limits; the upper one is out of bounds."""
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(f"{type(self).__name__}: {name} must be a number, got {value!r}")
            value = float(value)
            object.__setattr__(self, name, value)  # a number of NumPy's would widen the weights
            if not low <= value < high:
                raise ValueError(
                    f"{type(self).__name__}: {name} must be at least {low} and below {high}, "
                    f"got {value}"
                )


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent: ``w - learning_rate * d_w``, with momentum if wanted.

    Parameters
    ----------
    learning_rate : float, at least 0
    momentum : float in [0, 1)
        The share of the last step that is made again: a ball that rolls.
    nesterov : bool
        Look where the momentum leads before using the gradient, as Keras does it.

    Raises
    ------
    ValueError, TypeError
        If a number is out of range, or none.
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        self._check(learning_rate=(0, np.inf), momentum=(0, 1))

    def start(self, size: int, dtype: npt.DTypeLike = np.float64) -> Memory:
        """Return no velocity, which is nothing at all without momentum."""
        return (np.zeros(size, dtype),) if self.momentum else ()

    def step(self, w: Array, d_w: Array, memory: Memory, number: int) -> tuple[Array, Memory]:
        """Go downhill."""
        change = -self.learning_rate * d_w
        if not self.momentum:
            return w + change, ()
        velocity = self.momentum * memory[0] + change
        if self.nesterov:
            return w + self.momentum * velocity + change, (velocity,)
        return w + velocity, (velocity,)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of about `learning_rate` for each weight, whatever the size of its gradient.

    Parameters
    ----------
    learning_rate : float, at least 0
    beta_1, beta_2 : float in [0, 1)
        How slowly the running means of the gradient and of its square forget.
    epsilon : float, at least 0
        Keeps the division safe. Keras puts it beside the root before the means are corrected for
        their start at zero, unlike the paper's main text.

    Notes
    -----
    The factor that corrects the means is computed in the dtype of the weights, as Keras does: in
    float32 it is off by a few millionths, and a training that should follow Keras step for step
    must be off by as much.

    Raises
    ------
    ValueError, TypeError
        If a number is out of range, or none.

    References
    ----------
    D. Kingma, J. Ba: Adam: a method for stochastic optimization. ICLR 2015; the order of
    operations is that of the last lines of its section 2.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        everything = {"learning_rate": (0, np.inf), "epsilon": (0, np.inf)}
        self._check(**everything, beta_1=(0, 1), beta_2=(0, 1))

    def start(self, size: int, dtype: npt.DTypeLike = np.float64) -> Memory:
        """Return the running means of gradient and square: zeros."""
        return np.zeros(size, dtype), np.zeros(size, dtype)

    def step(self, w: Array, d_w: Array, memory: Memory, number: int) -> tuple[Array, Memory]:
        """Go downhill, each weight at about the same pace."""
        mean, square = memory
        mean = mean + (1 - self.beta_1) * (d_w - mean)
        square = square + (1 - self.beta_2) * (d_w * d_w - square)
        number, beta_1, beta_2 = np.array([number, self.beta_1, self.beta_2], w.dtype)
        rate = self.learning_rate * np.sqrt(1 - beta_2**number) / (1 - beta_1**number)
        return w - rate * mean / (np.sqrt(square) + self.epsilon), (mean, square)


def named(optimizer: str | Optimizer, *, name: str) -> Optimizer:
    """Return the optimizer of that name with its usual numbers, or the one that came."""
    known: dict[str, Optimizer] = {"adam": Adam(), "sgd": SGD()}
    if isinstance(optimizer, str) and optimizer in known:
        return known[optimizer]
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise ValueError(
        f'{name}: optimizer must be "adam", "sgd", optimizers.Adam(...) or optimizers.SGD(...), '
        f"got {optimizer!r}"
    )
