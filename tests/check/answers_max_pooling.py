"""Answers to the exercises of chapter 3, as learners write them."""

import numpy as np
from check.answers import Answers

from lecturekit import reference as ref
from lecturekit import shapes

# ------------------------------------------------------ max_pool2d, mean_pool2d


def number_by_number(x, size, rule, dtype=float):
    """Four loops; `rule` makes one number of a list of them."""
    n, height, width, channels = x.shape
    y = np.zeros((n, height // size, width // size, channels), dtype)
    for image, i, j, c in np.ndindex(y.shape):
        numbers = [
            x[image, i * size + a, j * size + b, c] for a in range(size) for b in range(size)
        ]
        y[image, i, j, c] = rule(numbers)
    return y


def by_reshape(x, size):
    """All blocks at once: (N, rows, size, columns, size, C)."""
    n, height, width, channels = x.shape
    rows, columns = height // size, width // size
    x = x[:, : rows * size, : columns * size]
    return x.reshape(n, rows, size, columns, size, channels)


def max_by_reshape(x, size=2):
    return by_reshape(x, size).max(axis=(2, 4)).astype(np.float32)


def max_by_slices(x, size=2):
    height, width = (side // size * size for side in x.shape[1:3])
    slices = [x[:, a:height:size, b:width:size] for a in range(size) for b in range(size)]
    return np.maximum.reduce(slices)


def max_by_loops(x, size=2):
    return number_by_number(x, size, max)


def mean_by_reshape(x, size=2):
    return by_reshape(x, size).mean(axis=(2, 4)).astype(np.float32)


def mean_by_loops(x, size=2):
    return number_by_number(x, size, lambda numbers: sum(numbers) / len(numbers))


def starts_with_zero(numbers):
    best = 0
    for number in numbers:
        if number > best:
            best = number
    return best


def max_from_zero(x, size=2):
    return number_by_number(x, size, starts_with_zero)


def max_over_channels(x, size=2):
    n, height, width, _ = x.shape
    y = np.zeros((n, height // size, width // size, x.shape[3]))
    for k in range(n):
        for i in range(height // size):
            for j in range(width // size):
                y[k, i, j] = x[k, size * i : size * i + size, size * j : size * j + size].max()
    return y


def max_of_everything(x, size=2):
    y = np.zeros((len(x), x.shape[1] // size, x.shape[2] // size, x.shape[3]))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = np.max(x[:, size * i : size * i + size, size * j : size * j + size])
    return y


def max_rounded_up(x, size=2):
    more = [(0, -side % size) for side in x.shape[1:3]]
    lowest = np.pad(x.astype(float), [(0, 0), *more, (0, 0)], constant_values=-np.inf)
    return by_reshape(lowest, size).max(axis=(2, 4))


def max_sliding(x, size=2):
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return windows.max(axis=(-1, -2))


def max_without_stride(x, size=2):
    y = np.zeros((len(x), x.shape[1] // size, x.shape[2] // size, x.shape[3]))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i : i + size, j : j + size].max(axis=(1, 2))
    return y


def subsampled(x, size=2):
    return number_by_number(x, size, lambda numbers: numbers[0])


def strongest(x, size=2):
    return number_by_number(x, size, lambda numbers: max(numbers, key=abs))


def last_of_block(x, size=2):
    return number_by_number(x, size, lambda numbers: numbers[-1])


def as_one_map(x, size=2):
    return by_reshape(x, size).max(axis=(0, 2, 4))


def blocks_on_their_side(x, size=2):
    return max_by_reshape(x, size).swapaxes(1, 2)


def from_the_end(x, size=2):
    return max_by_reshape(x[:, ::-1, ::-1], size)[:, ::-1, ::-1]


def mean_in_integers(x, size=2):
    return number_by_number(x, size, np.mean, dtype=x.dtype)


def mean_divided_by_size(x, size=2):
    return number_by_number(x, size, lambda numbers: sum(numbers) / size)


def mean_divided_by_four(x, size=2):
    return number_by_number(x, size, lambda numbers: sum(numbers) / 4)


def mean_over_channels(x, size=2):
    y = by_reshape(x, size).mean(axis=(2, 4, 5))
    return np.stack([y] * x.shape[3], axis=-1)


def mean_of_a_sorted_middle(x, size=2):
    return number_by_number(x, size, np.median)


def mean_of_extremes(x, size=2):
    return number_by_number(x, size, lambda numbers: (max(numbers) + min(numbers)) / 2)


def mean_with_zeros(x, size=2):
    more = [(0, -side % size) for side in x.shape[1:3]]
    return by_reshape(np.pad(x, [(0, 0), *more, (0, 0)]), size).mean(axis=(2, 4))


# ---------------------------------------------------------- overlapping_pool


def windows_at(image, size, tops, lefts, rule=np.max):
    rows = [[rule(image[t : t + size, left : left + size]) for left in lefts] for t in tops]
    return np.array(rows, dtype=float)


def by_sliding(image, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    return windows[::stride, ::stride].max(axis=(2, 3)).astype(np.float32)


def by_reference(image, size, stride):
    return ref.max_pool2d(image[None, ..., None], size, stride=stride)[0, ..., 0]


def by_ranges(image, size, stride):
    height, width = image.shape
    tops = [t for t in range(0, height, stride) if t + size <= height]
    return windows_at(image, size, tops, range(0, width - size + 1, stride))


def all_starts(image, size, stride):
    return windows_at(image, size, *(range(0, side, stride) for side in image.shape))


def touching(image, size, stride):
    return by_ranges(image, size, size)


def moved_by_one(image, size, stride):
    rows, columns = ((side - size) // stride + 1 for side in image.shape)
    return windows_at(image, size, range(rows), range(columns))


def without_the_last(image, size, stride):
    starts = [[k * stride for k in range((side - size) // stride)] for side in image.shape]
    return windows_at(image, size, *starts)


def averaged(image, size, stride):
    height, width = image.shape
    return windows_at(
        image, size, range(0, height - size + 1, stride), range(0, width - size + 1, stride),
        np.mean,
    )  # fmt: skip


def exchanged(image, size, stride):
    return by_ranges(image, stride, size)


def square_result(image, size, stride):
    rows = (image.shape[0] - size) // stride + 1
    starts = [k * stride for k in range(rows)]
    return windows_at(image, size, starts, [min(s, image.shape[1] - size) for s in starts])


def one_window_less_at_the_edge(image, size, stride):
    height, width = image.shape
    return windows_at(image, size, range(0, height - size, stride), range(0, width - size, stride))


def one_pixel_too_large(image, size, stride):
    height, width = image.shape
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    return np.array(
        [[image[t : t + size + 1, k : k + size + 1].max() for k in lefts] for t in tops]
    )


# ---------------------------------------------------------------- lost_rows


def lost_by_sets(height, size, stride):
    read = set()
    top = 0
    while top + size <= height:
        read |= set(range(top, top + size))
        top += stride
    return len(set(range(height)) - read)


def lost_by_formula(height, size, stride):
    gaps = shapes.output_size(height, size, stride=stride) - 1
    return float(gaps * max(stride - size, 0) + shapes.dropped(height, size, stride=stride))


def lost_at_the_bottom(height, size, stride):
    return shapes.dropped(height, size, stride=stride)


def lost_in_gaps(height, size, stride):
    last = (height - size) // stride * stride
    return sum(row % stride >= size for row in range(last))


def lost_minus_overlaps(height, size, stride):
    return height - size * len(range(0, height - size + 1, stride))


def smaller_by(height, size, stride):
    return height - shapes.output_size(height, size, stride=stride)


def lost_with_windows_that_stick_out(height, size, stride):
    return sum(row % stride >= size for row in range(height))


def lost_above_and_below(height, size, stride):
    return 2 * lost_by_sets(height, size, stride)


def lost_as_a_list(height, size, stride):
    return [row for row in range(height) if row % stride >= size]


def lost_to_the_last_start(height, size, stride):
    return height - (height - size) // stride * stride - 1


SMALL = ("conv", 3, 1)

ANSWERS = {
    "max_pool2d": Answers(
        named={
            "the mean in place of the largest": mean_by_loops,
            "the smallest of each block": lambda x, size=2: number_by_number(x, size, min),
            "one number for all channels": max_over_channels,
            "one number for the whole batch": max_of_everything,
            "the search begins at zero": max_from_zero,
            "the sign is left out": strongest,
            "one pixel of each block": subsampled,
            "left-over rows are kept": max_rounded_up,
            "the window moves by one": max_sliding,
            "the size is fixed": lambda x, size=2: max_by_reshape(x, 2),
        },
        wrong=[
            last_of_block, as_one_map, blocks_on_their_side, from_the_end,
            lambda x, size=2: max_by_reshape(x, size).tolist(),
        ],
        right=[max_by_reshape, max_by_slices, max_by_loops, ref.max_pool2d],
    ),
    "mean_pool2d": Answers(
        named={
            "the sum in place of the mean": lambda x, size=2: number_by_number(x, size, sum),
            "divided by the size": mean_divided_by_size,
            "divided by four": mean_divided_by_four,
            "the largest in place of the mean": max_by_slices,
            "fractions cut off": mean_in_integers,
            "one number for all channels": mean_over_channels,
            "the size is fixed": lambda x, size=2: mean_by_reshape(x, 2),
        },
        wrong=[mean_of_a_sorted_middle, mean_of_extremes, mean_with_zeros, max_from_zero],
        right=[mean_by_reshape, mean_by_loops, ref.avg_pool2d],
    ),
    "overlapping_pool": Answers(
        named={
            "the stride is left out": touching,
            "the stride moves the map, not the window": moved_by_one,
            "size and stride exchanged": exchanged,
            "a window that sticks out is kept": all_starts,
            "the first position is not counted": without_the_last,
            "the mean in place of the largest": averaged,
        },
        wrong=[square_result, one_window_less_at_the_edge, one_pixel_too_large],
        right=[by_sliding, by_reference, by_ranges],
    ),
    "lost_rows": Answers(
        named={
            "the gaps are left out": lost_at_the_bottom,
            "the gaps only": lost_in_gaps,
            "rows are counted twice": lost_minus_overlaps,
            "the rows of the result are subtracted": smaller_by,
        },
        wrong=[
            lost_with_windows_that_stick_out, lost_above_and_below, lost_as_a_list,
            lost_to_the_last_start,
        ],
        right=[lost_by_sets, lost_by_formula],
    ),
    "board_network": Answers(
        named={
            "pooling on a board": [SMALL, ("pool", 2), SMALL, SMALL],
            "the border is lost": 5 * [("conv", 3, 0)],
            "too much padding": 5 * [("conv", 3, 2)],
            "an even kernel": [("conv", 4, 2), *4 * [SMALL]],
            "the outputs see too little": 4 * [SMALL],
            "the padding comes too late": [*5 * [("conv", 3, 0)], ("conv", 1, 5)],
        },
        wrong=[
            "conv", 5, [3, 3, 3], [("conv", 3)], [("conv", 3, -1)], [("conv", 3, 1.0)],
            [("dense", 19)], [("conv", 3, "same")], 200 * [SMALL], [("conv", 10**9, 0)], [()],
            ("conv", 11, 5), [("pool", 2, 1)], [(np.zeros(2), 3, 1)], [("pool",)],
            [("conv", True, 0)],
        ],
        right=[
            [("conv", 11, 5)],
            [["conv", 5, 2], *3 * [["conv", 3, 1]]],  # as AlphaGo begins
            (("conv", np.int64(5), 2), ("pool", 1), ("conv", 7, 3)),
            [("conv", 37, 18)],
            [("conv", 4, 1), ("conv", 4, 2), ("conv", 5, 2)],
        ],
    ),
}  # fmt: skip
