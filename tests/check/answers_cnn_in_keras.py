"""Answers to the exercises of chapter 5, as learners write them."""

import numpy as np
from check.answers import Answers

from lecturekit import reference as ref
from lecturekit.shapes import output_size

# ------------------------------------------------------------- keras_shapes


def shapes_by_arithmetic(input_shape):
    rows, columns = input_shape[:2]
    first = [output_size(n, 3) for n in (rows, columns)]
    pooled = [output_size(n, 2, stride=2) for n in first]
    second = [output_size(n, 3) for n in pooled]
    last = [output_size(n, 2, stride=2) for n in second]
    return (*first, 25), (*pooled, 25), (*second, 50), (*last, 50), (last[0] * last[1] * 50,)


def shapes_of_arrays(input_shape):
    """Send one image of zeros through layers of zeros."""
    x, shapes = np.zeros((1, *input_shape)), []
    for filters in (25, 50):
        x = ref.conv2d(x, np.zeros((3, 3, x.shape[-1], filters)))
        shapes.append(x.shape[1:])
        x = ref.max_pool2d(x)
        shapes.append(x.shape[1:])
    return [*shapes, ref.flatten(x).shape[1:]]


def shapes_with(input_shape, convolve=lambda n: n - 2, pool=lambda n: n // 2, first=25, second=50):
    rows, columns, _ = input_shape
    a, b = convolve(rows), convolve(columns)
    c, d = pool(a), pool(b)
    e, f = convolve(c), convolve(d)
    g, h = pool(e), pool(f)
    return [(a, b, first), (c, d, first), (e, f, second), (g, h, second), (g * h * second,)]


def shapes_multiplied(input_shape):
    channels = input_shape[2] * 25
    return shapes_with(input_shape, first=channels, second=channels * 50)


def shapes_with_padding(input_shape):
    return shapes_with(input_shape, convolve=lambda n: n)


def shapes_rounded_up(input_shape):
    return shapes_with(input_shape, pool=lambda n: int(np.ceil(n / 2)))


def shapes_rounded(input_shape):
    return shapes_with(input_shape, pool=lambda n: int(n / 2 + 0.5) if n > 20 else n // 2)


def shapes_channels_first(input_shape):
    *images, flat = shapes_with(input_shape)
    return [np.roll(shape, 1) for shape in images] + [flat]


def shapes_minus_three(input_shape):
    return shapes_with(input_shape, convolve=lambda n: n - 3)


def shapes_keras_1(input_shape):
    return shapes_with(input_shape, convolve=lambda n: (n - 3) // 3 + 1)


def shapes_with_batch(input_shape):
    return [(None, *shape) for shape in shapes_with(input_shape)]


def shapes_of_a_square(input_shape):
    return shapes_with((input_shape[0], input_shape[0], 1))


def shapes_of_the_slide(input_shape):
    return shapes_with((28, 28, 1))


def shapes_flat_as_a_number(input_shape):
    *images, flat = shapes_with(input_shape)
    return [*images, flat[0]]


def shapes_without_flatten(input_shape):
    return shapes_with(input_shape)[:4]


# ------------------------------------------------------- channels_first_bug


def last_by_loops(x):
    n, c, h, w = x.shape
    y = np.empty((n, h, w, c), np.float32)
    for k in range(c):
        y[:, :, :, k] = x[:, k]
    return y


def last_by_moveaxis(x):
    return np.moveaxis(x, 1, -1)


def last_by_stack(x):
    return np.stack(list(x.swapaxes(0, 1)), axis=-1)


def last_by_reshape(x):
    n, c, h, w = x.shape
    return x.flatten().reshape((n, h, w, c))


def last_by_swapaxes(x):
    return np.swapaxes(x, 1, 3)


def last_by_rolling(x):
    return np.rollaxis(x, 3, 1)


def last_turned(x):
    return np.stack([x[:, c] for c in reversed(range(x.shape[1]))], axis=-1)


def last_all_axes(x):
    return np.transpose(x)


def last_by_adding_an_axis(x):
    return x[..., None]


def last_of_one_image(x):
    return x[0].transpose(1, 2, 0)


def last_gray(x):
    return x.mean(axis=1)[..., None]


def last_upside_down(x):
    return x.transpose(0, 2, 3, 1)[:, ::-1]


def last_by_two_reshapes(x):
    n, c, h, w = x.shape
    return x.reshape(n, c * h, w).transpose(0, 2, 1).reshape(n, h, w, c)


# ------------------------------------------------------------ flatten_order


def index_by_numpy(row, column, channel, shape):
    return np.ravel_multi_index((row, column, channel), shape)


def index_by_looking(row, column, channel, shape):
    """Put a 1 there, flatten, and look where it is."""
    x = np.zeros((1, *shape))
    x[0, row, column, channel] = 1
    return ref.flatten(x).argmax()


def index_by_counting(row, column, channel, shape):
    return float(list(np.ndindex(*shape)).index((row, column, channel)))


def index_channels_first(row, column, channel, shape):
    height, width, channels = shape
    return np.ravel_multi_index((channel, row, column), (channels, height, width))


def index_by_columns(row, column, channel, shape):
    height, _, channels = shape
    return column * height * channels + row * channels + channel


def index_of_matlab(row, column, channel, shape):
    return np.ravel_multi_index((row, column, channel), shape, order="F") + 1


def index_in_fortran(row, column, channel, shape):
    return np.ravel_multi_index((row, column, channel), shape, order="F")


def index_from_one(row, column, channel, shape):
    return index_by_numpy(row, column, channel, shape) + 1


def index_with_the_height(row, column, channel, shape):
    height, _, channels = shape
    return row * height * channels + column * channels + channel


def index_of_the_slide(row, column, channel, shape):
    return row * 250 + column * 50 + channel


def index_product(row, column, channel, shape):
    return (row + 1) * (column + 1) * (channel + 1) - 1


# ------------------------------------------------------------------ accuracy


def accuracy_by_loops(probabilities, labels):
    right = 0
    for row, label in zip(probabilities, labels, strict=True):
        right += int(list(row).index(max(row)) == label)
    return right / len(labels)


def accuracy_by_counting(probabilities, labels):
    return np.count_nonzero(np.argmax(probabilities, -1) == labels) / np.float32(labels.size)


def accuracy_by_ranks(probabilities, labels):
    return (np.argsort(probabilities, axis=1)[:, -1] == labels).mean()


def accuracy_above_half(probabilities, labels):
    right = 0
    for row, label in zip(probabilities, labels, strict=True):
        if row[label] > 0.5:
            right += 1
    return right / len(labels)


def accuracy_without_argmax(probabilities, labels):
    return (np.max(probabilities, axis=1) == labels).mean()


def accuracy_in_percent(probabilities, labels):
    return 100 * accuracy_by_loops(probabilities, labels)


def accuracy_count(probabilities, labels):
    return sum(probabilities.argmax(axis=1) == labels)


def accuracy_of_outputs(probabilities, labels):
    targets = np.zeros(probabilities.shape)
    targets[range(len(labels)), labels] = 1
    return np.mean((probabilities > 0.5) == targets)


def accuracy_errors(probabilities, labels):
    return 1 - accuracy_by_loops(probabilities, labels)


def accuracy_down(probabilities, labels):
    return np.mean(probabilities.argmax(axis=0)[: len(labels)] == labels[: probabilities.shape[1]])


def accuracy_of_all(probabilities, labels):
    return np.mean(probabilities.argmax() == labels)


def accuracy_list(probabilities, labels):
    return probabilities.argmax(axis=1) == labels


def accuracy_first_two(probabilities, labels):
    """Right also if the right digit comes second."""
    best = np.argsort(probabilities, axis=1)[:, -2:]
    return np.mean([label in two for label, two in zip(labels, best, strict=True)])


# ------------------------------------------------------------- cross_entropy


def loss_by_loops(probabilities, labels):
    total = 0.0
    for row, label in zip(probabilities, labels, strict=True):
        total -= np.log(row[label])
    return total / len(labels)


def loss_by_targets(probabilities, labels):
    targets = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    return np.float32(-(targets * np.log(probabilities)).sum(axis=1).mean())


def loss_of_the_book(probabilities, labels):
    return ref.softmax_cross_entropy(np.log(probabilities), labels)[0]


def loss_sum(probabilities, labels):
    return len(labels) * loss_by_loops(probabilities, labels)


def loss_without_minus(probabilities, labels):
    return -loss_by_loops(probabilities, labels)


def loss_by_targets_over_all(probabilities, labels):
    targets = np.eye(probabilities.shape[1])[labels]
    return np.mean(-targets * np.log(probabilities))


def loss_of_every_digit(probabilities, labels):
    return np.mean(-np.log(probabilities))


def loss_in_bits(probabilities, labels):
    return loss_by_loops(probabilities, labels) / np.log(2)


def loss_of_the_mean(probabilities, labels):
    return -np.log(np.mean([row[label] for row, label in zip(probabilities, labels, strict=True)]))


def loss_of_the_largest(probabilities, labels):
    return loss_by_loops(probabilities, probabilities.argmax(axis=1))


def loss_missing(probabilities, labels):
    return 1 - np.mean([row[label] for row, label in zip(probabilities, labels, strict=True)])


def loss_each(probabilities, labels):
    return -np.log(np.take_along_axis(probabilities, labels[:, None], axis=1))[:, 0]


def loss_squared(probabilities, labels):
    targets = np.eye(probabilities.shape[1])[labels]
    return np.mean(np.sum((probabilities - targets) ** 2, axis=1)) / 2


def loss_of_both_sides(probabilities, labels):
    """The loss of ten yes-or-no questions."""
    targets = np.eye(probabilities.shape[1])[labels]
    terms = targets * np.log(probabilities) + (1 - targets) * np.log(1 - probabilities)
    return -terms.sum(axis=1).mean()


def loss_of_probabilities_as_scores(probabilities, labels):
    """Softmax once more, on what are probabilities already."""
    return ref.softmax_cross_entropy(probabilities, labels)[0]


def loss_of_many_indices(probabilities, labels):
    return -np.mean(np.log(probabilities[:, labels]))


TODAY = {"filters": 25, "kernel_size": (3, 3), "input_shape": (28, 28, 1)}

ANSWERS = {
    "old_keras_call": Answers(
        named={
            "the third number as a stride": TODAY | {"kernel_size": 3, "strides": 3},
            "the numbers in another order": {
                "filters": 3, "kernel_size": (3, 25), "input_shape": (28, 28, 1),
            },
            "25 as a size": TODAY | {"kernel_size": 25},
            "the channels in kernel_size": TODAY | {"kernel_size": [3, 3, 1]},
            "the channels first": TODAY | {"input_shape": (1, 28, 28)},
            "no axis for the channels": TODAY | {"input_shape": (28, 28)},
            "the batch is counted": TODAY | {"input_shape": (None, 28, 28, 1)},
            "the image as a vector": TODAY | {"input_shape": (784,)},
            "three channels for a gray image": TODAY | {"input_shape": [28, 28, 3]},
            "words of Keras 1": {"nb_filter": 25, "nb_row": 3, "nb_col": 3},
        },
        wrong=[
            (25, (3, 3)), "Conv2D(25, (3, 3))", {}, {"filters": 25, "kernel_size": (3, 3)},
            TODAY | {"activation": "relu"}, TODAY | {"padding": "same"}, TODAY | {"units": 25},
            TODAY | {"filters": 9}, TODAY | {"kernel_size": (9,)}, TODAY | {"filters": "25"},
            TODAY | {"filters": 25.5}, {25: (3, 3)}, TODAY | {"use_bias": False},
        ],
        right=[
            TODAY, TODAY | {"kernel_size": 3}, TODAY | {"kernel_size": [3, 3], "strides": 1},
            TODAY | {"filters": np.int64(25), "input_shape": np.array([28, 28, 1])},
            TODAY | {"padding": "valid", "data_format": "channels_last", "activation": None},
        ],
    ),
    "keras_shapes": Answers(
        named={
            "the channels are multiplied": shapes_multiplied,
            "the size of the image kept": shapes_with_padding,
            "half a block is counted": shapes_rounded_up,
            "the channels first": shapes_channels_first,
            "the first position is not counted": shapes_minus_three,
            "the convolution takes steps of 3": shapes_keras_1,
        },
        wrong=[
            shapes_with_batch, shapes_of_a_square, shapes_of_the_slide, shapes_flat_as_a_number,
            shapes_without_flatten, shapes_rounded,
        ],
        right=[shapes_by_arithmetic, shapes_of_arrays],
    ),
    "channels_first_bug": Answers(
        named={
            "reshape in place of transpose": last_by_reshape,
            "rows and columns exchanged": last_by_swapaxes,
            "the axes moved the wrong way": last_by_rolling,
            "the channels turned around": last_turned,
            "all axes turned around": last_all_axes,
            "the channels first": np.copy,
        },
        wrong=[
            last_by_adding_an_axis, last_of_one_image, last_gray, last_upside_down,
            last_by_two_reshapes,
        ],
        right=[last_by_loops, last_by_moveaxis, last_by_stack],
    ),
    "flatten_order": Answers(
        named={
            "one channel after the other": index_channels_first,
            "column by column": index_by_columns,
            "the first axis runs fastest": index_in_fortran,
            "counted from 1": index_from_one,
            "the height in place of the width": index_with_the_height,
        },
        wrong=[index_of_matlab, index_of_the_slide, index_product],
        right=[index_by_numpy, index_by_looking, index_by_counting],
    ),
    "accuracy": Answers(
        named={
            "a threshold of one half": accuracy_above_half,
            "the largest in place of its digit": accuracy_without_argmax,
            "percent in place of a share": accuracy_in_percent,
            "a count in place of a share": accuracy_count,
            "every output is compared": accuracy_of_outputs,
            "the share of mistakes": accuracy_errors,
        },
        wrong=[accuracy_down, accuracy_of_all, accuracy_list, accuracy_first_two],
        right=[accuracy_by_loops, accuracy_by_counting, accuracy_by_ranks],
    ),
    "cross_entropy": Answers(
        named={
            "the sum in place of the mean": loss_sum,
            "without the minus": loss_without_minus,
            "all digits count": loss_of_every_digit,
            "the mean over all numbers": loss_by_targets_over_all,
            "the logarithm of base 2": loss_in_bits,
            "the logarithm of the mean": loss_of_the_mean,
            "the digit that was read": loss_of_the_largest,
            "the probability that is missing": loss_missing,
            "one loss for each image": loss_each,
        },
        wrong=[
            loss_squared, loss_of_both_sides, loss_of_probabilities_as_scores, loss_of_many_indices,
        ],
        right=[loss_by_loops, loss_by_targets, loss_of_the_book],
    ),
}  # fmt: skip
