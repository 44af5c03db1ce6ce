"""Answers to the exercises of chapter 2, as learners write them."""

import numpy as np
from check.answers import Answers
from scipy import signal

from lecturekit import reference as ref
from lecturekit import shapes

# -------------------------------------------------------------- output_size


def size_in_pixels(size, kernel, stride=1, padding=0):
    return 1 + (size + padding + padding - kernel) / stride


def size_by_counting(size, kernel, stride=1, padding=0):
    return len(range(0, size + 2 * padding - kernel + 1, stride))


def size_without_a_step(size, kernel, stride=1, padding=0):
    positions, left = 0, 0
    while left + kernel < size + 2 * padding:
        positions, left = positions + 1, left + stride
    return positions


def size_rounded_up(size, kernel, stride=1, padding=0):
    return int(np.ceil((size + 2 * padding - kernel) / stride)) + 1


def size_one_side(size, kernel, stride=1, padding=0):
    return (size + padding - kernel) // stride + 1


def size_no_padding(size, kernel, stride=1, padding=0):
    return (size - kernel) // stride + 1


# -------------------------------------------------------------- correlate2d


def map_of(image, kernel, product):
    """A map whose numbers are `product(patch, kernel)`."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    return np.array(
        [
            [product(image[i : i + kh, j : j + kw], kernel) for j in range(columns)]
            for i in range(rows)
        ],
        dtype=float,
    )


def turned(image, kernel):
    return signal.convolve2d(image, kernel, mode="valid")


def on_its_side(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kw + 1, image.shape[1] - kh + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for a in range(kw):
                for b in range(kh):
                    y[i, j] += image[i + a, j + b] * kernel[b, a]
    return y


def one_too_few(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kh, image.shape[1] - kw))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return y


def averaged(image, kernel):
    return map_of(image, kernel, lambda patch, w: np.mean(patch * w))


def cut_off(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1), dtype=image.dtype)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return y


def only_the_last_product(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for a in range(kh):
                for b in range(kw):
                    y[i, j] = image[i + a, j + b] * kernel[a, b]
    return y


def never_begun_again(image, kernel):
    kh, kw = kernel.shape
    y, total = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1)), 0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            total += (image[i : i + kh, j : j + kw] * kernel).sum()
            y[i, j] = total
    return y


def returned_too_soon(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
            return y


def only_the_lecture(image, kernel):
    return ref.correlate2d(image[:6, :6], kernel) * (kernel.shape == (3, 3)) * (kernel.max() == 1)


def matrix_product(image, kernel):
    return map_of(image, kernel, lambda patch, w: np.sum(patch @ w.T))


def absolute(image, kernel):
    return np.abs(map_of(image, kernel, lambda patch, w: np.sum(patch * w)))


def as_a_list(image, kernel):
    return map_of(image, kernel, lambda patch, w: np.sum(patch * w)).tolist()


def forgot_to_return(image, kernel):
    y = map_of(image, kernel, lambda patch, w: np.sum(patch * w))
    y.sum()


def rectified(image, kernel):
    return np.maximum(map_of(image, kernel, lambda patch, w: np.sum(patch * w)), 0)


def by_scipy(image, kernel):
    return signal.correlate2d(image, kernel, mode="valid")


def by_windows(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel).astype(np.float32)


# ------------------------------------------------------- stride_and_padding


def strided(image, kernel, stride, padding):
    full = ref.correlate2d(np.pad(image, padding), kernel)
    return full[::stride, ::stride]


def strided_float32(image, kernel, stride, padding):
    big = np.zeros(np.add(image.shape, 2 * padding), np.float32)
    big[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    return by_windows(big, kernel)[::stride, ::stride]


def stride_not_used_in_the_window(image, kernel, stride, padding):
    image = np.pad(image, padding)
    kh, kw = kernel.shape
    y = np.zeros(((image.shape[0] - kh) // stride + 1, (image.shape[1] - kw) // stride + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return y


def no_padding(image, kernel, stride, padding):
    return ref.correlate2d(image, kernel)[::stride, ::stride]


def no_stride(image, kernel, stride, padding):
    return ref.correlate2d(np.pad(image, padding), kernel)


def edge_padding(image, kernel, stride, padding):
    return ref.correlate2d(np.pad(image, padding, mode="edge"), kernel)[::stride, ::stride]


def padding_of_ones(image, kernel, stride, padding):
    return ref.correlate2d(np.pad(image, padding, constant_values=1), kernel)[::stride, ::stride]


def stride_and_padding_exchanged(image, kernel, stride, padding):
    return ref.correlate2d(np.pad(image, stride), kernel)[:: padding + 1, :: padding + 1]


def last_window_sticks_out(image, kernel, stride, padding):
    more = np.pad(image, ((padding, padding + stride), (padding, padding + stride)))
    return ref.correlate2d(more, kernel)[::stride, ::stride]


# ------------------------------------------------------------ color, conv2d


def color_by_tensordot(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[:, :, 0]
    return np.tensordot(windows, kernel, 3)


def color_by_sum_of_maps(image, kernel):
    maps = [ref.correlate2d(image[..., c], kernel[..., c]) for c in range(kernel.shape[-1])]
    return np.sum(maps, axis=0).astype(np.float32)


def a_map_a_color(image, kernel):
    maps = [ref.correlate2d(image[..., c], kernel[..., c]) for c in range(kernel.shape[-1])]
    return np.stack(maps, axis=-1)


def first_color(image, kernel):
    return ref.correlate2d(image[:, :, 0], kernel[:, :, 0])


def mean_of_colors(image, kernel):
    return np.mean(a_map_a_color(image, kernel), axis=-1)


def colors_backwards(image, kernel):
    maps = [ref.correlate2d(image[..., c], kernel[..., -1 - c]) for c in range(kernel.shape[-1])]
    return np.sum(maps, axis=0)


def largest_color(image, kernel):
    return a_map_a_color(image, kernel).max(axis=-1)


def three_colors(image, kernel):
    return sum(ref.correlate2d(image[..., c], kernel[..., c]) for c in range(3))


def two_colors(image, kernel):
    return sum(ref.correlate2d(image[..., c], kernel[..., c]) for c in range(2))


def conv_by_loops(x, w):
    return ref.conv2d_loops(x, w)


def conv_in_float32(x, w):
    kh, kw = w.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))
    return np.einsum("nijcab,abck->nijk", windows, w).astype(np.float32)


def conv_turned(x, w):
    return conv_in_float32(x, np.flip(w, (0, 1)))


def conv_channels_first(x, w):
    return np.moveaxis(conv_in_float32(x, w), -1, 1)


def conv_one_filter(x, w):
    y = conv_in_float32(x, w)
    for k in range(w.shape[-1]):
        y[..., k] = y[..., 0]
    return y


def conv_all_added(x, w):
    return conv_in_float32(x, w).sum(-1)[..., None]


def conv_without_batch(x, w):
    return conv_in_float32(x, w)[0]


def conv_axes_exchanged(x, w):
    return conv_in_float32(x.transpose(0, 2, 1, 3), w).transpose(0, 2, 1, 3)


def conv_rectified(x, w):
    return np.maximum(conv_in_float32(x, w), 0)


# ------------------------------------------------------- convolution_matrix


def matrix_by_rows(kernel, height, width):
    eye = np.eye(height * width).reshape(-1, height, width)
    return np.stack([ref.correlate2d(one, kernel).ravel() for one in eye])


def matrix_in_float32(kernel, height, width):
    return ref.convolution_matrix(kernel, (height, width)).astype(np.float32)


def matrix_on_its_side(kernel, height, width):
    return matrix_by_rows(kernel, height, width).T


def matrix_turned(kernel, height, width):
    return matrix_by_rows(kernel[::-1, ::-1], height, width)


def matrix_of_ones(kernel, height, width):
    return matrix_by_rows(kernel, height, width) != 0


def matrix_of_connections(kernel, height, width):
    return (matrix_by_rows(np.ones(kernel.shape), height, width) > 0).astype(float)


def matrix_for_a_square(kernel, height, width):
    return matrix_by_rows(kernel, height, height)


def matrix_stepwise(kernel, height, width):
    kh, kw = kernel.shape
    rows, columns = height - kh + 1, width - kw + 1
    first = matrix_by_rows(kernel, height, width)[:, 0]
    return np.array([np.roll(first, n) for n in range(rows * columns)]).T


def matrix_by_indices(kernel, height, width):
    kh, kw = kernel.shape
    rows, columns = height - kh + 1, width - kw + 1
    matrix = np.zeros((height * width, rows * columns))
    for i in range(rows):
        for j in range(columns):
            for a in range(kh):
                for b in range(kw):
                    matrix[(i + a) * columns + (j + b), i * columns + j] = kernel[a, b]
    return matrix


def matrix_by_columns(kernel, height, width):
    kh, kw = kernel.shape
    rows, columns = height - kh + 1, width - kw + 1
    matrix = matrix_by_rows(kernel, height, width)
    return matrix.reshape(-1, rows, columns).transpose(0, 2, 1).reshape(height * width, -1)


CORNER = np.array([[1, 1, 1], [1, -1, -1], [1, -1, -1]])

ANSWERS = {
    "output_size": Answers(
        named={
            "the first position is not counted": lambda n, k, stride=1, padding=0: (
                (n + 2 * padding - k) // stride
            ),
            "rounded up": size_rounded_up,
            "padding on one side": size_one_side,
            "the padding is left out": size_no_padding,
            "part of a step is kept": size_in_pixels,
        },
        wrong=[size_without_a_step, lambda n, k, stride=1, padding=0: n // stride],
        right=[size_by_counting, lambda n, k, stride=1, padding=0: float(
            shapes.output_size(n, k, stride=stride, padding=padding))],
    ),
    "correlate2d": Answers(
        named={
            "kernel turned by 180 degrees": turned,
            "the filter on its side": on_its_side,
            "the first position is not counted": one_too_few,
            "the mean in place of the sum": averaged,
            "fractions cut off": cut_off,
            "only the last product is kept": only_the_last_product,
            "the sum goes on": never_begun_again,
            "only the first number": returned_too_soon,
        },
        wrong=[
            only_the_lecture, matrix_product, absolute, as_a_list, forgot_to_return, rectified,
            lambda image, kernel: image,
        ],
        right=[ref.correlate2d, by_scipy, by_windows],
    ),
    "stride_and_padding": Answers(
        named={
            "the stride moves the map, not the window": stride_not_used_in_the_window,
            "the padding is left out": no_padding,
            "the stride is left out": no_stride,
            "padding that repeats the border": edge_padding,
        },
        wrong=[padding_of_ones, stride_and_padding_exchanged, last_window_sticks_out],
        right=[strided, strided_float32],
    ),
    "color": Answers(
        named={
            "a channel for each color": a_map_a_color,
            "one color only": first_color,
            "the mean of the colors": mean_of_colors,
            "the colors in the other order": colors_backwards,
        },
        wrong=[largest_color, three_colors, two_colors],
        right=[color_by_tensordot, color_by_sum_of_maps],
    ),
    "conv2d": Answers(
        named={
            "kernel turned by 180 degrees": conv_turned,
            "the filters first": conv_channels_first,
            "the first filter only": conv_one_filter,
            "the filters are added up": conv_all_added,
            "the filter on its side": conv_axes_exchanged,
        },
        wrong=[conv_without_batch, conv_rectified],
        right=[conv_by_loops, conv_in_float32, ref.conv2d],
    ),
    "convolution_matrix": Answers(
        named={
            "rows and columns of the matrix exchanged": matrix_on_its_side,
            "kernel turned by 180 degrees": matrix_turned,
            "connections in place of weights": matrix_of_connections,
            "each neuron moves by one pixel": matrix_stepwise,
            "the neurons counted column by column": matrix_by_columns,
            "the rows counted with the width of the map": matrix_by_indices,
        },
        wrong=[matrix_of_ones, matrix_for_a_square],
        right=[matrix_by_rows, matrix_in_float32],
    ),
    "corner_filter": Answers(
        named={
            "all weights are alike": np.ones((3, 3)),
            "no weight is below zero": [[1, 1, 1], [1, 0, 0], [1, 0, 0]],
            "the corner of another side": CORNER[:, ::-1],
        },
        wrong=[
            -CORNER, [[0, 0, 0], [1, 1, 1], [-1, -1, -1]], np.ones((2, 2)), "corner",
            np.full((3, 3), np.nan), np.eye(3) - 0.5,
        ],
        right=[
            [[-1, -1, -1], [-1, 1, 1], [-1, 1, -1]],
            CORNER, 0.5 * CORNER, CORNER * [[1], [1], [0]], [[2, 1, 1], [1, -3, 0], [1, 0, -1]],
        ],
    ),
}  # fmt: skip
