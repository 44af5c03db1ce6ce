"""Answers to the exercises of chapter 6, as learners write them."""

from itertools import pairwise

import numpy as np
from check.answers import Answers

from lecturekit import feature_visualization as fv
from lecturekit import reference as ref

# ----------------------------------------------------- degree_of_activation


def degree_by_loops(maps, k):
    sums = np.zeros(len(maps))
    for n in range(maps.shape[0]):
        for i in range(maps.shape[1]):
            for j in range(maps.shape[2]):
                sums[n] += maps[n, i, j, k]
    return sums


def degree_by_pooling(maps, k):
    size = maps.shape[1:3]
    return (ref.avg_pool2d(maps.astype(float), size) * np.prod(size))[:, 0, 0, k]


def degree_in_float32(maps, k):
    return np.einsum("nij->n", maps[..., k].astype(np.float32))


def degree_averaged(maps, k):
    return degree_by_loops(maps, k) / maps.shape[1] / maps.shape[2]


def degree_as_the_strongest_answer(maps, k):
    return np.array([its_map[:, :, k].max() for its_map in maps])


def degree_of_everything(maps, k):
    return maps.reshape(len(maps), -1).sum(axis=1)


def degree_of_all_filters(maps, k):
    return np.stack([degree_by_loops(maps, f) for f in range(maps.shape[-1])], axis=1)


def degree_from_the_front(maps, k):
    return np.array([image[k].sum() for image in maps])


def degree_of_the_batch(maps, k):
    return float(degree_by_loops(maps, k).sum())


def degree_behind_relu(maps, k):
    return degree_by_loops(ref.relu(maps), k)


def degree_from_1(maps, k):
    return degree_by_loops(maps, range(maps.shape[-1])[k - 1])


def degree_without_signs(maps, k):
    return degree_by_loops(np.abs(maps), k)


def degree_of_columns(maps, k):
    return maps[:, :, k].sum(axis=(1, 2))


def degree_of_rows(maps, k):
    return maps[..., k].sum(axis=1)


def degree_as_a_list(maps, k):
    return [its_map[..., k].sum() for its_map in maps]


def degree_of_squares(maps, k):
    return degree_by_loops(maps**2, k)


# -------------------------------------------------------------- ascent_step


def step_by_minimum(x, gradient, step_size):
    moved = x + step_size * gradient
    return np.minimum(np.maximum(moved, 0), 1)


def step_in_float32(x, gradient, step_size):
    moved = x.astype(np.float32)
    moved += np.float32(step_size) * gradient.astype(np.float32)
    moved[moved < 0] = 0
    moved[moved > 1] = 1
    return moved


def step_down(x, gradient, step_size):
    moved = x.copy()
    moved -= step_size * gradient
    return moved.clip(0, 1)


def step_without_limits(x, gradient, step_size):
    return np.add(x, np.multiply(gradient, step_size))


def step_limited_too_early(x, gradient, step_size):
    return np.clip(x, 0, 1) + step_size * gradient


def step_that_only_brightens(x, gradient, step_size):
    return np.clip(x + np.maximum(step_size * gradient, 0), 0, 1)


def step_of_signs(x, gradient, step_size):
    return np.clip(x + step_size * ((gradient > 0).astype(float) - (gradient < 0)), 0, 1)


def step_of_length_one(x, gradient, step_size):
    direction = gradient / np.sqrt(np.sum(gradient**2))
    return np.clip(x + step_size * direction, 0, 1)


def step_with_mean_square_one(x, gradient, step_size):
    return np.clip(x + step_size * gradient / np.sqrt(np.mean(gradient**2)), 0, 1)


def step_rescaled(x, gradient, step_size):
    moved = x + step_size * gradient
    moved = moved - np.min(moved)
    return moved / np.max(moved)


def step_of_the_gradient(x, gradient, step_size):
    return np.clip(x + gradient, 0, 1)


def step_alone(x, gradient, step_size):
    return np.multiply(gradient, step_size)


def step_never_above_1(x, gradient, step_size):
    return np.minimum(x + step_size * gradient, 1)


def step_never_below_0(x, gradient, step_size):
    return np.maximum(x + step_size * gradient, 0)


def step_in_place(x, gradient, step_size):
    x += step_size * gradient
    np.clip(x, 0, 1, out=x)
    return x


def step_by_remainder(x, gradient, step_size):
    return (x + step_size * gradient) % 1


# -------------------------------------------------------------------- climb


def climb_with_a_new_name(gradient_of, x, steps, step_size):
    images = [x]
    for _ in range(steps):
        images.append(step_by_minimum(images[-1], gradient_of(images[-1]), step_size))
    return images[-1]


def climb_by_recursion(gradient_of, x, steps, step_size):
    if steps == 0:
        return x.astype(np.float32)
    once = step_by_minimum(x, gradient_of(x), step_size)
    return climb_by_recursion(gradient_of, once, steps - 1, step_size)


