"""Answers to the exercises of chapter 7, as learners write them."""

import numpy as np
from check.answers import Answers

from lecturekit import reference as ref
from lecturekit.feature_visualization import likeness

# ----------------------------------------------------------------- saliency


def saliency_by_loops(gradient):
    height, width, _ = gradient.shape
    its_map = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            its_map[i, j] = max(abs(number) for number in gradient[i, j])
    return its_map


def saliency_of_both_ends(gradient):
    largest, smallest = gradient.max(-1), gradient.min(-1)
    return np.maximum(largest, -smallest).astype(np.float32)


def saliency_with_signs(gradient):
    return np.max(gradient, axis=2)


def saliency_of_the_winner(gradient):
    winner = gradient.argmax(axis=-1)
    return np.abs(np.take_along_axis(gradient, winner[..., None], axis=-1)[..., 0])


def saliency_rectified(gradient):
    return ref.relu(gradient).max(-1)


def saliency_of_a_sum(gradient):
    return np.abs(np.einsum("ijc->ij", gradient))


def saliency_added(gradient):
    return np.linalg.norm(gradient, ord=1, axis=-1)


def saliency_averaged(gradient):
    return np.abs(gradient).sum(-1) / gradient.shape[-1]


def saliency_as_a_length(gradient):
    return np.linalg.norm(gradient, axis=-1)


def saliency_squared(gradient):
    return np.square(np.abs(gradient).max(-1))


def saliency_for_a_picture(gradient):
    its_map = saliency_by_loops(gradient)
    return its_map / its_map.max()


def saliency_stretched(gradient):
    its_map = saliency_by_loops(gradient)
    return (its_map - its_map.min()) / (its_map.max() - its_map.min())


def saliency_of_everything(gradient):
    return np.max(abs(gradient))


def saliency_of_the_first_channel(gradient):
    return np.abs(gradient[:, :, 0])


def saliency_of_the_last_channel(gradient):
    return np.abs(gradient[:, :, -1])


# ---------------------------------------------------------------- occlusion


def corners(image, size):
    """All upper left corners of a box inside an image, in a grid."""
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    return [[(i, j) for j in range(columns)] for i in range(rows)]


def occlusion_by_masks(predict, image, size, value):
    def covered(i, j):
        mask = np.zeros(image.shape, bool)
        mask[i : i + size, j : j + size] = True
        return np.where(mask, value, image)

    return np.array([[predict(covered(i, j)) for i, j in row] for row in corners(image, size)])


def occlusion_put_back(predict, image, size, value):
    image = image.astype(np.float32)
    answers = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1), np.float32)
    for i, j in np.ndindex(*answers.shape):
        box = slice(i, i + size), slice(j, j + size)
        before = image[box].copy()
        image[box] = value
        answers[i, j] = predict(image)
        image[box] = before
    return answers


def occlusion_on_one_image(predict, image, size, value):
    answers = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i in range(answers.shape[0]):
        for j in range(answers.shape[1]):
            covered = image
            covered[i : i + size, j : j + size] = value
            answers[i, j] = predict(covered)
    return answers


def occlusion_of_rows(predict, image, size, value):
    answers = []
    for row in corners(image, size):
        covered = image.copy()
        answers.append([])
        for i, j in row:
            covered[i : i + size, j : j + size] = value
            answers[-1].append(predict(covered))
    return np.array(answers)


def occlusion_as_a_loss(predict, image, size, value):
    whole = predict(image)
    return np.array([[whole - number for number in row] for row in
                     occlusion_by_masks(predict, image, size, value)])  # fmt: skip


def occlusion_too_large(predict, image, size, value):
    def covered(i, j):
        image_copy = image.copy()
        for a in range(i, min(i + size + 1, image.shape[0])):
            for b in range(j, min(j + size + 1, image.shape[1])):
                image_copy[a, b] = value
        return image_copy

    return np.array([[predict(covered(i, j)) for i, j in row] for row in corners(image, size)])


def occlusion_everywhere(predict, image, size, value):
    answers = np.zeros(image.shape[:2])
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            covered = image.copy()
            covered[i : i + size, j : j + size] = value
            answers[i, j] = predict(covered)
    return answers


def occlusion_one_too_few(predict, image, size, value):
    answers = np.zeros((image.shape[0] - size, image.shape[1] - size))
    for i, j in np.ndindex(*answers.shape):
        covered = image.copy()
        covered[i : i + size, j : j + size] = value
        answers[i, j] = predict(covered)
    return answers


