"""Solutions of the exercises of chapter 4."""

import numpy as np

from lecturekit import reference as ref


def my_conv_parameters(kernel, channels, filters):
    """Return how many parameters a convolution has, with its biases."""
    weights = kernel * kernel * channels
    return (weights + 1) * filters


def my_cnn_forward(x, w):
    """Return ten probabilities an image; `w`: the weights by name."""
    a1 = ref.relu(ref.conv2d(x, w["conv2d_1/kernel"], w["conv2d_1/bias"]))
    p1 = ref.max_pool2d(a1)
    a2 = ref.relu(ref.conv2d(p1, w["conv2d_2/kernel"], w["conv2d_2/bias"]))
    p2 = ref.max_pool2d(a2)
    flat = ref.flatten(p2)
    neurons = ref.relu(ref.dense(flat, w["dense/kernel"], w["dense/bias"]))
    scores = ref.dense(neurons, w["output/kernel"], w["output/bias"])
    return ref.softmax(scores)


def my_relu_backward(d_y, x):
    """Return the gradient of the numbers that ReLU was given."""
    return d_y * (x > 0)


def my_max_pool2d_backward(d_y, x, size=2):
    """Return d_x: the first of a block's largest gets its gradient."""
    d_x = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(d_y.shape):
        top, left = i * size, j * size
        block = x[n, top : top + size, left : left + size, c]
        row, column = np.unravel_index(block.argmax(), block.shape)
        d_x[n, top + row, left + column, c] = d_y[n, i, j, c]
    return d_x


def my_conv2d_backward(d_y, x, w):
    """Return d_x, d_w and d_b of a convolution: stride 1, no padding."""
    height, width, _, _ = w.shape
    d_x, d_w = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(d_y.shape[1]):
        for j in range(d_y.shape[2]):
            d = d_y[:, i, j, :]
            patches = x[:, i : i + height, j : j + width, :]
            d_w += np.tensordot(patches, d, axes=(0, 0))
            d_x[:, i : i + height, j : j + width, :] += np.tensordot(d, w, axes=(1, 3))
    d_b = d_y.sum(axis=(0, 1, 2))
    return d_x, d_w, d_b


def my_tied_gradient(d_matrix, image_shape, kernel_shape):
    """Return the filter's gradient from those of all connections."""
    height, width = kernel_shape
    rows, columns = image_shape[0] - height + 1, image_shape[1] - width + 1
    d_filter = np.zeros(kernel_shape)
    for i in range(rows):
        for j in range(columns):
            d_pixels = d_matrix[:, i * columns + j].reshape(image_shape)
            d_filter += d_pixels[i : i + height, j : j + width]
    return d_filter