def climb_on_an_old_gradient(gradient_of, x, steps, step_size):
    gradient = gradient_of(x)
    for _ in range(steps):
        x = step_by_minimum(x, gradient, step_size)
    return x


def climb_from_the_start_each_time(gradient_of, x, steps, step_size):
    moved = x
    for _ in range(steps):
        moved = step_by_minimum(x, gradient_of(x), step_size)
    return moved


def climb_down(gradient_of, x, steps, step_size):
    for _ in range(steps):
        x = step_down(x, gradient_of(x), step_size)
    return x


def climb_from_step_1(gradient_of, x, steps, step_size):
    for _ in range(1, steps):
        x = step_by_minimum(x, gradient_of(x), step_size)
    return x


def climb_to_the_last_step(gradient_of, x, steps, step_size):
    for _ in range(steps + 1):
        x = step_by_minimum(x, gradient_of(x), step_size)
    return x


def climb_without_limits(gradient_of, x, steps, step_size):
    for _ in range(steps):
        x = step_without_limits(x, gradient_of(x), step_size)
    return x


def climb_limited_once(gradient_of, x, steps, step_size):
    return climb_without_limits(gradient_of, x, steps, step_size).clip(0, 1)


def climb_with_a_history(gradient_of, x, steps, step_size):
    images = [x]
    for _ in range(steps):
        images.append(step_by_minimum(images[-1], gradient_of(images[-1]), step_size))
    return np.array(images)


def climb_that_returns_too_early(gradient_of, x, steps, step_size):
    for _ in range(steps):
        x = step_by_minimum(x, gradient_of(x), step_size)
        return x


def climb_to_the_gradient(gradient_of, x, steps, step_size):
    for _ in range(steps):
        x = step_by_minimum(x, gradient_of(x), step_size)
    return gradient_of(x)


def climb_in_place(gradient_of, x, steps, step_size):
    for _ in range(steps):
        x += step_size * gradient_of(x)
        np.clip(x, 0, 1, out=x)
    return x


def climb_ever_slower(gradient_of, x, steps, step_size):
    for n in range(steps):
        x = step_by_minimum(x, gradient_of(x), step_size / (n + 1))
    return x


# ---------------------------------------------------------------- penalties


def penalty_by_cases(gradient, x, weight):
    penalized = gradient.astype(float)
    penalized[x > 0] -= weight
    penalized[x < 0] += weight
    return penalized


def penalty_of_the_package(gradient, x, weight):
    slope = fv.L1(weight).d_x(x)
    return gradient - weight * np.where(x == 0, 0, slope)


def penalty_in_float32(gradient, x, weight):
    slope = (x > 0).astype(np.float32) - (x < 0)
    return gradient.astype(np.float32) - np.float32(weight) * slope


def penalty_rewarded(gradient, x, weight):
    return gradient + np.copysign(weight, x) * (x != 0)


def penalty_as_decay(gradient, x, weight):
    return gradient - weight * x


def penalty_of_all_signs(gradient, x, weight):
    return gradient - weight * np.sign(x).sum()


def penalty_everywhere(gradient, x, weight):
    return gradient - np.full_like(x, weight)


def penalty_of_bright_pixels(gradient, x, weight):
    return gradient - weight * (x != 0)


def penalty_itself(gradient, x, weight):
    return gradient - np.where(x < 0, -x, x) * weight


def penalty_of_the_whole_image(gradient, x, weight):
    return gradient - weight * sum(abs(pixel) for pixel in x.ravel())


def penalty_per_pixel(gradient, x, weight):
    return gradient - weight / x.size * np.sign(x)


def penalty_without_weight(gradient, x, weight):
    return penalty_by_cases(gradient, x, 1)


def penalty_alone(gradient, x, weight):
    return -weight * np.sign(x)


def penalty_by_division(gradient, x, weight):
    return gradient - weight * x / np.abs(x)


def penalty_of_the_gradient(gradient, x, weight):
    return gradient - weight * np.sign(gradient)


# ---------------------------------------------------------- total_variation


def variation_of_the_package(image):
    return float(fv.TotalVariation(1.0).value(image[None], np.sum))


def variation_by_loops(image):
    total = 0
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            if i + 1 < image.shape[0]:
                total += abs(image[i + 1, j] - image[i, j])
            if j + 1 < image.shape[1]:
                total += abs(image[i, j + 1] - image[i, j])
    return total


def variation_in_float32(image):
    rows = np.abs(np.diff(image.astype(np.float32), axis=0))
    return rows.sum() + np.abs(np.diff(image.T.astype(np.float32), axis=0)).sum()


def variation_with_signs(image):
    return (image[-1] - image[0]).sum() + (image[:, -1] - image[:, 0]).sum()


def variation_of_the_ends(image):
    return abs((image[-1] - image[0]).sum()) + abs((image[:, -1] - image[:, 0]).sum())


def variation_squared(image):
    return np.sum((image[1:] - image[:-1]) ** 2) + np.sum((image[:, 1:] - image[:, :-1]) ** 2)


