"""How to climb, once the gradient is known.

The formulas use nothing but + - * / and powers, so the same lines serve NumPy and TensorFlow.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GradientAscent:
    """The lecture's: a step is `step_size` times the gradient."""

    slots = 0

    def step(self, d: Any, slots: list[Any], t: Any, mean: Any) -> tuple[Any, list[Any]]:
        """Return the step in units of `step_size`, and what is remembered for the next one.

        `d` is the gradient, `t` counts the steps from 1, `mean` averages over an image.
        """
        return d, slots


@dataclass(frozen=True)
class Normalized(GradientAscent):
    """The gradient divided by its size (root mean square), for each image by itself."""

    def step(self, d: Any, slots: list[Any], t: Any, mean: Any) -> tuple[Any, list[Any]]:
        """Return a step that is one on average, wherever the gradient is not zero."""
        return d / (mean(d * d) ** 0.5 + 1e-12), slots


@dataclass(frozen=True)
class Adam(GradientAscent):
    """Averages of the gradient and of its square decide about each pixel (Kingma and Ba 2015)."""

    slots = 2
    beta_1 = 0.9
    beta_2 = 0.999
    epsilon = 1e-8

    def step(self, d: Any, slots: list[Any], t: Any, mean: Any) -> tuple[Any, list[Any]]:
        """Return Adam's step."""
        m = self.beta_1 * slots[0] + (1 - self.beta_1) * d
        v = self.beta_2 * slots[1] + (1 - self.beta_2) * (d * d)
        m_hat, v_hat = m / (1 - self.beta_1**t), v / (1 - self.beta_2**t)
        return m_hat / (v_hat**0.5 + self.epsilon), [m, v]


OPTIMIZERS = {"ascent": GradientAscent(), "normalized": Normalized(), "adam": Adam()}


def named(optimizer: str) -> GradientAscent:
    """Return the optimizer of a name, or raise."""
    if optimizer not in OPTIMIZERS:
        known = ", ".join(repr(name) for name in OPTIMIZERS)
        raise ValueError(f"maximize: optimizer must be one of {known}, got {optimizer!r}")
    return OPTIMIZERS[optimizer]
