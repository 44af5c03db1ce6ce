"""Solutions of the exercises of chapter 1."""

import numpy as np


def my_best_place(image, pattern):
    """Return the row and the column at which a pattern answers most."""
    height, width = pattern.shape
    best, place = -np.inf, None
    for i in range(image.shape[0] - height + 1):
        for j in range(image.shape[1] - width + 1):
            patch = image[i : i + height, j : j + width]
            answer = np.sum(patch * pattern)
            if answer > best:
                best, place = answer, (i, j)
    return place


def my_subsample(image, step):
    """Keep every `step`-th row and every `step`-th column of an image."""
    return image[::step, ::step]
