"""Solutions of the exercises of chapter 5."""

import numpy as np


def my_channels_last(x):
    """Return images of the shape (N, C, H, W) as (N, H, W, C)."""
    return x.transpose(0, 2, 3, 1)


def my_shapes(input_shape):
    """Return the shapes after the convolutions, poolings and flatten."""
    rows, columns, _ = input_shape
    shapes = []
    for filters in (25, 50):
        rows, columns = rows - 2, columns - 2
        shapes.append((rows, columns, filters))
        rows, columns = rows // 2, columns // 2
        shapes.append((rows, columns, filters))
    shapes.append((rows * columns * 50,))
    return shapes


def my_index(row, column, channel, shape):
    """Return where a number of an image (H, W, C) is in the flat vector."""
    _, width, channels = shape
    return (row * width + column) * channels + channel


def my_accuracy(probabilities, labels):
    """Return the share of the images that are read right."""
    read = probabilities.argmax(axis=1)
    return np.mean(read == labels)


def my_cross_entropy(probabilities, labels):
    """Return the mean of -log p, p the right class's probability."""
    p = probabilities[np.arange(len(labels)), labels]
    return -np.mean(np.log(p))
