"""Solutions of the exercises of chapter 6."""

import numpy as np


def my_degree(maps, k):
    """Return a^k of each image, from maps of shape (N, H, W, F)."""
    return maps[:, :, :, k].sum(axis=(1, 2))


def my_ascent_step(x, gradient, step_size):
    """Return the image after one step uphill, with pixels from 0 to 1."""
    return np.clip(x + step_size * gradient, 0, 1)


def my_climb(gradient_of, x, steps, step_size):
    """Return the image after some steps uphill."""
    for _ in range(steps):
        x = np.clip(x + step_size * gradient_of(x), 0, 1)
    return x


def my_penalized_gradient(gradient, x, weight):
    """Return the gradient of a^k - weight * (the sum of |x|)."""
    return gradient - weight * np.sign(x)


def my_total_variation(image):
    """Return the sum of |difference| over all pairs of neighbors."""
    down = image[1:] - image[:-1]
    right = image[:, 1:] - image[:, :-1]
    return np.abs(down).sum() + np.abs(right).sum()
