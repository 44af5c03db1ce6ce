"""Solutions of the exercises of chapter 2."""

import numpy as np


def my_output_size(size, kernel, stride=1, padding=0):
    """Return how many positions a window has along one side of an image."""
    return (size + 2 * padding - kernel) // stride + 1


def my_correlate2d(image, kernel):
    """Return the feature map of one filter on one image."""
    height, width = kernel.shape
    rows = image.shape[0] - height + 1
    columns = image.shape[1] - width + 1
    feature_map = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = image[i : i + height, j : j + width]
            feature_map[i, j] = np.sum(patch * kernel)
    return feature_map


def my_strided_correlate2d(image, kernel, stride, padding):
    """Return the map of a filter that moves by `stride`, with padding."""
    image = np.pad(image, padding)
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    feature_map = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            patch = image[top : top + height, left : left + width]
            feature_map[i, j] = np.sum(patch * kernel)
    return feature_map


def my_color_map(image, kernel):
    """Return the feature map of one cube of weights on one color image."""
    height, width, _ = kernel.shape
    rows = image.shape[0] - height + 1
    columns = image.shape[1] - width + 1
    feature_map = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = image[i : i + height, j : j + width, :]
            feature_map[i, j] = np.sum(patch * kernel)
    return feature_map


def my_conv2d(x, w):
    """Return the new images, from (N, H, W, C) and (kh, kw, C, F)."""
    height, width, _, filters = w.shape
    rows = x.shape[1] - height + 1
    columns = x.shape[2] - width + 1
    y = np.zeros((len(x), rows, columns, filters))
    for i in range(rows):
        for j in range(columns):
            patches = x[:, i : i + height, j : j + width, :]
            y[:, i, j, :] = np.tensordot(patches, w, axes=3)
    return y


def my_convolution_matrix(kernel, height, width):
    """Return M so that flat image @ M is the flat feature map."""
    kh, kw = kernel.shape
    rows, columns = height - kh + 1, width - kw + 1
    matrix = np.zeros((height * width, rows * columns))
    for i in range(rows):
        for j in range(columns):
            neuron = np.zeros((height, width))
            neuron[i : i + kh, j : j + kw] = kernel
            matrix[:, i * columns + j] = neuron.ravel()
    return matrix
