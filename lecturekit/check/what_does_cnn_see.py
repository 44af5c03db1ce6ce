"""Exercises of chapter 7, about what a CNN sees in an image."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import lecture
from lecturekit.check.call import Given, given
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import lopsided, whole_numbers, without_ties
from lecturekit.check.question import Question
from lecturekit.check.solutions import what_does_cnn_see as solutions
from lecturekit.check.verdict import Grid
from lecturekit.shapes import ShapeError

Explained = tuple[str, tuple[Grid, ...]]
Numbers = npt.NDArray[Any]
Predict = Callable[[Numbers], float]

# --------------------------------------------------------------------- saliency


def _derivatives(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    (gradient,) = one.args
    numbers = ", ".join(f"{number:.4g}" for number in gradient[index])
    noun = "derivative is" if gradient.shape[-1] == 1 else "derivatives are"
    return f"There the {noun} {numbers}.", ()


saliency = FunctionExercise(
    "saliency",
    "Write the saliency map of shape (H, W), from the gradient of y_k of shape (H, W, C).",
    solution=solutions.my_saliency,
    lecture=[given(lecture.FEATURE_MAP_1[:, :, None].astype(float))],
    probes=[
        given(
            np.array(
                [
                    [[1.0, -4.0, 2.0], [3.0, 2.0, 3.0], [-1.0, -2.0, -0.5]],
                    [[0.0, 0.5, -0.5], [-3.0, 1.0, 1.0], [2.0, 2.0, -5.0]],
                ]
            )
        ),
        given(np.arange(24.0).reshape(4, 3, 2) % 9 - 5),
    ],
    draw=lambda rng: given(whole_numbers(rng, *rng.integers([3, 3, 1], [6, 6, 4]), largest=9)),
    mistakes=[
        Mistake(
            "with its sign",
            "The sign is still there: a pixel with a large negative derivative matters as much.",
            "see-saliency",
            lambda gradient: gradient.max(axis=-1),
        ),
        Mistake(
            "the sign is dropped at the end",
            "The largest channel is chosen with its sign, and a large negative one is passed over. "
            "Take the absolute values first.",
            "see-saliency",
            lambda gradient: np.abs(gradient.max(axis=-1)),
        ),
        Mistake(
            "negative derivatives count as 0",
            "Negative derivatives have become 0. Saliency drops the sign, not the number.",
            "see-saliency",
            lambda gradient: np.maximum(gradient, 0).max(axis=-1),
        ),
        Mistake(
            "the channels are added",
            "The channels are added with their signs, and may cancel. Take the absolute values "
            "first, then the largest.",
            "see-saliency",
            lambda gradient: np.abs(gradient.sum(axis=-1)),
        ),
        Mistake(
            "the channels are added",
            "The absolute values of the channels are added. Here the largest of them is asked for.",
            "see-saliency",
            lambda gradient: np.abs(gradient).sum(axis=-1),
        ),
        Mistake(
            "the mean of the channels",
            "The absolute values of the channels are averaged. Here the largest is asked for.",
            "see-saliency",
            lambda gradient: np.abs(gradient).mean(axis=-1),
        ),
        Mistake(
            "the squares in place of the sizes",
            "The derivatives are squared. The lecture takes them without sign: a 3 stays a 3.",
            "see-saliency",
            lambda gradient: (gradient**2).max(axis=-1),
        ),
        Mistake(
            "scaled to 0 to 1",
            "The map is divided by its largest number. A picture needs that, the map keeps the "
            "slopes as they are.",
            "see-saliency",
            lambda gradient: np.abs(gradient).max(axis=-1) / np.abs(gradient).max(),
        ),
        Mistake(
            "the axis of channels is kept",
            "Each pixel still has a number for each channel. Keep the largest: `.max(axis=-1)`.",
            "see-saliency",
            lambda gradient: np.abs(gradient),
        ),
        Mistake(
            "one number for the whole image",
            "This is the largest of all pixels. Without `axis=-1` the maximum is taken over all "
            "axes.",
            "see-saliency",
            lambda gradient: np.abs(gradient).max(),
        ),
    ],
    hints=[
        "Saliency has no sign: -4 matters more than 2.",
        "`np.abs(gradient)` first. Then each pixel keeps the largest of its channels.",
        "The channels are the last axis: `.max(axis=-1)`.",
    ],
    section="see-saliency",
    formula="One number for each pixel: (H, W).",
    explain=_derivatives,
)

saliency_question = Question(
    "saliency_question",
    "In a saliency map one pixel is dark, and in the digit there is no ink at this place. What "
    "does that say?",
    answer_name="my_reading",
    answer="d",
    choices={
        "a": "Ink at this place would make the network more certain.",
        "b": "The map has a mistake: where there is no ink there is nothing to see.",
        "c": "A box that covers this place would change the answer most.",
        "d": "A small change of this pixel changes y_k a lot, to more or to less.",
    },
    why="Saliency is the size of a slope: it has no sign, and it holds for small changes. That a "
    "place is black can be what makes the digit.",
    mistakes=[
        Mistake(
            "saliency has a sign",
            "It may make y_k smaller as well. Saliency has no sign: the pixel matters, in one "
            "direction or the other.",
            "see-saliency",
            "a",
        ),
        Mistake(
            "only ink matters",
            "That a place is black can be what makes the digit: close the gap in a 3, and it is "
            "an 8.",
            "see-saliency",
            "b",
        ),
        Mistake(
            "a slope tells of large changes",
            "A derivative is the slope at one point, for small changes. A box is a large change, "
            "and the two agree only in part.",
            "see-agree",
            "c",
        ),
    ],
    hints=[
        "Saliency is |dy_k / dx_ij|. Which two things does a derivative tell, and which of them "
        "do the bars take away?",
        "The bars take the sign away. What stays: how much y_k changes if the pixel changes a "
        "little.",
    ],
    section="see-saliency",
)

sanity_check = Question(
    "sanity_check",
    "The maps of a new method look like the digits. You put random weights in place of the "
    "trained ones, and the maps stay as they were. What follows?",
    answer_name="my_verdict",
    answer="a",
    choices={
        "a": "The maps do not show what the network has learned.",
        "b": "The method is reliable: it always finds the digit.",
        "c": "A network with random weights reads digits just as well.",
    },
    why="What was learned is gone with the weights, and the maps did not notice. They show the "
    "image, as an edge detector does.",
    mistakes=[
        Mistake(
            "a map that looks like the digit is right",
            "It finds the digit without any learned weight. So what it shows comes from the "
            "image, not from what the network learned.",
            "see-saliency",
            "b",
        ),
        Mistake(
            "the maps are the answer",
            "Nobody looked at its answers. Only the maps stayed, and a map can look like the "
            "digit without the network reading it.",
            "see-saliency",
            "c",
        ),
    ],
    hints=[
        "Where is what the network has learned?",
        "In its weights. They are gone, and the maps are the same.",
    ],
    section="see-saliency",
)

# ---------------------------------------------------------------------- occlusion


class _Score:
    """Stands for a network: an image becomes the weighted sum of its pixels."""

    def __init__(self, weights: Numbers) -> None:
        self.weights = weights

    def __call__(self, image: Numbers) -> float:
        if np.shape(image) != self.weights.shape:
            raise ShapeError(
                f"predict takes an image of shape {self.weights.shape}, got {np.shape(image)}"
            )
        return float(np.sum(self.weights * image))


def _draw_occlusion(rng: np.random.Generator) -> Given:
    shape = [int(side) for side in rng.integers(3, 6, 2)]
    if rng.integers(2):
        shape.append(2)
    image = rng.integers(0, 5, shape) / 4
    size, value = int(rng.integers(1, 4)), float(rng.choice([0.25, 0.5, 1.0]))
    return given(_Score(lopsided(rng, *shape)), image, size, value)


def _box(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    _, image, size, value = one.args
    i, j = index
    covered = image.copy()
    covered[i : i + size, j : j + size] = value
    sentence = f"There the box covers rows {i} to {i + size - 1}, columns {j} to {j + size - 1}."
    if image.ndim == 2:
        return sentence, (Grid("the covered image", covered),)
    return sentence, (Grid("the covered image, channel 0", covered[..., 0]),)


def _places(image: Numbers, size: int) -> list[list[tuple[slice, slice]]]:
    """All places of a box, row by row."""
    rows, columns = (side - size + 1 for side in image.shape[:2])
    return [[(slice(i, i + size), slice(j, j + size)) for j in range(columns)] for i in range(rows)]


def _boxes_stay(predict: Predict, image: Numbers, size: int, value: float) -> Numbers:
    image = image.copy()

    def answer(place: tuple[slice, slice]) -> float:
        image[place] = value
        return predict(image)

    return np.array([[answer(place) for place in row] for row in _places(image, size)])


def _inside_out(predict: Predict, image: Numbers, size: int, value: float) -> Numbers:
    def answer(place: tuple[slice, slice]) -> float:
        rest = np.full_like(image, value)
        rest[place] = image[place]
        return predict(rest)

    return np.array([[answer(place) for place in row] for row in _places(image, size)])


def _one_larger(predict: Predict, image: Numbers, size: int, value: float) -> Numbers:
    rows, columns = (side - size + 1 for side in image.shape[:2])
    return _sticks_out(predict, image, size + 1, value)[:rows, :columns]


def _sticks_out(predict: Predict, image: Numbers, size: int, value: float) -> Numbers:
    answers = np.zeros(image.shape[:2])
    for i, j in np.ndindex(*answers.shape):
        covered = image.copy()
        covered[i : i + size, j : j + size] = value
        answers[i, j] = predict(covered)
    return answers


_WEIGHTS = np.arange(36.0).reshape(6, 6) % 7 - 2

occlusion = FunctionExercise(
    "occlusion",
    "Write what `predict` answers for each place of a box, `size` by `size` pixels of `value`.",
    solution=solutions.my_occlusion,
    lecture=[given(_Score(_WEIGHTS), lecture.IMAGE.astype(float), 3, 0.5)],
    probes=[
        given(
            _Score(np.arange(20.0).reshape(4, 5) % 6 - 2), np.arange(20.0).reshape(4, 5) % 3, 2, 1.0
        ),
        given(
            _Score(np.arange(24.0).reshape(4, 3, 2) % 7),
            np.arange(24.0).reshape(4, 3, 2) % 5,
            3,
            0.25,
        ),
        given(_Score(np.arange(6.0).reshape(2, 3) - 2), np.ones((2, 3)), 1, 0.0),
    ],
    draw=_draw_occlusion,
    mistakes=[
        Mistake(
            "the boxes stay",
            "The boxes add up: an earlier one is still there. For each place take a new copy of "
            "the image.",
            "see-occlusion",
            _boxes_stay,
        ),
        Mistake(
            "the fall in place of the answer",
            "This is the answer without a box minus the one with it. Here the answer itself is "
            "asked for.",
            "see-occlusion",
            lambda predict, image, size, value: (
                predict(image) - solutions.my_occlusion(predict, image, size, value)
            ),
        ),
        Mistake(
            "the fall in place of the answer",
            "This is the change that the box makes. Here the answer itself is asked for.",
            "see-occlusion",
            lambda predict, image, size, value: (
                solutions.my_occlusion(predict, image, size, value) - predict(image)
            ),
        ),
        Mistake(
            "a box that is one pixel too large",
            "The box has `size + 1` rows and columns: the end of a slice does not belong to it.",
            "see-occlusion",
            _one_larger,
        ),
        Mistake(
            "the box sticks out",
            "There is a place for every pixel, and the last boxes stick out of the image. All of "
            "the box has to lie inside.",
            "see-occlusion",
            _sticks_out,
        ),
        Mistake(
            "the last places are missing",
            "A row and a column of places are missing: the box fits H - size + 1 times, not "
            "H - size.",
            "see-occlusion",
            lambda predict, image, size, value: solutions.my_occlusion(predict, image, size, value)[
                :-1, :-1
            ],
        ),
        Mistake(
            "a black box whatever the value",
            "The box is always black. It is filled with `value`, and the answer depends on it.",
            "see-occlusion",
            lambda predict, image, size, value: solutions.my_occlusion(predict, image, size, 0.0),
        ),
        Mistake(
            "all but the box is covered",
            "Everything but the box is covered. The box hides, and the rest stays to be seen.",
            "see-occlusion",
            _inside_out,
        ),
        Mistake(
            "boxes side by side",
            "The box jumps by its own size. It moves by one pixel.",
            "see-occlusion",
            lambda predict, image, size, value: solutions.my_occlusion(predict, image, size, value)[
                ::size, ::size
            ],
        ),
        Mistake(
            "rows and columns exchanged",
            "The map is on its side: row i belongs to boxes whose upper edge is in row i.",
            "see-occlusion",
            lambda predict, image, size, value: (
                solutions.my_occlusion(predict, image, size, value).T
            ),
        ),
    ],
    hints=[
        "How many places has the box, down and across? That is the shape of the map.",
        "For each place: copy the image, fill the box, ask `predict`.",
        "`covered = image.copy()` and `covered[i : i + size, j : j + size] = value`.",
    ],
    section="see-occlusion",
    formula="The box fits in H - size + 1 rows and W - size + 1 columns of places.",
    explain=_box,
)

# -------------------------------------------------------------------- Deep Dream


def _number(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    numbers, rate = one.args
    return f"There the number is {numbers[index]:.4g}, and the rate {rate:.4g}.", ()


def _one_only(numbers: Numbers, rate: float, which: int | np.intp) -> Numbers:
    result = numbers.copy()
    result.flat[which] *= 1 + rate
    return result


def _draw_dream(rng: np.random.Generator) -> Given:
    shape = rng.integers(2, 5, int(rng.integers(1, 4)))
    return given(without_ties(rng, *shape), float(rng.choice([0.125, 0.25, 0.5])))


dream_objective = FunctionExercise(
    "dream_objective",
    "Write one step of Deep Dream: `rate` times the gradient of half the sum of the squares.",
    solution=solutions.my_dream,
    lecture=[given(np.array([3.9, -1.5, 2.3]), 0.1)],
    probes=[
        given(np.array([[0.0, -2.0, 0.5], [4.0, -0.25, 1.0]]), 0.5),
        given(np.array([-3.0, -1.0, -0.5, 0.0]), 0.25),
    ],
    draw=_draw_dream,
    mistakes=[
        Mistake(
            "the sign is lost",
            "A negative number came back positive. It moves away from 0, too, and stays negative.",
            "see-dream",
            lambda numbers, rate: np.abs(numbers) * (1 + rate),
        ),
        Mistake(
            "the sign is lost",
            "A negative number moved upwards. It moves away from 0, too: down.",
            "see-dream",
            lambda numbers, rate: numbers + rate * np.abs(numbers),
        ),
        Mistake(
            "all move equally far",
            "The same amount is added to every number. Each moves by a part of itself.",
            "see-dream",
            lambda numbers, rate: numbers + rate,
        ),
        Mistake(
            "all move equally far",
            "The direction is right, and all numbers move equally far. The largest moves most.",
            "see-dream",
            lambda numbers, rate: numbers + rate * np.sign(numbers),
        ),
        Mistake(
            "only the largest number",
            "Only the largest number moves. All of them move away from 0, each by a part of "
            "itself.",
            "see-dream",
            lambda numbers, rate: _one_only(numbers, rate, numbers.argmax()),
        ),
        Mistake(
            "only the largest number",
            "Only the number furthest from 0 moves. All of them do, each by a part of itself.",
            "see-dream",
            lambda numbers, rate: _one_only(numbers, rate, np.abs(numbers).argmax()),
        ),
        Mistake(
            "only what is positive",
            "Negative numbers stay as they are. They become smaller, so they move away from 0, "
            "too.",
            "see-dream",
            lambda numbers, rate: numbers + rate * np.maximum(numbers, 0),
        ),
        Mistake(
            "the squares in place of their slope",
            "The squares are added. The gradient of half the sum of the squares is the numbers "
            "themselves.",
            "see-dream",
            lambda numbers, rate: numbers + rate * numbers**2,
        ),
        Mistake(
            "the half is forgotten",
            "This is twice the step. 2a is the slope of a²; half of a² has the slope a.",
            "see-dream",
            lambda numbers, rate: numbers + 2 * rate * numbers,
        ),
        Mistake(
            "towards 0",
            "The numbers shrink: that is a step downhill. Deep Dream exaggerates.",
            "see-dream",
            lambda numbers, rate: numbers - rate * numbers,
        ),
        Mistake(
            "the change in place of the numbers",
            "This is the step alone. Add it to the numbers.",
            "see-dream",
            lambda numbers, rate: rate * numbers,
        ),
    ],
    hints=[
        "What is positive becomes larger, what is negative smaller.",
        "If one number a changes, only half of its own square changes. Which slope has a²/2?",
        "Its slope is a: the gradient is the numbers themselves. Add `rate * numbers`.",
    ],
    section="see-dream",
    explain=_number,
)

# -------------------------------------------------------------------- Deep Style


def _pair(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    (maps,) = one.args
    k, m = index
    mean = float((maps[..., k] * maps[..., m]).mean())
    which = f"map {k} with itself" if k == m else f"map {k} with map {m}"
    grids = tuple(Grid(f"map {n}", maps[..., n]) for n in dict.fromkeys((k, m)))
    return f"Position by position, {which} has the mean product {mean:.4g}.", grids


def _gram_of(table: Numbers) -> Numbers:
    """Of a table with a row for each position."""
    return table.T @ table / len(table)


def _table(maps: Numbers) -> Numbers:
    return maps.reshape(-1, maps.shape[-1])


gram = FunctionExercise(
    "gram",
    "Write the Gram matrix G of shape (F, F) of the maps of a layer, of shape (H, W, F).",
    solution=solutions.my_gram,
    lecture=[
        given(np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1).astype(float))
    ],
    probes=[
        given(np.array([[[1.0, 2.0, 0.0], [3.0, -1.0, 0.5]], [[0.0, 4.0, -2.0], [2.0, 1.0, 1.0]]])),
        given(np.arange(24.0).reshape(2, 3, 4) % 7 - 2),
    ],
    draw=lambda rng: given(without_ties(rng, *rng.integers([3, 2, 2], [6, 4, 5]))),
    mistakes=[
        Mistake(
            "positions in place of filters",
            "There is a row for each position. The sum runs over the positions, and a row and a "
            "column for each filter stay: F.T @ F.",
            "see-style",
            lambda maps: _table(maps) @ _table(maps).T / len(_table(maps)),
        ),
        Mistake(
            "positions in place of filters",
            "There is a row for each position. The sum runs over the positions, and a row and a "
            "column for each filter stay: F.T @ F.",
            "see-style",
            lambda maps: _table(maps) @ _table(maps).T / maps.shape[-1],
        ),
        Mistake(
            "the sum in place of the mean",
            "The products are added. Divide by the number of positions.",
            "see-style",
            lambda maps: _gram_of(_table(maps)) * len(_table(maps)),
        ),
        Mistake(
            "divided by all numbers",
            "The sum is divided by all numbers of the maps. G is a mean over the positions.",
            "see-style",
            lambda maps: _gram_of(_table(maps)) / maps.shape[-1],
        ),
        Mistake(
            "divided by the number of filters",
            "The sum is divided by the number of filters. G is a mean over the positions.",
            "see-style",
            lambda maps: _gram_of(_table(maps)) * len(_table(maps)) / maps.shape[-1],
        ),
        Mistake(
            "the mean is subtracted first",
            "The mean of each map is subtracted: that gives the covariance. G takes the maps as "
            "they are.",
            "see-style",
            lambda maps: _gram_of(_table(maps) - _table(maps).mean(axis=0)),
        ),
        Mistake(
            "a correlation from -1 to 1",
            "These are correlations as in statistics. The Gram matrix subtracts no mean and "
            "divides by no spread.",
            "see-style",
            lambda maps: np.corrcoef(_table(maps), rowvar=False),
        ),
        Mistake(
            "the maps are mixed up",
            "`reshape(F, -1)` mixes the maps: the filters are the last axis. `reshape(-1, F)` "
            "has a column for each filter.",
            "see-style",
            lambda maps: _gram_of(maps.reshape(maps.shape[-1], -1).T),
        ),
        Mistake(
            "each filter only with itself",
            "These are the squares of each map, the diagonal of G. Each filter meets all "
            "others, too.",
            "see-style",
            lambda maps: (_table(maps) ** 2).mean(axis=0),
        ),
        Mistake(
            "after the activation function",
            "The negative numbers are missing, as after ReLU. Chapter 7 takes the maps before it.",
            "see-style",
            lambda maps: _gram_of(np.maximum(_table(maps), 0)),
        ),
    ],
    hints=[
        "Write the maps as a table F: a row for each position, a column for each filter.",
        "`maps.reshape(-1, filters)` is this table. In G there is a number for each two columns.",
        "`table.T @ table` adds the products over all positions. Divide by how many there are.",
    ],
    section="see-style",
    formula="A row and a column for each filter: (F, F).",
    explain=_pair,
)
