"""How steps are made of gradients: against Keras' Adam, and by size.

Tried: Adam without its correction, a normalization over the whole batch.
"""

import numpy as np
import pytest

from lecturekit._tensorflow import keras
from lecturekit.feature_visualization.optimizers import named


def mean(x):
    return x.mean(axis=(1, 2, 3), keepdims=True)


def test_adam_takes_the_steps_of_keras(rng):
    ours, theirs = named("adam"), keras.optimizers.Adam(0.1, epsilon=1e-8)
    variable = keras.Variable(np.zeros((2, 3, 3, 1), "f4"))
    theirs.build([variable])
    x, slots = np.zeros((2, 3, 3, 1), "f4"), [np.zeros((2, 3, 3, 1), "f4")] * ours.slots
    for t in range(1, 8):
        d = rng.normal(size=x.shape).astype("f4") * 10.0**t
        step, slots = ours.step(d, slots, t, mean)
        x = x + 0.1 * step
        theirs.apply([-d], [variable])
        np.testing.assert_allclose(x, variable.numpy(), rtol=1e-4, atol=1e-6)


def test_a_normalized_step_has_size_1_for_each_image_by_itself(rng):
    d = rng.normal(size=(3, 5, 4, 2)) * np.array([1e-6, 1, 1e6])[:, None, None, None]
    step, _ = named("normalized").step(d, [], 1, mean)
    np.testing.assert_allclose(mean(step**2), 1, rtol=1e-4)
    np.testing.assert_allclose(step / d, np.abs(step / d)[:, :1, :1, :1] + 0 * d, rtol=1e-6)
    still, _ = named("normalized").step(np.zeros((1, 2, 2, 1)), [], 1, mean)
    assert (still == 0).all()


def test_the_lectures_step_is_the_gradient(rng):
    d = rng.normal(size=(1, 2, 2, 1))
    assert named("ascent").step(d, [], 1, mean) == (pytest.approx(d), [])