def variation_of_columns(image):
    return sum(abs(lower - upper).sum() for upper, lower in pairwise(image))


def variation_of_rows(image):
    return variation_of_columns(image.T)


def variation_on_a_torus(image):
    down = image - np.roll(image, -1, axis=0)
    right = image - np.roll(image, -1, axis=1)
    return np.abs(down).sum() + np.abs(right).sum()


def variation_averaged(image):
    down = image[1:] - image[:-1]
    right = image[:, 1:] - image[:, :-1]
    return np.mean(np.abs(down)) + np.mean(np.abs(right))


def variation_from_all_four_sides(image):
    padded = np.pad(image, 1, mode="edge")
    ways = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return sum(np.abs(image - neighbor).sum() for neighbor in ways)


def variation_of_lengths(image):
    down = np.diff(image, axis=0)[:, :-1]
    right = np.diff(image, axis=1)[:-1]
    return np.sqrt(down**2 + right**2).sum()


def variation_with_a_border(image):
    return variation_by_loops(np.pad(image, 1))


def variation_of_the_corner(image):
    down = np.diff(image, axis=0)[:, :-1]
    right = np.diff(image, axis=1)[:-1]
    return np.abs(down).sum() + np.abs(right).sum()


def variation_as_a_map(image):
    return np.abs(np.diff(image, axis=0)), np.abs(np.diff(image, axis=1))


def variation_as_variance(image):
    return np.var(image)


ANSWERS = {
    "degree_of_activation": Answers(
        named={
            "the mean in place of the sum": degree_averaged,
            "the largest number in place of the sum": degree_as_the_strongest_answer,
            "all filters together": degree_of_everything,
            "no filter is chosen": degree_of_all_filters,
            "a row in place of a filter": degree_from_the_front,
            "all images together": degree_of_the_batch,
            "after the activation function": degree_behind_relu,
            "filters counted from 1": degree_from_1,
        },
        wrong=[
            degree_without_signs, degree_of_columns, degree_of_rows, degree_as_a_list,
            degree_of_squares,
        ],
        right=[degree_by_loops, degree_by_pooling, degree_in_float32],
    ),
    "ascent_step": Answers(
        named={
            "downhill": step_down,
            "pixels leave 0 to 1": step_without_limits,
            "only the sign of the gradient": step_of_signs,
            "the gradient is divided by its size": step_of_length_one,
            "the image is stretched to 0 to 1": step_rescaled,
            "the step size is left out": step_of_the_gradient,
            "the change in place of the image": step_alone,
        },
        wrong=[
            step_never_above_1, step_never_below_0, step_in_place, step_by_remainder,
            step_with_mean_square_one,
        ],
        right=[step_by_minimum, step_in_float32],
    ),
    "climb": Answers(
        named={
            "the gradient is computed only once": climb_on_an_old_gradient,
            "each step begins at the start": climb_from_the_start_each_time,
            "downhill": climb_down,
            "one step too few": climb_from_step_1,
            "one step too many": climb_to_the_last_step,
            "pixels leave 0 to 1": climb_without_limits,
            "the pixels are brought back only at the end": climb_limited_once,
            "all images on the way": climb_with_a_history,
        },
        wrong=[
            climb_that_returns_too_early, climb_to_the_gradient, climb_in_place, climb_ever_slower,
        ],
        right=[climb_with_a_new_name, climb_by_recursion],
    ),
    "l1_gradient": Answers(
        named={
            "the penalty is added": penalty_rewarded,
            "the slope of the squares": penalty_as_decay,
            "the sign is left out": penalty_everywhere,
            "the penalty in place of its slope": penalty_itself,
            "the whole sum at each pixel": penalty_of_the_whole_image,
            "the mean in place of the sum": penalty_per_pixel,
            "the weight is left out": penalty_without_weight,
            "another slope at 0": lambda gradient, x, weight: (
                gradient - weight * fv.L1(weight).d_x(x)
            ),
        },
        wrong=[
            penalty_of_all_signs, penalty_of_bright_pixels, penalty_alone, penalty_by_division,
            penalty_of_the_gradient,
        ],
        right=[penalty_by_cases, penalty_of_the_package, penalty_in_float32],
    ),
    "total_variation": Answers(
        named={
            "differences with their sign": variation_with_signs,
            "the sign is dropped after the sum": variation_of_the_ends,
            "the squares of the differences": variation_squared,
            "neighbors downwards only": variation_of_columns,
            "neighbors to the right only": variation_of_rows,
            "the last pixel beside the first": variation_on_a_torus,
            "the mean in place of the sum": variation_averaged,
            "the last row and column are left out": variation_of_the_corner,
            "each pair counted twice": variation_from_all_four_sides,
        },
        wrong=[
            variation_of_lengths, variation_with_a_border,
            variation_as_a_map, variation_as_variance,
        ],
        right=[variation_of_the_package, variation_by_loops, variation_in_float32],
    ),
}  # fmt: skip
