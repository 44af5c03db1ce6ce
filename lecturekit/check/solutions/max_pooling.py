"""Solutions of the exercises of chapter 3."""

import numpy as np


def my_max_pool2d(x, size=2):
    """Return the largest number of each block of (N, H, W, C)."""
    rows, columns = x.shape[1] // size, x.shape[2] // size
    y = np.zeros((len(x), rows, columns, x.shape[3]))
    for i in range(rows):
        for j in range(columns):
            top, left = i * size, j * size
            block = x[:, top : top + size, left : left + size, :]
            y[:, i, j, :] = block.max(axis=(1, 2))
    return y


def my_mean_pool2d(x, size=2):
    """Return the mean of each block, channel by channel: (N, H, W, C)."""
    rows, columns = x.shape[1] // size, x.shape[2] // size
    y = np.zeros((len(x), rows, columns, x.shape[3]))
    for i in range(rows):
        for j in range(columns):
            top, left = i * size, j * size
            block = x[:, top : top + size, left : left + size, :]
            y[:, i, j, :] = block.mean(axis=(1, 2))
    return y


def my_overlapping_pool(image, size, stride):
    """Return the largest number of each window, moved by `stride`."""
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    pooled = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            pooled[i, j] = image[top : top + size, left : left + size].max()
    return pooled


def my_lost_rows(height, size, stride):
    """Return how many rows no window reads."""
    read = np.zeros(height, dtype=bool)
    for top in range(0, height - size + 1, stride):
        read[top : top + size] = True
    return height - np.count_nonzero(read)
