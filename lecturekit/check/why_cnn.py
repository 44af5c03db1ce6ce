"""Exercises of chapter 1: why CNN for images."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.check.call import Given, given
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import lopsided, whole_numbers
from lecturekit.check.question import Question
from lecturekit.check.solutions import why_cnn as solutions
from lecturekit.check.verdict import Grid

Place = tuple[int, int]

_NO_BIASES = "The biases are counted, too. Here only the weights are asked for."

weights_of_a_layer = Question(
    "weights_of_a_layer",
    "How many weights, without biases, has a fully connected layer of 1000 neurons on a color "
    "image of 100×100 pixels?",
    answer_name="my_weights",
    answer=30_000_000,
    why="The image has 100 × 100 × 3 = 30,000 numbers. Each of the 1000 neurons has a weight for "
    "each of them.",
    mistakes=[
        Mistake(
            "the colors are not counted",
            "10 million would do for a gray image. A color image has 3 numbers for each pixel.",
            "why-weights",
            10_000_000,
        ),
        Mistake(
            "one neuron only",
            "30,000 is how many weights one neuron has. There are 1000 neurons, and they share "
            "nothing.",
            "why-weights",
            30_000,
        ),
        Mistake("the biases are counted", _NO_BIASES, "why-weights", 30_001_000),
        Mistake(
            "inputs and neurons are added",
            "31,000 is the number of inputs plus the number of neurons. Each input is connected to "
            "each neuron: multiply.",
            "why-weights",
            31_000,
        ),
        Mistake(
            "one side of the image only",
            "300,000 counts 100 pixels. The image has 100 rows of 100 pixels.",
            "why-weights",
            300_000,
        ),
    ],
    hints=[
        "How many numbers has the image? Each pixel has one for each of 3 colors.",
        "Each neuron has one weight for each of these numbers.",
        "100 × 100 × 3 weights for one neuron, and 1000 neurons.",
    ],
    section="why-weights",
)

filter_weights = Question(
    "filter_weights",
    "How many weights, without biases, do 25 filters of 3×3 have that move over a digit of "
    "28×28×1?",
    answer_name="my_filter_weights",
    answer=225,
    why="Each filter has 3 × 3 × 1 = 9 weights, and uses them at all places: 25 × 9 = 225.",
    mistakes=[
        Mistake(
            "weights of its own for each place",
            "152,100 is 9 weights for each number of the maps. All 26 × 26 places of a map use "
            "the same 9.",
            "why-left-out",
            152_100,
        ),
        Mistake(
            "one filter only",
            "One filter has 9 weights. There are 25, and each finds another pattern.",
            "why-left-out",
            9,
        ),
        Mistake("the biases are counted", _NO_BIASES, "why-left-out", 250),
        Mistake(
            "a weight for each pixel",
            "19,600 is a weight for each pixel and each filter. A filter sees 3 × 3 pixels at a "
            "time.",
            "why-small",
            19_600,
        ),
        Mistake(
            "the numbers of the maps",
            "16,900 is how many numbers the 25 maps have. They are computed, not learned.",
            "why-left-out",
            16_900,
        ),
        Mistake(
            "a fully connected layer",
            "That many weights has a fully connected layer with as many results. A filter sees 9 "
            "pixels and shares its weights.",
            "why-left-out",
            13_249_600,
        ),
    ],
    hints=[
        "How many pixels does one filter see at a time?",
        "It has one weight for each of them. Does it need others at the next place?",
        "9 weights for each filter, the same at all places, and 25 filters.",
    ],
    section="why-left-out",
)

same_pattern_where = Question(
    "same_pattern_where",
    "For which of these data is there no reason to use one filter at many places?",
    answer_name="my_data",
    answer="c",
    choices={
        "a": "Positions on a Go board.",
        "b": "Handwritten digits, each in the middle of its image.",
        "c": "Handwritten digits, the pixels of all of them shuffled in the same way.",
        "d": "Spectrograms of sounds, with a filter that moves along the frequency.",
    },
    why="After the shuffle the neighbors of a pixel come from anywhere: a window of 3×3 sees no "
    "piece of a stroke. A fully connected layer learns as well as before.",
    mistakes=[
        Mistake(
            "no subsampling, so no filter",
            "A Go board must not be subsampled, that is property 3. But it has small patterns, "
            "and each may appear in every region.",
            "why-limits",
            "a",
        ),
        Mistake(
            "one place for the object, so one place for its patterns",
            "The digit stands in the middle, but the same stroke appears in several regions of it: "
            "the ring of a zero runs downhill twice.",
            "why-regions",
            "b",
        ),
        Mistake(
            "no photo, so no filter",
            "A spectrogram is no photo, and yet the same pattern appears at higher and lower "
            "frequencies. The lecture moves the filter along them.",
            "why-limits",
            "d",
        ),
    ],
    hints=[
        "One filter for all places needs property 2: the same patterns appear in different "
        "regions. Not the whole object, its patterns.",
        "Ask of each: if I cut out a small piece, may I find it again somewhere else?",
        "Which of the four has lost its neighborhoods?",
    ],
    section="why-regions",
)

# -------------------------------------------------------------------- functions


def _place(answers: Any) -> Place:
    """Return the first place of the largest number of a map, in reading order."""
    return divmod(int(np.argmax(answers)), answers.shape[1])


def _answers(image: Any, pattern: Any) -> Any:
    return ref.correlate2d(image, pattern)


def _center(image: Any, pattern: Any) -> Place:
    row, column = _place(_answers(image, pattern))
    return row + pattern.shape[0] // 2, column + pattern.shape[1] // 2


def _last(image: Any, pattern: Any) -> Place:
    answers = _answers(image, pattern)
    rows, columns = answers.shape
    row, column = _place(answers[::-1, ::-1])
    return rows - 1 - row, columns - 1 - column


def _first_above_zero(image: Any, pattern: Any) -> Place:
    return _place(np.maximum(_answers(image, pattern), 0))


def _most_alike(image: Any, pattern: Any) -> Place:
    patches = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return _place(-np.square(patches - pattern).sum(axis=(2, 3)))


_PATTERN = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, -2.0]])


def _with_pattern(*places: Place) -> np.ndarray[Any, Any]:
    """Return an image of zeros with the pattern at some places."""
    image = np.zeros((6, 9))
    for row, column in places:
        image[row : row + 2, column : column + 3] = _PATTERN
    return image


best_place = FunctionExercise(
    "best_place",
    "Write at which row and column a pattern answers most, the first such place in reading order.",
    solution=solutions.my_best_place,
    lecture=[given(lecture.IMAGE, lecture.FILTER_1), given(lecture.IMAGE, lecture.FILTER_2)],
    probes=[
        given(_with_pattern((4, 6)), _PATTERN),
        given(_with_pattern((2, 5), (4, 1)), _PATTERN),
        given(_with_pattern((1, 4)) - 4 * _with_pattern((3, 0)), _PATTERN),
        given(np.array([[9.0, 5, 7, 2], [4, 8, 1, 6], [7, 3, 2, 9]]), np.array([[-1.0, -2.0]])),
    ],
    draw=lambda rng: given(
        whole_numbers(rng, *rng.integers(4, 8, 2)), lopsided(rng, *rng.integers(1, 4, 2))
    ),
    mistakes=[
        Mistake(
            "the column first",
            "Row and column are exchanged. The row comes first, as in `image[row, column]`.",
            "why-small",
            lambda image, pattern: _place(_answers(image, pattern))[::-1],
        ),
        Mistake(
            "the center of the window",
            "This is the pixel in the middle of the window. A place is named by its upper left "
            "pixel.",
            "why-small",
            _center,
        ),
        Mistake(
            "the number of the place",
            "`argmax` counts the places one by one. `np.unravel_index` makes a row and a column "
            "of that number.",
            "why-small",
            lambda image, pattern: int(np.argmax(_answers(image, pattern))),
        ),
        Mistake(
            "the last of equal answers",
            "Of equal answers this is the last. A later one counts only if it is larger: `>`.",
            "why-small",
            _last,
        ),
        Mistake(
            "column by column",
            "Of equal answers this is the first from the left. Reading order goes row by row.",
            "why-small",
            lambda image, pattern: _place(_answers(image, pattern).T)[::-1],
        ),
        Mistake(
            "the smallest answer",
            "The answer is smallest there. Look for the largest.",
            "why-small",
            lambda image, pattern: _place(-_answers(image, pattern)),
        ),
        Mistake(
            "the sign is left out",
            "An answer far below 0 counts here. It means the opposite of the pattern: look for "
            "the largest.",
            "why-small",
            lambda image, pattern: _place(np.abs(_answers(image, pattern))),
        ),
        Mistake(
            "the search begins at zero",
            "If all answers are below 0, none of them beats the 0 that the search begins with. "
            "Begin with `-np.inf`.",
            "why-small",
            _first_above_zero,
        ),
        Mistake(
            "the pattern is turned",
            "The pattern is turned by 180 degrees. Lay it on the image as it is.",
            "why-small",
            lambda image, pattern: _place(_answers(image, pattern[::-1, ::-1])),
        ),
        Mistake(
            "the most similar patch",
            "The patch there differs least from the pattern. The lecture's neuron multiplies and "
            "sums, and the largest sum is asked for.",
            "why-small",
            _most_alike,
        ),
        Mistake(
            "the brightest patch",
            "The patch there has the largest sum. Multiply it by the pattern before you sum.",
            "why-small",
            lambda image, pattern: _place(_answers(image, np.ones(pattern.shape))),
        ),
        Mistake(
            "the last places are left out",
            "The last row and the last column of places were never tried: there are H - h + 1 and "
            "W - w + 1.",
            "why-small",
            lambda image, pattern: _place(_answers(image, pattern)[:-1, :-1]),
        ),
    ],
    hints=[
        "Try all places: two loops, one over the rows and one over the columns where the "
        "pattern's upper left pixel can be.",
        "The answer of a place is `np.sum(patch * pattern)`, with a patch as large as the pattern.",
        "Keep the largest answer so far, and its place. A later one that is equal changes nothing.",
    ],
    section="why-small",
)


def _blocks(pool: Callable[..., Any], image: Any, step: int) -> Any:
    """Pool one image with or without channels."""
    shape = image.shape if image.ndim == 3 else (*image.shape, 1)
    pooled = pool(image.reshape(1, *shape), step)[0]
    return pooled if image.ndim == 3 else pooled[..., 0]


def _others(image: Any, step: int) -> Any:
    """The image without every step-th row and column."""
    height, width = image.shape[:2]
    rows = np.delete(np.arange(height), np.s_[::step])
    columns = np.delete(np.arange(width), np.s_[::step])
    return image[rows][:, columns]


def _only_full_steps(image: Any, step: int) -> Any:
    height, width = (side // step * step for side in image.shape[:2])
    return image[:height:step, :width:step]


def _cropped(image: Any, step: int) -> Any:
    return image[: image.shape[0] // step, : image.shape[1] // step]


def _draw_image(rng: np.random.Generator) -> Given:
    shape = [*rng.integers(5, 10, 2), *rng.integers(2, 4, rng.integers(2))]
    return given(whole_numbers(rng, *shape, largest=9), int(rng.integers(2, 5)))


def _source(one: Given, part: int, index: tuple[int, ...]) -> tuple[str, tuple[Grid, ...]]:
    """Where a number of the smaller image comes from."""
    row, column = (place * one.args[1] for place in index[:2])
    return f"It comes from row {row}, column {column} of the image.", ()


subsample = FunctionExercise(
    "subsample",
    "Write how to keep every `step`-th row and column of an image, (H, W) or (H, W, C).",
    solution=solutions.my_subsample,
    lecture=[given(lecture.IMAGE, 2), given(np.arange(784).reshape(28, 28), 4)],
    probes=[
        given(np.arange(63).reshape(7, 9), 2),
        given(np.arange(40.0).reshape(8, 5) / 2, 3),
        given(np.arange(90).reshape(5, 6, 3), 2),
        given(np.arange(20).reshape(4, 5), 1),
    ],
    draw=_draw_image,
    mistakes=[
        Mistake(
            "rows only",
            "All columns are still there. Subsample them, too.",
            "why-subsampling",
            lambda image, step: image[::step],
        ),
        Mistake(
            "columns only",
            "All rows are still there. Subsample them, too.",
            "why-subsampling",
            lambda image, step: image[:, ::step],
        ),
        Mistake(
            "the first row is skipped",
            "The first row and column that stay are row 0 and column 0. Counting begins at 0.",
            "why-subsampling",
            lambda image, step: image[step - 1 :: step, step - 1 :: step],
        ),
        Mistake(
            "the first row is skipped",
            "The first row and column that stay are row 0 and column 0. Counting begins at 0.",
            "why-subsampling",
            lambda image, step: image[1::step, 1::step],
        ),
        Mistake(
            "a piece in place of the whole",
            "This is the upper left piece of the image. Subsampling keeps pixels of all regions.",
            "why-subsampling",
            _cropped,
        ),
        Mistake(
            "the mean of each block",
            "The pixels of each block are averaged. Subsampling keeps one of them as it is.",
            "why-subsampling",
            lambda image, step: _blocks(ref.avg_pool2d, image, step),
        ),
        Mistake(
            "the largest of each block",
            "This is max pooling. Subsampling keeps the first pixel of each block, large or not.",
            "why-left-out",
            lambda image, step: _blocks(ref.max_pool2d, image, step),
        ),
        Mistake(
            "every step-th row is removed",
            "Every `step`-th row and column is removed, the others stay. It is the other way "
            "round.",
            "why-subsampling",
            _others,
        ),
        Mistake(
            "the size is rounded down",
            "The last row or column is missing. Row 6 of 7 rows stays with a step of 2: 0, 2, 4, "
            "6.",
            "why-subsampling",
            _only_full_steps,
        ),
    ],
    hints=[
        "With a step of 2, rows 0, 2, 4, ... stay, and the same columns.",
        "A slice `start : stop : step` can leave start and stop out.",
        "`image[::step, ::step]` leaves an axis of colors as it is.",
    ],
    section="why-subsampling",
    formula="7 rows and a step of 2: rows 0, 2, 4 and 6 stay.",
    explain=_source,
)