def occlusion_in_black(predict, image, size, value):
    return occlusion_by_masks(predict, image, size, 0)


def occlusion_in_grey(predict, image, size, value):
    return occlusion_by_masks(predict, image, size, 0.5)


def occlusion_inside_out(predict, image, size, value):
    def seen(i, j):
        rest = np.ones(image.shape) * value
        rest[i : i + size, j : j + size] = image[i : i + size, j : j + size]
        return rest

    return np.array([[predict(seen(i, j)) for i, j in row] for row in corners(image, size)])


def occlusion_in_tiles(predict, image, size, value):
    tiles = [row[::size] for row in corners(image, size)[::size]]
    full = occlusion_by_masks(predict, image, size, value)
    return np.array([[full[corner] for corner in row] for row in tiles])


def occlusion_on_its_side(predict, image, size, value):
    return occlusion_by_masks(predict, image, size, value).swapaxes(0, 1)


def occlusion_by_the_middle(predict, image, size, value):
    half = size // 2
    answers = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(*answers.shape):
        covered = image.copy()
        covered[max(i - half, 0) : i + half + 1, max(j - half, 0) : j + half + 1] = value
        answers[i, j] = predict(covered)
    return answers


def occlusion_of_one_row(predict, image, size, value):
    answers = occlusion_by_masks(predict, image, size, value)
    answers[:] = answers[:1]
    return answers


def occlusion_that_adds(predict, image, size, value):
    answers = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(*answers.shape):
        covered = image.copy()
        covered[i : i + size, j : j + size] += value
        answers[i, j] = predict(covered)
    return answers


def occlusion_at_its_worst(predict, image, size, value):
    return occlusion_by_masks(predict, image, size, value).min()


# ----------------------------------------------------------- Deep Dream


def half_the_squares(a):
    return np.sum(a**2) / 2


def dream_by_experiment(numbers, rate):
    return numbers + rate * ref.numerical_gradient(half_the_squares, numbers)


def dream_in_float32(numbers, rate):
    return (numbers * (1 + rate)).astype(np.float32)


def dream_by_comparing(numbers, rate):
    return np.where(numbers > 0, numbers + rate * numbers, numbers - rate * np.abs(numbers))


def dream_without_signs(numbers, rate):
    return np.abs(numbers + rate * numbers)


def dream_all_upwards(numbers, rate):
    return numbers + np.full(numbers.shape, rate)


def dream_by_signs(numbers, rate):
    return np.where(numbers == 0, 0, np.where(numbers > 0, numbers + rate, numbers - rate))


def dream_of_the_largest(numbers, rate):
    return numbers + rate * numbers * (numbers == numbers.max())


def dream_of_what_is_positive(numbers, rate):
    return np.where(numbers > 0, (1 + rate) * numbers, numbers)


def dream_of_squares(numbers, rate):
    return numbers + rate * np.square(numbers)


def dream_of_half_squares(numbers, rate):
    return numbers + rate * numbers**2 / 2


def dream_of_whole_squares(numbers, rate):
    return numbers + rate * ref.numerical_gradient(lambda a: np.sum(a**2), numbers)


def dream_asleep(numbers, rate):
    return numbers * (1 - rate)


def dream_of_the_step(numbers, rate):
    return np.multiply(numbers, rate)


def dream_of_ten_percent(numbers, rate):
    return 1.1 * numbers


def dream_of_the_objective(numbers, rate):
    return half_the_squares(numbers)


def dream_in_place(numbers, rate):
    numbers *= 1 + rate
    return numbers


def dream_of_the_mean(numbers, rate):
    return numbers + rate * (numbers - numbers.mean())


# --------------------------------------------------------------------- gram


def gram_of_the_package(maps):
    return likeness.gram(maps[None])[0]


def gram_by_loops(maps):
    height, width, filters = maps.shape
    matrix = np.zeros((filters, filters))
    for k in range(filters):
        for m in range(filters):
            matrix[k, m] = np.sum(maps[:, :, k] * maps[:, :, m]) / (height * width)
    return matrix


def gram_in_float32(maps):
    positions = maps.shape[0] * maps.shape[1]
    return np.einsum("ijk,ijl->kl", maps, maps).astype(np.float32) / positions


def gram_of_positions(maps):
    table = maps.reshape(-1, maps.shape[2])
    return np.array([[np.dot(a, b) for b in table] for a in table]) / len(table)


