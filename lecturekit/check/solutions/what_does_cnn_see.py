"""Solutions of the exercises of chapter 7."""

import numpy as np


def my_saliency(gradient):
    """Return the saliency map (H, W), from a gradient (H, W, C)."""
    return np.abs(gradient).max(axis=-1)


def my_occlusion(predict, image, size, value):
    """Return what `predict` answers for each place of the box."""
    rows = image.shape[0] - size + 1
    columns = image.shape[1] - size + 1
    answers = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            covered = image.copy()
            covered[i : i + size, j : j + size] = value
            answers[i, j] = predict(covered)
    return answers


def my_gram(maps):
    """Return the Gram matrix (F, F), from maps (H, W, F)."""
    table = maps.reshape(-1, maps.shape[-1])
    return table.T @ table / len(table)


def my_dream(numbers, rate):
    """Return the numbers after one step up half their sum of squares."""
    return numbers + rate * numbers
