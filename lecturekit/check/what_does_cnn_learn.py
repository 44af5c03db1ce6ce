"""Exercises of chapter 6, about what a CNN learns."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import lecture
from lecturekit.check.call import Given, given
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import whole_numbers
from lecturekit.check.question import Question
from lecturekit.check.solutions import what_does_cnn_learn as solutions
from lecturekit.check.verdict import Grid

Explained = tuple[str, tuple[Grid, ...]]
Numbers = npt.NDArray[Any]

numbers_in_a_k = Question(
    "numbers_in_a_k",
    "The second layer makes a map of 11×11 numbers for each of its 50 filters. How many numbers "
    "does the degree of activation a^k of one filter add up?",
    answer_name="my_count",
    answer=121,
    why="All numbers of one map, one for each position of the filter: 11 × 11 = 121.",
    mistakes=[
        Mistake(
            "the weights of a filter",
            "225 is how many weights the filter has, 3 × 3 × 25. The sum runs over its answers, "
            "one for each position.",
            "learn-degree",
            225,
        ),
        Mistake(
            "the weights of one slice",
            "9 is how many weights one slice of the filter has. The sum runs over its answers, "
            "one for each position.",
            "learn-degree",
            9,
        ),
        Mistake(
            "all filters together",
            "6,050 is 50 × 121: the maps of all filters. Each filter has an a^k of its own.",
            "learn-degree",
            6050,
        ),
        Mistake(
            "one row of the map",
            "11 is one row of the map. There are two sums, over i and over j.",
            "learn-degree",
            11,
        ),
        Mistake(
            "the sum itself",
            "a^k is one number, and it is a sum. The question is how many numbers are added.",
            "learn-degree",
            1,
        ),
        Mistake(
            "after the pooling",
            "25 is 5 × 5, what the next pooling leaves of the map. The sum is taken before that.",
            "learn-degree",
            25,
        ),
    ],
    hints=[
        "On the slide a^k_ij is the number in row i and column j of the map. From where to where "
        "do i and j run?",
        "i is a row of the map and j a column, and each runs from 1 to 11.",
    ],
    section="learn-degree",
)

same_image_other_start = Question(
    "same_image_other_start",
    "Filter 49 climbs once more, from other noise. What does the new image share with the first?",
    answer_name="my_choice",
    answer="c",
    choices={
        "a": "Every pixel: there is one best image, and the ascent finds it.",
        "b": "Nothing: the start decides what comes out.",
        "c": "The direction and the width of its stripes, but not where each stripe lies.",
        "d": "Only its degree of activation, since that is the maximum.",
    },
    why="The pattern comes from the filter. Where it lies and where it breaks comes from the "
    "start. So look for what images from several starts have in common.",
    mistakes=[
        Mistake(
            "one top for every start",
            "The ascent stops on the first top that it reaches. From another start that may be "
            "another top.",
            "learn-check",
            "a",
        ),
        Mistake(
            "the start decides everything",
            "Chapter 6 climbed from six starts, and the direction and the width of the stripes "
            "stayed.",
            "learn-starts",
            "b",
        ),
        Mistake(
            "every ascent ends at the maximum",
            "From the six starts of the chapter a^k ended at different heights. Gradient ascent "
            "does not promise the largest.",
            "learn-starts",
            "d",
        ),
    ],
    hints=[
        "Compare the images of one row in “Another start”. What changes, and what does not?",
        "All positions of a map share the same weights: a pattern that is moved a little pleases "
        "the filter as well.",
    ],
    section="learn-starts",
)

three_networks_agree = Question(
    "three_networks_agree",
    "Three other networks learned from the same digits, and all three take the swirls of output 3 "
    "for a 3. What follows?",
    answer_name="my_conclusion",
    answer="b",
    choices={
        "a": "The swirls show what a 3 is.",
        "b": "These networks share what they look for, and what they overlook.",
        "c": "The swirls come from our network alone.",
        "d": "All four networks have the same weights.",
    },
    why="They learned from the same digits. Networks that share what they overlook agree there, "
    "too. The nearest digit and the reader look at something else, and they object.",
    mistakes=[
        Mistake(
            "agreement proves it",
            "A second network is not an independent witness: it learned from the same digits, "
            "and may overlook the same things.",
            "learn-second-opinion",
            "a",
        ),
        Mistake(
            "one network alone",
            "Then other networks would not agree. They do, so the swirls do not come from one "
            "network alone.",
            "learn-second-opinion",
            "c",
        ),
        Mistake(
            "copies of one network",
            "Each began with random weights of its own. What they share are the digits that they "
            "learned from.",
            "learn-second-opinion",
            "d",
        ),
    ],
    hints=[
        "What do the four networks have in common, and what does a reader have that they do not?",
        "Would a network that nobody ever showed a swirl have a reason to say no?",
    ],
    section="learn-second-opinion",
)

# ---------------------------------------------------------------- degree of activation


def _draw_maps(rng: np.random.Generator) -> Given:
    filters = int(rng.integers(2, 4))
    n, height, width = (int(side) for side in rng.integers([1, 3, 3], [4, 6, 6]))
    maps = whole_numbers(rng, n, height, width, filters, largest=5)
    return given(maps, int(rng.integers(filters)))


def _its_map(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    maps, k = one.args
    its_map = maps[*index, :, :, k]
    sentence = f"There the numbers of map {k} add up to {its_map.sum():.4g}."
    return sentence, (Grid(f"map {k}", its_map),)


_LECTURE_MAPS = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1)[None]

degree_of_activation = FunctionExercise(
    "degree_of_activation",
    "Write the degree of activation of filter k for each image, from maps of shape (N, H, W, F).",
    solution=solutions.my_degree,
    lecture=[given(_LECTURE_MAPS, 0), given(_LECTURE_MAPS, 1)],
    probes=[
        given(np.arange(72.0).reshape(2, 4, 3, 3) % 11 - 4, 2),
        given(np.arange(54.0).reshape(3, 3, 3, 2) % 7 - 3, 0),
    ],
    draw=_draw_maps,
    mistakes=[
        Mistake(
            "the mean in place of the sum",
            "The map is averaged. The lecture adds its numbers.",
            "learn-degree",
            lambda maps, k: maps[..., k].mean(axis=(1, 2)),
        ),
        Mistake(
            "the largest number in place of the sum",
            "Only the largest number of the map counts here. a^k adds all of them.",
            "learn-degree",
            lambda maps, k: maps[..., k].max(axis=(1, 2)),
        ),
        Mistake(
            "all filters together",
            "The maps of all filters are added. a^k belongs to one filter: k.",
            "learn-degree",
            lambda maps, k: maps.sum(axis=(1, 2, 3)),
        ),
        Mistake(
            "no filter is chosen",
            "Here are the sums of all filters. Keep the one of filter k.",
            "learn-degree",
            lambda maps, k: maps.sum(axis=(1, 2)),
        ),
        Mistake(
            "a row in place of a filter",
            "`maps[:, k]` is row k of every map. The filters are the last axis.",
            "learn-degree",
            lambda maps, k: maps[:, k].sum(axis=(1, 2)),
        ),
        Mistake(
            "all images together",
            "The images are added, too. Each image has an a^k of its own.",
            "learn-degree",
            lambda maps, k: maps[..., k].sum(),
        ),
        Mistake(
            "the first image only",
            "There is a number for the first image only. Each image has an a^k of its own.",
            "learn-degree",
            lambda maps, k: maps[0, :, :, k].sum(),
        ),
        Mistake(
            "after the activation function",
            "The negative numbers are missing, as after ReLU. a^k is taken before it.",
            "learn-before-relu",
            lambda maps, k: np.maximum(maps[..., k], 0).sum(axis=(1, 2)),
        ),
        Mistake(
            "filters counted from 1",
            "The slide counts filters from 1, the code from 0: filter k is `maps[..., k]`.",
            "learn-degree",
            lambda maps, k: maps[..., k - 1].sum(axis=(1, 2)),
        ),
    ],
    hints=[
        "Which axis are the filters? Take the maps of filter k out: the shape is then (N, H, W).",
        "`maps[:, :, :, k]` has a map for each image. Two of its axes are added up.",
        "`.sum(axis=(1, 2))` adds rows and columns, and leaves one number for each image.",
    ],
    section="learn-degree",
    formula="One number for each image: (N,).",
    explain=_its_map,
)

# ------------------------------------------------------------------------- one step


def _pixels(rng: np.random.Generator, *shape: int) -> Numbers:
    """Quarters from 0 to 1."""
    return rng.integers(0, 5, shape) / 4


def _draw_step(rng: np.random.Generator) -> Given:
    shape = rng.integers(3, 6, 2)
    gradient = whole_numbers(rng, *shape, largest=4)
    return given(_pixels(rng, *shape), gradient, float(rng.choice([0.0625, 0.125, 0.25])))


def _pixel(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    x, gradient, step_size = one.args
    sentence = (
        f"There the pixel is {x[index]:.4g}, its derivative {gradient[index]:.4g}, and the step "
        f"size {step_size:.4g}."
    )
    return sentence, ()


def _stretched(x: Numbers) -> Numbers:
    return (x - x.min()) / (x.max() - x.min())


_GREY = np.full((4, 4), 0.5)
_DOWNHILL = (
    "This goes downhill, as training does with a loss. Here a^k should grow: add the gradient."
)
_LEAVES = "Some pixels leave 0 to 1. After the step each is brought back: `np.clip(..., 0, 1)`."

ascent_step = FunctionExercise(
    "ascent_step",
    "Write one step of gradient ascent: the new image, with every pixel between 0 and 1.",
    solution=solutions.my_ascent_step,
    lecture=[
        given(_GREY, lecture.FEATURE_MAP_1.astype(float), 0.05),
        given(_GREY, lecture.FEATURE_MAP_2.astype(float), 0.05),
    ],
    probes=[
        given(
            np.array([[0.0, 0.25, 0.5], [0.75, 1.0, 1.0]]),
            np.array([[-2.0, 1.0, 4.0], [-4.0, 1.0, -1.0]]),
            0.25,
        ),
        given(np.arange(24.0).reshape(2, 4, 3) / 24, np.arange(24.0).reshape(2, 4, 3) % 7 - 3, 0.1),
    ],
    draw=_draw_step,
    mistakes=[
        Mistake(
            "downhill",
            _DOWNHILL,
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(x - step_size * gradient, 0, 1),
        ),
        Mistake(
            "pixels leave 0 to 1",
            _LEAVES,
            "learn-range",
            lambda x, gradient, step_size: x + step_size * gradient,
        ),
        Mistake(
            "the step is cut, not the image",
            "The change is brought to 0 to 1, so no pixel gets darker. Add first, then clip.",
            "learn-one-step",
            lambda x, gradient, step_size: x + np.clip(step_size * gradient, 0, 1),
        ),
        Mistake(
            "the image is stretched to 0 to 1",
            "All pixels are scaled until the darkest is 0 and the brightest is 1. Only pixels "
            "outside are brought back.",
            "learn-one-step",
            lambda x, gradient, step_size: _stretched(x + step_size * gradient),
        ),
        Mistake(
            "only the sign of the gradient",
            "Every pixel moves equally far. Each moves by a little of its own derivative.",
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(x + step_size * np.sign(gradient), 0, 1),
        ),
        Mistake(
            "the gradient is divided by its size",
            "The gradient is divided by its own size. The lecture's step takes it as it is.",
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(
                x + step_size * gradient / np.linalg.norm(gradient), 0, 1
            ),
        ),
        Mistake(
            "the gradient is divided by its size",
            "The gradient is divided by its largest number. The lecture's step takes it as it is.",
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(
                x + step_size * gradient / np.abs(gradient).max(), 0, 1
            ),
        ),
        Mistake(
            "the step size is left out",
            "The whole gradient is added. A step is `step_size` times the gradient.",
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(x + gradient, 0, 1),
        ),
        Mistake(
            "the change in place of the image",
            "This is the change alone. The step is added to the image that is there.",
            "learn-one-step",
            lambda x, gradient, step_size: step_size * gradient,
        ),
        Mistake(
            "the change in place of the image",
            "This is the change alone. The step is added to the image that is there.",
            "learn-one-step",
            lambda x, gradient, step_size: np.clip(step_size * gradient, 0, 1),
        ),
    ],
    hints=[
        "Pixels that help become brighter, those that hurt become darker. What is added to x?",
        "`x + step_size * gradient` may leave 0 to 1.",
        "`np.clip(numbers, 0, 1)` brings what is below 0 to 0 and what is above 1 to 1.",
    ],
    section="learn-one-step",
    explain=_pixel,
)

# ------------------------------------------------------------------------- many steps


class _Hill:
    """The gradient of a hill: the further a pixel is from the top, the steeper it is there."""

    def __init__(self, top: Numbers, steepness: float) -> None:
        self.top, self.steepness = top, steepness

    def __call__(self, x: Numbers) -> Numbers:
        return self.steepness * (self.top - x)


def _draw_climb(rng: np.random.Generator) -> Given:
    shape = rng.integers(2, 5, 2)
    hill = _Hill(rng.integers(-2, 7, shape) / 4, float(rng.choice([2.0, 5.0, 7.0])))
    return given(hill, _pixels(rng, *shape), int(rng.integers(1, 5)), 0.25)


def _way(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    """Where one pixel goes, step by step."""
    gradient_of, x, steps, step_size = one.args
    images = [solutions.my_climb(gradient_of, x, n, step_size) for n in range(min(steps, 4) + 1)]
    way = ", ".join(f"{image[index]:.4g}" for image in images)
    return f"Step by step this pixel is {way}.", ()


def _fixed_gradient(gradient_of: Any, x: Numbers, steps: int, step_size: float) -> Numbers:
    return np.clip(x + steps * step_size * gradient_of(x), 0, 1)


def _unlimited(gradient_of: Any, x: Numbers, steps: int, step_size: float) -> Numbers:
    for _ in range(steps):
        x = x + step_size * gradient_of(x)
    return x


def _whole_climb(gradient_of: Any, x: Numbers, steps: int, step_size: float) -> Numbers:
    return np.stack([solutions.my_climb(gradient_of, x, n, step_size) for n in range(steps + 1)])


climb = FunctionExercise(
    "climb",
    "Write gradient ascent: `steps` steps, and the gradient computed anew before each of them.",
    solution=solutions.my_climb,
    lecture=[
        given(_Hill(lecture.IMAGE.astype(float), 1.0), np.full((6, 6), 0.5), 5, 0.05),
        given(_Hill(lecture.IMAGE.astype(float), 1.0), np.full((6, 6), 0.5), 20, 0.05),
    ],
    probes=[
        given(
            _Hill(np.array([[0.75, 0.25, 1.5], [-0.5, 0.5, 1.0]]), 6.0), np.zeros((2, 3)), 3, 0.25
        ),
        given(_Hill(np.array([[0.75, -1.0], [0.5, 0.0]]), 6.0), np.ones((2, 2)), 4, 0.25),
        given(_Hill(np.array([[0.75, -1.0]]), 1.0), np.array([[0.5, 0.25]]), 0, 0.25),
    ],
    draw=_draw_climb,
    mistakes=[
        Mistake(
            "the gradient is computed only once",
            "All steps use the gradient of the start. The image has changed, so its gradient has, "
            "too: call `gradient_of(x)` inside the loop.",
            "learn-ascent",
            _fixed_gradient,
        ),
        Mistake(
            "each step begins at the start",
            "Every step starts from the first image again, so one step is all that remains. Keep "
            "the new image for the next step.",
            "learn-ascent",
            lambda gradient_of, x, steps, step_size: solutions.my_climb(
                gradient_of, x, min(steps, 1), step_size
            ),
        ),
        Mistake(
            "downhill",
            _DOWNHILL,
            "learn-one-step",
            lambda gradient_of, x, steps, step_size: solutions.my_climb(
                gradient_of, x, steps, -step_size
            ),
        ),
        Mistake(
            "one step too few",
            "One step is missing: `range(steps)` counts from 0 and has `steps` numbers.",
            "learn-ascent",
            lambda gradient_of, x, steps, step_size: solutions.my_climb(
                gradient_of, x, steps - 1, step_size
            ),
        ),
        Mistake(
            "one step too many",
            "There is one step too many: `range(steps)` has `steps` numbers, beginning at 0.",
            "learn-ascent",
            lambda gradient_of, x, steps, step_size: solutions.my_climb(
                gradient_of, x, steps + 1, step_size
            ),
        ),
        Mistake(
            "pixels leave 0 to 1",
            _LEAVES,
            "learn-range",
            _unlimited,
        ),
        Mistake(
            "the pixels are brought back only at the end",
            "The pixels are brought back once, after the last step. That belongs to every step.",
            "learn-one-step",
            lambda gradient_of, x, steps, step_size: np.clip(
                _unlimited(gradient_of, x, steps, step_size), 0, 1
            ),
        ),
        Mistake(
            "all images on the way",
            "All images on the way are returned. Here only the last one is asked for.",
            "learn-ascent",
            _whole_climb,
        ),
    ],
    hints=[
        "One step is `my_ascent_step`. What changes from one step to the next?",
        "A loop over `range(steps)`. In it the new image takes the place of the old one.",
        "Inside the loop: `x = np.clip(x + step_size * gradient_of(x), 0, 1)`.",
    ],
    section="learn-ascent",
    explain=_way,
)

# ------------------------------------------------------------------------- penalties


def _draw_penalty(rng: np.random.Generator) -> Given:
    shape = rng.integers(2, 5, 2)
    x = rng.permutation(np.arange(np.prod(shape)) - 2).reshape(shape) / 4
    return given(whole_numbers(rng, *shape), x, float(rng.choice([0.25, 0.5, 2.0])))


def _slope(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    gradient, x, weight = one.args
    sentence = (
        f"There the derivative of a^k is {gradient[index]:.4g}, the pixel {x[index]:.4g}, the "
        f"weight {weight:.4g}."
    )
    return sentence, ()


_PATTERN = np.arange(36.0).reshape(6, 6) % 7 - 2.5

l1_gradient = FunctionExercise(
    "l1_gradient",
    "Write the gradient of a^k minus `weight` times the sum of all |x_ij|.",
    solution=solutions.my_penalized_gradient,
    lecture=[
        given(_PATTERN, lecture.IMAGE.astype(float), 0.3),
        given(_PATTERN, lecture.IMAGE.astype(float), 1.0),
    ],
    probes=[
        given(
            np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]),
            np.array([[-2.0, 0.25, 0.0], [0.5, -0.75, 3.0]]),
            0.5,
        ),
    ],
    draw=_draw_penalty,
    mistakes=[
        Mistake(
            "the penalty is added",
            "The penalty is added, so ink would be rewarded. It is subtracted.",
            "learn-penalty",
            lambda gradient, x, weight: gradient + weight * np.sign(x),
        ),
        Mistake(
            "the slope of the squares",
            "This is the slope of a sum of squares: it grows with x. The slope of |x| is 1 or -1, "
            "however large x is.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight * x,
        ),
        Mistake(
            "the slope of the squares",
            "2x is the slope of x². The slope of |x| is 1 or -1, however large x is.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - 2 * weight * x,
        ),
        Mistake(
            "the sign is left out",
            "The weight is subtracted at every pixel. Below 0 the slope of |x| is -1, at 0 it is "
            "taken as 0.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight,
        ),
        Mistake(
            "the penalty in place of its slope",
            "|x| itself is subtracted. A gradient is made of slopes: the slope of |x| is 1 or -1.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight * np.abs(x),
        ),
        Mistake(
            "the whole sum at each pixel",
            "The sum over all pixels is subtracted at each of them. If one pixel changes, only "
            "its own |x| changes.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight * np.abs(x).sum(),
        ),
        Mistake(
            "the mean in place of the sum",
            "The slope is divided by the number of pixels: that belongs to a mean. The lecture "
            "subtracts a sum.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight * np.sign(x) / x.size,
        ),
        Mistake(
            "the weight is left out",
            "The slope of |x| is subtracted once. Multiply it by `weight`.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - np.sign(x),
        ),
        Mistake(
            "another slope at 0",
            "Only black pixels differ: at 0 you take the slope 1, as the book's own `L1` does. "
            "Here 0 is asked for, as `np.sign` gives.",
            "learn-penalty",
            lambda gradient, x, weight: gradient - weight * np.where(x >= 0, 1, -1),
        ),
    ],
    hints=[
        "The gradient of a difference is the difference of the gradients.",
        "If one pixel changes, only its own |x| changes. Draw |x|: which slope has it for x > 0, "
        "and for x < 0?",
        "`np.sign(x)` is 1, -1 or 0. Multiply it by `weight`, and subtract.",
    ],
    section="learn-penalty",
    explain=_slope,
)


def _draw_image(rng: np.random.Generator) -> Given:
    return given(whole_numbers(rng, *rng.integers(3, 6, 2)) / 4)


def _differences(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    (image,) = one.args
    down, right = (np.abs(np.diff(image, axis=axis)).sum() for axis in (0, 1))
    sentence = f"Downwards the differences add up to {down:.4g}, to the right to {right:.4g}."
    return sentence, (Grid("the image", image),)


def _both(image: Numbers, what: Any) -> Any:
    """What is made of the differences down, plus what is made of those to the right."""
    return what(np.diff(image, axis=0)) + what(np.diff(image, axis=1))


total_variation = FunctionExercise(
    "total_variation",
    "Write the total variation of an image: the sum of |difference| over all pairs of neighbors.",
    solution=solutions.my_total_variation,
    lecture=[given(lecture.IMAGE.astype(float))],
    probes=[
        given(np.array([[0.0, 0.25, 1.0], [0.5, 0.5, 0.75]])),
        given(np.array([[0.25, 1.0], [0.0, 0.5], [0.75, 0.75], [1.0, 0.25]])),
        given(np.full((3, 4), 0.5)),
    ],
    draw=_draw_image,
    mistakes=[
        Mistake(
            "differences with their sign",
            "The differences keep their sign, and those up and those down cancel. Take each "
            "without sign.",
            "learn-page",
            lambda image: _both(image, np.sum),
        ),
        Mistake(
            "the sign is dropped after the sum",
            "The sign is dropped too late: first take each difference without sign, then add.",
            "learn-page",
            lambda image: _both(image, lambda differences: np.abs(differences.sum())),
        ),
        Mistake(
            "the squares of the differences",
            "The differences are squared. For 0 and 1 that is the same, for grey it is not: take "
            "them without sign.",
            "learn-page",
            lambda image: _both(image, lambda differences: np.sum(differences**2)),
        ),
        Mistake(
            "neighbors downwards only",
            "Only neighbors one below the other are compared. Those side by side count, too.",
            "learn-page",
            lambda image: np.abs(np.diff(image, axis=0)).sum(),
        ),
        Mistake(
            "neighbors to the right only",
            "Only neighbors side by side are compared. Those one below the other count, too.",
            "learn-page",
            lambda image: np.abs(np.diff(image, axis=1)).sum(),
        ),
        Mistake(
            "the last pixel beside the first",
            "`np.roll` puts the last row beside the first row, and the last column beside the "
            "first column. They are no neighbors.",
            "learn-page",
            lambda image: sum(np.abs(image - np.roll(image, 1, axis)).sum() for axis in (0, 1)),
        ),
        Mistake(
            "the last row and column are left out",
            "The last row and the last column have pairs, too: side by side in the last row, one "
            "below the other in the last column.",
            "learn-page",
            lambda image: (
                np.abs(np.diff(image, axis=0))[:, :-1].sum()
                + np.abs(np.diff(image, axis=1))[:-1].sum()
            ),
        ),
        Mistake(
            "the mean in place of the sum",
            "The differences are averaged. Here they are added.",
            "learn-page",
            lambda image: _both(image, lambda differences: np.abs(differences).mean()),
        ),
        Mistake(
            "each pair counted twice",
            "Each pair of neighbors is counted twice, once from either side. Once is enough.",
            "learn-page",
            lambda image: 2 * _both(image, lambda differences: np.abs(differences).sum()),
        ),
        Mistake(
            "differences of differences",
            "The differences to the right are taken of the differences downwards. Take both of "
            "the image itself.",
            "learn-page",
            lambda image: np.abs(np.diff(np.diff(image, axis=0), axis=1)).sum(),
        ),
        Mistake(
            "differences from the mean",
            "Each pixel is compared with the mean of the image. Compare it with its neighbors.",
            "learn-page",
            lambda image: np.abs(image - image.mean()).sum(),
        ),
    ],
    hints=[
        "Each pixel has a neighbor below it and one to its right, except at the last row and the "
        "last column.",
        "`image[1:] - image[:-1]` are all differences downwards at once.",
        "`np.abs` of both kinds, each summed, and the two sums added.",
    ],
    section="learn-page",
    explain=_differences,
)