def gram_not_divided(maps):
    return np.tensordot(maps, maps, axes=([0, 1], [0, 1]))


def gram_divided_by_all(maps):
    return gram_not_divided(maps) / maps.size


def gram_divided_by_filters(maps):
    return gram_not_divided(maps) / maps.shape[-1]


def gram_centered(maps):
    return np.cov(maps.reshape(-1, maps.shape[-1]).T, bias=True)


def gram_with_one_less(maps):
    return np.cov(maps.reshape(-1, maps.shape[-1]).T)


def gram_standardized(maps):
    table = maps.reshape(-1, maps.shape[-1])
    table = (table - table.mean(0)) / table.std(0)
    return table.T @ table / len(table)


def gram_as_cosines(maps):
    matrix = gram_not_divided(maps)
    lengths = np.sqrt(np.diag(matrix))
    return matrix / np.outer(lengths, lengths)


def gram_mixed_up(maps):
    filters = maps.shape[-1]
    rows = maps.reshape(filters, maps.size // filters)
    return rows @ rows.T / rows.shape[1]


def gram_diagonal(maps):
    return np.mean(maps**2, axis=(0, 1))


def gram_on_the_diagonal(maps):
    return np.diag(np.mean(maps**2, axis=(0, 1)))


def gram_behind_relu(maps):
    return gram_by_loops(ref.relu(maps))


def gram_of_one_side(maps):
    return gram_not_divided(maps) / maps.shape[0]


def gram_upper_half(maps):
    return np.triu(gram_by_loops(maps))


ANSWERS = {
    "saliency": Answers(
        named={
            "with its sign": saliency_with_signs,
            "the sign is dropped at the end": saliency_of_the_winner,
            "negative derivatives count as 0": saliency_rectified,
            "the channels are added": saliency_of_a_sum,
            "the mean of the channels": saliency_averaged,
            "the squares in place of the sizes": saliency_squared,
            "scaled to 0 to 1": saliency_for_a_picture,
            "one number for the whole image": saliency_of_everything,
        },
        wrong=[
            saliency_as_a_length, saliency_stretched, saliency_of_the_first_channel,
            saliency_of_the_last_channel,
        ],
        right=[saliency_by_loops, saliency_of_both_ends],
    ),
    "occlusion": Answers(
        named={
            "the boxes stay": occlusion_on_one_image,
            "the fall in place of the answer": occlusion_as_a_loss,
            "a box that is one pixel too large": occlusion_too_large,
            "the box sticks out": occlusion_everywhere,
            "the last places are missing": occlusion_one_too_few,
            "a black box whatever the value": occlusion_in_black,
            "all but the box is covered": occlusion_inside_out,
            "boxes side by side": occlusion_in_tiles,
            "rows and columns exchanged": occlusion_on_its_side,
        },
        wrong=[
            occlusion_of_rows, occlusion_in_grey, occlusion_by_the_middle, occlusion_of_one_row,
            occlusion_that_adds, occlusion_at_its_worst,
        ],
        right=[occlusion_by_masks, occlusion_put_back],
    ),
    "dream_objective": Answers(
        named={
            "the sign is lost": dream_without_signs,
            "all move equally far": dream_by_signs,
            "only the largest number": dream_of_the_largest,
            "only what is positive": dream_of_what_is_positive,
            "the squares in place of their slope": dream_of_squares,
            "the half is forgotten": dream_of_whole_squares,
            "towards 0": dream_asleep,
            "the change in place of the numbers": dream_of_the_step,
        },
        wrong=[
            dream_of_half_squares, dream_of_ten_percent, dream_of_the_objective, dream_in_place,
            dream_of_the_mean,
        ],
        right=[dream_by_experiment, dream_in_float32, dream_by_comparing],
    ),
    "gram": Answers(
        named={
            "positions in place of filters": gram_of_positions,
            "the sum in place of the mean": gram_not_divided,
            "divided by all numbers": gram_divided_by_all,
            "divided by the number of filters": gram_divided_by_filters,
            "the mean is subtracted first": gram_centered,
            "a correlation from -1 to 1": gram_standardized,
            "the maps are mixed up": gram_mixed_up,
            "each filter only with itself": gram_diagonal,
            "after the activation function": gram_behind_relu,
        },
        wrong=[
            gram_as_cosines, gram_with_one_less, gram_on_the_diagonal, gram_of_one_side,
            gram_upper_half,
        ],
        right=[gram_of_the_package, gram_by_loops, gram_in_float32],
    ),
}  # fmt: skip
