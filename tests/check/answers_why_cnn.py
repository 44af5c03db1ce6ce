"""Answers to the exercises of chapter 1, as learners write them."""

import numpy as np
from check.answers import Answers
from scipy import signal

from lecturekit import reference as ref

# --------------------------------------------------------------- best_place


def places_in_order(image, pattern):
    """All answers with their places, row by row."""
    h, w = pattern.shape
    return [
        (float((image[r : r + h, c : c + w] * pattern).sum()), r, c)
        for r in range(len(image) - h + 1)
        for c in range(len(image[0]) - w + 1)
    ]


def by_sorting(image, pattern):
    ranked = sorted(places_in_order(image, pattern), key=lambda found: -found[0])
    return ranked[0][1:]


def by_scipy(image, pattern):
    answers = signal.correlate2d(image, pattern, mode="valid")
    return np.unravel_index(answers.argmax(), answers.shape)


def by_reference(image, pattern):
    answers = ref.correlate2d(image.astype(np.float32), pattern.astype(np.float32))
    return np.argwhere(answers == answers.max())[0]


def last_of_ties(image, pattern):
    best = -1e9
    for answer, row, column in places_in_order(image, pattern):
        if answer >= best:
            best, place = answer, [row, column]
    return place


def x_and_y(image, pattern):
    y, x = by_sorting(image, pattern)
    return x, y


def in_the_middle(image, pattern):
    row, column = by_sorting(image, pattern)
    return row + len(pattern) // 2, column + len(pattern[0]) // 2


def flat(image, pattern):
    return signal.correlate2d(image, pattern, mode="valid").argmax()


def true_convolution(image, pattern):
    answers = signal.convolve2d(image, pattern, mode="valid")
    return np.unravel_index(answers.argmax(), answers.shape)


def loops_exchanged(image, pattern):
    h, w = pattern.shape
    best, place = -np.inf, None
    for c in range(image.shape[1] - w + 1):
        for r in range(image.shape[0] - h + 1):
            answer = (image[r : r + h, c : c + w] * pattern).sum()
            if answer > best:
                best, place = answer, (r, c)
    return place


def best_is_zero(image, pattern):
    best, place = 0, (0, 0)
    for answer, row, column in places_in_order(image, pattern):
        if answer > best:
            best, place = answer, (row, column)
    return place


def one_place_too_few(image, pattern):
    h, w = pattern.shape
    best, place = -np.inf, None
    for r in range(image.shape[0] - h):
        for c in range(image.shape[1] - w):
            answer = np.vdot(image[r : r + h, c : c + w], pattern)
            if answer > best:
                best, place = answer, (r, c)
    return place


def sum_of_squares(image, pattern):
    h, w = pattern.shape
    best, place = np.inf, None
    for _, r, c in places_in_order(image, pattern):
        distance = np.linalg.norm(image[r : r + h, c : c + w] - pattern) ** 2
        if distance < best:
            best, place = distance, (r, c)
    return place


def cosine(image, pattern):
    """The largest answer for each unit of ink: not what the lecture's neuron computes."""
    h, w = pattern.shape
    best, place = -np.inf, None
    for answer, r, c in places_in_order(image, pattern):
        length = np.linalg.norm(image[r : r + h, c : c + w]) + 1e-9
        if answer / length > best:
            best, place = answer / length, (r, c)
    return place


def with_where(image, pattern):
    answers = signal.correlate2d(image, pattern, mode="valid")
    return np.where(answers == answers.max())


def with_a_border(image, pattern):
    answers = signal.correlate2d(image, pattern, mode="full")
    return np.unravel_index(answers.argmax(), answers.shape)


def the_answer_itself(image, pattern):
    return signal.correlate2d(image, pattern, mode="valid").max()


# ---------------------------------------------------------------- subsample


def kept(image, rows, columns):
    return np.array([[image[r, c] for c in columns] for r in rows])


def row_by_row(image, step):
    return kept(image, range(0, len(image), step), range(0, len(image[0]), step))


def by_take(image, step):
    rows, columns = (np.arange(side) % step == 0 for side in image.shape[:2])
    return image[np.ix_(rows, columns)].astype(np.float32)


def by_pooling(image, step):
    x = image[None] if image.ndim == 3 else image[None, ..., None]
    y = ref.max_pool2d(x, 1, stride=step)[0]
    return y.reshape(*y.shape[:2], *image.shape[2:])


def from_the_step_on(image, step):
    places = [range(step - 1, side, step) for side in image.shape[:2]]
    return kept(image, *places)


def half_of_the_image(image, step):
    height, width = image.shape[0] // step, image.shape[1] // step
    return image[0:height, 0:width]


def block_means(image, step):
    height, width = image.shape[0] // step, image.shape[1] // step
    blocks = image[: height * step, : width * step].reshape(height, step, width, step, -1)
    return blocks.mean(axis=(1, 3)).reshape(height, width, *image.shape[2:])


def rounded_down(image, step):
    height, width = image.shape[0] // step, image.shape[1] // step
    small = np.zeros((height, width, *image.shape[2:]))
    for i in range(height):
        for j in range(width):
            small[i, j] = image[i * step, j * step]
    return small


def only_rows(image, step):
    return np.array([row for number, row in enumerate(image) if number % step == 0])


def always_two(image, step):
    return image[::2, ::2]


def one_after_the_other_flat(image, step):
    return image.reshape(-1)[:: step * step]


def turned_over(image, step):
    return image[::-step, ::-step]


def on_its_side(image, step):
    return np.swapaxes(image[::step, ::step], 0, 1)


def filled_with_zeros(image, step):
    small = np.zeros_like(image)
    small[::step, ::step] = image[::step, ::step]
    return small


ANSWERS = {
    "best_place": Answers(
        named={
            "the column first": x_and_y,
            "the center of the window": in_the_middle,
            "the number of the place": flat,
            "the last of equal answers": last_of_ties,
            "column by column": loops_exchanged,
            "the pattern is turned": true_convolution,
            "the search begins at zero": best_is_zero,
            "the last places are left out": one_place_too_few,
            "the most similar patch": sum_of_squares,
        },
        wrong=[
            cosine, with_where, with_a_border, the_answer_itself,
            lambda image, pattern: ("row", "column"), lambda image, pattern: ((0, 1), 2),
        ],
        right=[by_sorting, by_scipy, by_reference],
    ),
    "subsample": Answers(
        named={
            "rows only": only_rows,
            "the first row is skipped": from_the_step_on,
            "a piece in place of the whole": half_of_the_image,
            "the mean of each block": block_means,
            "the size is rounded down": rounded_down,
        },
        wrong=[
            always_two, one_after_the_other_flat, turned_over,
            on_its_side, filled_with_zeros,
        ],
        right=[row_by_row, by_take, by_pooling],
    ),
}  # fmt: skip
