"""Exercises of chapter 5: CNN in Keras."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import lecture
from lecturekit.check.call import Given, given
from lecturekit.check.design import Design
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import without_ties
from lecturekit.check.question import Question
from lecturekit.check.sections import SECTIONS
from lecturekit.check.solutions import cnn_in_keras as solutions
from lecturekit.check.verdict import Grid, Verdict

Numbers = npt.NDArray[Any]
Explained = tuple[str, tuple[Grid, ...]]

# ------------------------------------------------------------- the line from 2017

_OLD_WORDS = {
    "nb_filter": "filters",
    "nb_row": "kernel_size",
    "nb_col": "kernel_size",
    "subsample": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
}
_DEFAULTS: dict[str, Any] = {
    "strides": (1, 1),
    "padding": "valid",
    "data_format": "channels_last",
    "dilation_rate": (1, 1),
    "groups": 1,
    "activation": None,
    "use_bias": True,
}
_RIGHT = {"filters": 25, "kernel_size": (3, 3), "input_shape": (28, 28, 1)}
_PAIRS = {"kernel_size", "strides", "dilation_rate"}


def _value(word: str, value: Any) -> Any:
    """A value as Keras takes it: lists are tuples, and one number stands for two equal ones."""
    if isinstance(value, (np.ndarray, np.integer)):
        value = value.tolist()
    if isinstance(value, list):
        value = tuple(value)
    return (value, value) if word in _PAIRS and type(value) is int else value


# The answers of these mistakes tell whether a call, with all its words, is one.
_IDEAS = (
    Mistake(
        "the channels first",
        "Keras and this book put the channels last: leave out `data_format`, and give the shape "
        "(28, 28, 1).",
        "keras-detective",
        lambda call: call["data_format"] == "channels_first",
    ),
    Mistake(
        "the channels first",
        "Today the channels come last. Keras 3 would read (1, 28, 28) as 1 row of 28 pixels with "
        "28 channels.",
        "keras-input-shape",
        lambda call: call["input_shape"] == (1, 28, 28),
    ),
    Mistake(
        "the third number as a stride",
        "So Keras 3 reads the old line. For Keras 1 both 3s were the size of the filter, and it "
        "moved by one pixel.",
        "keras-keras-1",
        lambda call: call["strides"] == (3, 3),
    ),
    Mistake(
        "the numbers in another order",
        "The first number, 25, is how many filters there are. The 3s are their size.",
        "keras-keras-1",
        lambda call: call["filters"] == 3,
    ),
    Mistake(
        "25 as a size",
        "25 is the number of filters, not a side of one. A filter has 3 rows and 3 columns.",
        "keras-keras-1",
        lambda call: isinstance(call["kernel_size"], tuple) and 25 in call["kernel_size"],
    ),
    Mistake(
        "the channels in kernel_size",
        "`kernel_size` has rows and columns only. How deep the filters are, Keras sees from the "
        "input.",
        "keras-shapes",
        lambda call: call["kernel_size"] == (3, 3, 1),
    ),
    Mistake(
        "no axis for the channels",
        "A gray image has one channel, and it is written down: 1 for black and white, 3 for RGB.",
        "keras-input-shape",
        lambda call: call["input_shape"] == (28, 28),
    ),
    Mistake(
        "three channels for a gray image",
        "3 channels are for RGB. The old line says 1.",
        "keras-input-shape",
        lambda call: call["input_shape"] == (28, 28, 3),
    ),
    Mistake(
        "the batch is counted",
        "`input_shape` describes one image. How many images come is left open.",
        "keras-input-shape",
        lambda call: call["input_shape"] in ((None, 28, 28, 1), (1, 28, 28, 1)),
    ),
    Mistake(
        "the image as a vector",
        "784 numbers in a row are the input of the DNN. The CNN takes rows and columns.",
        "keras-input-shape",
        lambda call: call["input_shape"] in (784, (784,), (784, 1)),
    ),
)


def _try_call(answer: Any) -> Verdict:
    """Read a call as Keras does and compare it with the meaning of the old line."""
    if not isinstance(answer, Mapping):
        message = "Expected a dict with the keys `filters`, `kernel_size` and `input_shape`."
        return Verdict(False, "wrong type", None, message)
    verdict = _not_today(answer)
    if verdict:
        return verdict
    right = _RIGHT | _DEFAULTS
    call = right | {word: _value(word, value) for word, value in answer.items()}
    for idea in _IDEAS:
        if idea.answer(call):
            return Verdict(False, "wrong values", idea.name, idea.message, idea.see)
    for word, value in call.items():
        if type(value) is not type(right[word]) or value != right[word]:
            message = f"`{word}={value!r:.40}` is not what the old line says."
            return Verdict(False, "wrong values", None, message)
    message = "25 filters of 3×3 on 28 rows, 28 columns and 1 channel, as the old line meant it."
    return Verdict(True, "right", None, message)


def _not_today(call: Mapping[Any, Any]) -> Verdict | None:
    """Name a word that Keras does not know, or one that is missing."""
    for word in call:
        if word in _OLD_WORDS:
            message = (
                f"`{word}` is a word of Keras 1, and raises an error today. Its place is taken by "
                f"`{_OLD_WORDS[word]}`."
            )
            see = SECTIONS["keras-keras-1"]
            return Verdict(False, "wrong values", "words of Keras 1", message, see)
        if word not in _RIGHT | _DEFAULTS:
            message = f"`{word!s:.30}` is not needed here. Expected " + ", ".join(
                f"`{one}`" for one in _RIGHT
            )
            return Verdict(False, "wrong values", None, f"{message}.")
    missing = [f"`{word}`" for word in _RIGHT if word not in call]
    if missing:
        return Verdict(False, "wrong values", None, f"Not there yet: {', '.join(missing)}.")
    return None


old_keras_call = Design(
    "old_keras_call",
    "Write `Convolution2D(25, 3, 3, input_shape=(1, 28, 28))` of Keras 1 as Keras 3 needs it.",
    answer_name="my_call",
    solution="""
        my_call = {"filters": 25, "kernel_size": (3, 3), "input_shape": (28, 28, 1)}
    """,
    tried=_try_call,
    hints=[
        "The old line says: 25 filters, 3 rows, 3 columns. And the image had its channel first.",
        "Today rows and columns go together: (3, 3) is the `kernel_size`.",
        "The channels come last: (28, 28, 1) is the `input_shape`.",
    ],
    section="keras-keras-1",
    why="With names nothing can slip into another place: Keras 3 would take the third number for "
    "the stride.",
)

# ------------------------------------------------------------------------- shapes

shape_after_first_pooling = Question(
    "shape_after_first_pooling",
    "A 28×28×1 image goes through 25 filters of 3×3, then through 2×2 max pooling. Which shape has "
    "the result: rows, columns, channels?",
    answer_name="my_shape",
    answer=(13, 13, 25),
    why="28 - 3 + 1 = 26 positions a side, 13 blocks of two, and 25 channels, one for each filter.",
    mistakes=[
        Mistake(
            "the pooling is left out",
            "That is the shape before pooling. A 2×2 block becomes one number.",
            "keras-side-by-side",
            (26, 26, 25),
        ),
        Mistake(
            "the channels first",
            "The numbers are right, in the order of the slides. Here the channels come last.",
            "keras-side-by-side",
            (25, 13, 13),
        ),
        Mistake(
            "the size of the image kept",
            "A 3×3 window has 26 positions on 28 pixels. 14 would need padding.",
            "keras-shapes",
            (14, 14, 25),
        ),
        Mistake(
            "the channels are pooled, too",
            "Pooling looks at each channel by itself. Their number stays 25.",
            "keras-side-by-side",
            (13, 13, 12),
        ),
        Mistake(
            "the channels of the input",
            "The image had 1 channel. The new image has one for each filter.",
            "keras-shapes",
            (13, 13, 1),
        ),
    ],
    hints=[
        "How many positions has a 3×3 window on 28 pixels? Pooling halves this number.",
        "26 becomes 13. Each of the 25 filters makes a channel.",
    ],
    section="keras-side-by-side",
)

flat_numbers = Question(
    "flat_numbers",
    "The second pooling of the lecture's model gives 5×5 numbers in 50 channels. How long is the "
    "vector after `Flatten`?",
    answer_name="my_length",
    answer=1250,
    why="Nothing is computed or dropped: 5 × 5 × 50 = 1,250.",
    mistakes=[
        Mistake(
            "the channels are left out",
            "25 is one channel. The vector holds all 50 of them.",
            "whole-flatten",
            25,
        ),
        Mistake(
            "one side is left out",
            "250 is 5 × 50. Each channel has 5 rows of 5 numbers.",
            "whole-flatten",
            250,
        ),
        Mistake(
            "one number for each channel",
            "`Flatten` keeps all 25 numbers of a channel. It writes them in another form only.",
            "whole-flatten",
            50,
        ),
        Mistake(
            "the next layer is meant",
            "100 is what the dense layer makes of the vector. `Flatten` drops nothing.",
            "whole-dense",
            100,
        ),
        Mistake(
            "added in place of multiplied",
            "5 + 5 + 50 counts sides. The box holds 5 × 5 × 50 numbers.",
            "whole-flatten",
            60,
        ),
    ],
    hints=[
        "`Flatten` computes nothing: how many numbers went in?",
        "5 rows, 5 columns and 50 channels, as a box.",
    ],
    section="keras-side-by-side",
)


def _shapes(
    input_shape: tuple[int, int, int],
    *,
    convolve: Any = lambda n: n - 2,
    pool: Any = lambda n: n // 2,
    channels: Any = lambda before, filters: filters,
    pooled_channels: Any = lambda c: c,
    flat: Any = lambda rows, columns, channels: rows * columns * channels,
    written: Any = lambda rows, columns, channels: (rows, columns, channels),
) -> list[tuple[int, ...]]:
    """The five shapes, with one step as somebody else would take it."""
    rows, columns, depth = input_shape
    shapes = []
    for filters in (25, 50):
        rows, columns, depth = convolve(rows), convolve(columns), channels(depth, filters)
        shapes.append(written(rows, columns, depth))
        rows, columns, depth = pool(rows), pool(columns), pooled_channels(depth)
        shapes.append(written(rows, columns, depth))
    return [*shapes, (flat(rows, columns, depth),)]


def _as(**step: Any) -> Any:
    return lambda input_shape: _shapes(input_shape, **step)


def _draw_shape(rng: np.random.Generator) -> Given:
    rows, columns = map(int, rng.integers(12, 60, 2))
    return given((rows, columns, int(rng.integers(1, 5))))


keras_shapes = FunctionExercise(
    "keras_shapes",
    "Predict the shapes that the lecture's model gives for images of any size.",
    solution=solutions.my_shapes,
    lecture=[given(lecture.INPUT_SHAPE)],
    probes=[given((28, 28, 3)), given((17, 40, 1)), given((10, 10, 2)), given((35, 20, 3))],
    draw=_draw_shape,
    results=("conv2d_1", "pool_1", "conv2d_2", "pool_2", "flatten"),
    mistakes=[
        Mistake(
            "the channels are multiplied",
            "The channels of the image were multiplied by the filters. Each filter adds over them "
            "and gives one channel.",
            "keras-shapes",
            _as(channels=lambda before, filters: before * filters),
        ),
        Mistake(
            "the size of the image kept",
            "The convolution kept the size. Without padding a 3×3 window loses 2 rows and 2 "
            "columns.",
            "keras-side-by-side",
            _as(convolve=lambda n: n),
        ),
        Mistake(
            "the first position is not counted",
            "A 3×3 window has 28 - 3 + 1 = 26 positions on 28 pixels. The first one counts, too.",
            "keras-side-by-side",
            _as(convolve=lambda n: n - 3),
        ),
        Mistake(
            "half a block is counted",
            "Pooling was rounded up. A row that is left over makes no block: round down.",
            "whole-second-pooling",
            _as(pool=lambda n: -(-n // 2)),
        ),
        Mistake(
            "pooling by one pixel",
            "The pooling window moved by one pixel. Its blocks lie side by side and halve the "
            "size.",
            "keras-side-by-side",
            _as(pool=lambda n: n - 1),
        ),
        Mistake(
            "the channels are pooled, too",
            "Pooling halved the channels. It looks at each of them by itself.",
            "keras-side-by-side",
            _as(pooled_channels=lambda c: c // 2),
        ),
        Mistake(
            "the channels first",
            "The channels stand in front, as on the slides. Keras puts them last.",
            "keras-side-by-side",
            _as(written=lambda rows, columns, channels: (channels, rows, columns)),
        ),
        Mistake(
            "the channels are not flattened",
            "The vector has only rows × columns numbers. All 50 channels go into it.",
            "whole-flatten",
            _as(flat=lambda rows, columns, channels: rows * columns),
        ),
        Mistake(
            "rows and columns exchanged",
            "Rows and columns are exchanged: (rows, columns, channels), as in `input_shape`.",
            "keras-input-shape",
            _as(written=lambda rows, columns, channels: (columns, rows, channels)),
        ),
        Mistake(
            "the convolution takes steps of 3",
            "The window jumped by 3 pixels, as Keras 3 reads the line from 2017. It moves by one.",
            "keras-keras-1",
            _as(convolve=lambda n: n // 3),
        ),
    ],
    hints=[
        "A 3×3 window has n - 2 positions on n pixels. Pooling makes n // 2 of n.",
        "The channels are 25 after the first filters and 50 after the second, whatever came in.",
        "Flatten multiplies the last three numbers. Its shape has one number: `(1250,)`.",
    ],
    section="keras-side-by-side",
    formula="The shapes are (rows, columns, channels), and (numbers,) at the end.",
)

# ------------------------------------------------------------------ channels last


def _source(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    n, i, j, c = index
    return f"Row {i}, column {j} of channel {c} stands in `x[{n}, {c}, {i}, {j}]`.", ()


def _draw_images(rng: np.random.Generator) -> Given:
    images, channels, rows, columns = map(int, rng.integers((1, 2, 2, 2), (4, 5, 7, 7)))
    return given(without_ties(rng, images, channels, rows, columns))


channels_first_bug = FunctionExercise(
    "channels_first_bug",
    "Repair the broken line: bring images of the shape (N, C, H, W) to (N, H, W, C).",
    solution=solutions.my_channels_last,
    lecture=[
        given(lecture.IMAGE[None, None].astype(float)),
        given(np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2])[None].astype(float)),
    ],
    probes=[
        given(np.arange(48.0).reshape(2, 3, 2, 4)),
        given(np.arange(27.0).reshape(1, 3, 3, 3)),
    ],
    draw=_draw_images,
    mistakes=[
        Mistake(
            "reshape in place of transpose",
            "The shape is right, and the pixels of different channels are mixed: `reshape` leaves "
            "all numbers in their order.",
            "keras-detective",
            lambda x: x.reshape(len(x), *x.shape[2:], x.shape[1]),
        ),
        Mistake(
            "rows and columns exchanged",
            "The channels are last, and the images lie on their sides. Rows come before columns.",
            "keras-input-shape",
            lambda x: x.transpose(0, 3, 2, 1),
        ),
        Mistake(
            "all axes turned around",
            "`x.T` turns all axes around, and the batch goes to the end. It stays in front.",
            "keras-input-shape",
            lambda x: x.T,
        ),
        Mistake(
            "the axes moved the wrong way",
            "The last axis went forward. The axis of the channels, number 1, has to go to the end.",
            "keras-detective",
            lambda x: x.transpose(0, 3, 1, 2),
        ),
        Mistake(
            "the channels in the middle",
            "The channels moved by one place only. They belong behind the columns.",
            "keras-detective",
            lambda x: x.transpose(0, 2, 1, 3),
        ),
        Mistake(
            "the channels first",
            "Nothing has changed: the channels still come first.",
            "keras-detective",
            lambda x: x,
        ),
        Mistake(
            "the channels turned around",
            "The channels are last, in the opposite order: channel c stays channel c.",
            "keras-detective",
            lambda x: x.transpose(0, 2, 3, 1)[..., ::-1],
        ),
        Mistake(
            "one channel only",
            "Only the first channel is left. All of them go along.",
            "keras-input-shape",
            lambda x: x[:, 0, :, :, None],
        ),
    ],
    hints=[
        "`reshape` keeps the numbers in their order in memory. Which order do they need?",
        "The axes have to change places. `x.transpose(...)` takes the old numbers of the axes in "
        "their new order.",
        "The axes N, C, H, W are 0, 1, 2, 3. Now write N, H, W, C in these numbers.",
    ],
    section="keras-detective",
    formula="(N, C, H, W) becomes (N, H, W, C).",
    explain=_source,
    why="With one channel both lines give the same. So a bug like this sleeps until the first "
    "color image comes.",
)

# ------------------------------------------------------------------------ flatten


def _place(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    row, column, channel, shape = one.args
    return f"It is row {row}, column {column}, channel {channel} of {shape}.", ()


def _draw_place(rng: np.random.Generator) -> Given:
    shape = tuple(map(int, rng.integers((3, 3, 2), (9, 9, 12))))
    row, column, channel = (int(rng.integers(1, side)) for side in shape)
    return given(row, column, channel, shape)


_LAST = (5, 5, 50)

flatten_order = FunctionExercise(
    "flatten_order",
    "Write where one number of a new image stands in the vector that `Flatten` makes.",
    solution=solutions.my_index,
    lecture=[
        given(0, 0, 0, _LAST),
        given(0, 0, 1, _LAST),
        given(0, 1, 0, _LAST),
        given(2, 1, 30, _LAST),
        given(4, 4, 49, _LAST),
    ],
    probes=[given(1, 2, 1, (3, 4, 2)), given(3, 1, 0, (5, 2, 3))],
    draw=_draw_place,
    mistakes=[
        Mistake(
            "one channel after the other",
            "So it would be with the channels first: map after map. Here the channels of one place "
            "stand together.",
            "whole-flatten",
            lambda row, column, channel, shape: (channel * shape[0] + row) * shape[1] + column,
        ),
        Mistake(
            "column by column",
            "This goes down the columns first. The vector goes along the rows.",
            "whole-flatten",
            lambda row, column, channel, shape: (column * shape[0] + row) * shape[2] + channel,
        ),
        Mistake(
            "the first axis runs fastest",
            "Here the row changes fastest. In NumPy and Keras the last axis does: the channel.",
            "whole-flatten",
            lambda row, column, channel, shape: row + shape[0] * (column + shape[1] * channel),
        ),
        Mistake(
            "counted from 1",
            "All positions are one too large. The first one is number 0.",
            "whole-flatten",
            lambda row, column, channel, shape: (row * shape[1] + column) * shape[2] + channel + 1,
        ),
        Mistake(
            "the height in place of the width",
            "A row holds as many places as there are columns. So a step down skips `width` places.",
            "whole-flatten",
            lambda row, column, channel, shape: (row * shape[0] + column) * shape[2] + channel,
        ),
        Mistake(
            "one number for each place",
            "Each place of the image holds a number for every channel. Multiply by the channels.",
            "whole-flatten",
            lambda row, column, channel, shape: row * shape[1] + column + channel,
        ),
        Mistake(
            "a row holds no channels",
            "A step down skips a whole row: width × channels numbers.",
            "whole-flatten",
            lambda row, column, channel, shape: row * shape[1] + column * shape[2] + channel,
        ),
    ],
    hints=[
        "In `flat` the channels of one place stand together, then comes the next place of the row.",
        "How many whole places lie before this one? `row * width + column`.",
        "Each of them holds `channels` numbers. Then add the channel.",
    ],
    section="keras-side-by-side",
    explain=_place,
)

# -------------------------------------------------------------- loss and accuracy

_READ = (
    np.array(
        [
            [1, 1, 1, 1, 1, 90, 1, 1, 2, 1],
            [1, 1, 1, 62, 1, 1, 1, 1, 30, 1],
            [4, 3, 10, 20, 2, 21, 2, 3, 10, 25],
            [1, 45, 1, 1, 1, 1, 1, 46, 2, 1],
            [88, 1, 1, 1, 1, 1, 4, 1, 1, 1],
        ]
    )
    / 100.0
)
"""Five digits and ten probabilities each: a 5, an 8 read as 3, a 9, a 1 read as 7, a 0."""
_TRUTH = np.array([5, 8, 9, 1, 0])


def _draw_probabilities(rng: np.random.Generator) -> Given:
    images, classes = map(int, rng.integers((4, 3), (9, 6)))
    parts = rng.permuted(np.tile(2.0 ** np.arange(classes), (images, 1)), axis=1)
    labels = rng.integers(0, classes, images)
    right = rng.random(images) < 0.5
    labels[right] = parts[right].argmax(axis=1)
    return given(parts / parts.sum(axis=1, keepdims=True), labels)


_FOUR = np.array([[0.4, 0.35, 0.25], [0.2, 0.1, 0.7], [0.5, 0.3, 0.2], [0.3, 0.45, 0.25]])
_PROBES = [
    given(_FOUR, np.array([0, 2, 1, 1])),
    given(_FOUR[:, ::-1], np.array([2, 0, 0, 0])),
    given(np.array([[0.25, 0.75], [0.125, 0.875]]), np.array([0, 0])),
]


def _of_right(probabilities: Numbers, labels: Numbers) -> Numbers:
    return probabilities[np.arange(len(labels)), labels]


def _one_hot(probabilities: Numbers, labels: Numbers) -> Numbers:
    return np.eye(probabilities.shape[1])[labels]


def _hits(probabilities: Numbers, labels: Numbers) -> Numbers:
    return probabilities.argmax(axis=1) == labels


accuracy = FunctionExercise(
    "accuracy",
    "Write the share of the images that a network reads right, from its probabilities.",
    solution=solutions.my_accuracy,
    lecture=[given(_READ, _TRUTH)],
    probes=_PROBES,
    draw=_draw_probabilities,
    mistakes=[
        Mistake(
            "a threshold of one half",
            "An image counts only if its right digit gets more than one half. It is read right if "
            "no other digit gets more.",
            "keras-mistakes",
            lambda probabilities, labels: np.mean(_of_right(probabilities, labels) > 0.5),
        ),
        Mistake(
            "the largest in place of its digit",
            "`max` gives the largest probability. Which digit it belongs to, `argmax` tells.",
            "keras-mistakes",
            lambda probabilities, labels: np.mean(probabilities.max(axis=1) == labels),
        ),
        Mistake(
            "percent in place of a share",
            "That is in percent. A share lies between 0 and 1.",
            "keras-360-digits",
            lambda probabilities, labels: 100 * np.mean(_hits(probabilities, labels)),
        ),
        Mistake(
            "a count in place of a share",
            "That is how many are right. Divide by the number of images.",
            "keras-360-digits",
            lambda probabilities, labels: np.sum(_hits(probabilities, labels)),
        ),
        Mistake(
            "the mean probability",
            "That is the mean probability of the right digits. Accuracy asks only whether it is "
            "the largest.",
            "keras-mistakes",
            lambda probabilities, labels: np.mean(_of_right(probabilities, labels)),
        ),
        Mistake(
            "every output is compared",
            "All outputs were compared with 0 and 1, and most are 0 in any case. Compare one digit "
            "for each image.",
            "keras-mistakes",
            lambda probabilities, labels: np.mean(
                probabilities.round() == _one_hot(probabilities, labels)
            ),
        ),
        Mistake(
            "the share of mistakes",
            "That is the share of the images read as another digit. Accuracy is the rest, up to 1.",
            "keras-mistakes",
            lambda probabilities, labels: np.mean(~_hits(probabilities, labels)),
        ),
        Mistake(
            "divided by the number of digits",
            "The right answers were divided by the number of digits, not by the number of images.",
            "keras-360-digits",
            lambda probabilities, labels: (
                np.sum(_hits(probabilities, labels)) / probabilities.shape[1]
            ),
        ),
    ],
    hints=[
        "Which digit does the network read? The one with the largest probability.",
        "`probabilities.argmax(axis=1)` gives one digit for each row. Compare it with `labels`.",
        "The mean of True and False is the share of True: `np.mean(read == labels)`.",
    ],
    section="keras-mistakes",
    formula="One number for the whole batch.",
)

cross_entropy = FunctionExercise(
    "cross_entropy",
    "Write the loss with which the lecture's network is trained: the mean of -log p.",
    solution=solutions.my_cross_entropy,
    lecture=[given(_READ, _TRUTH)],
    probes=_PROBES,
    draw=_draw_probabilities,
    mistakes=[
        Mistake(
            "the sum in place of the mean",
            "The losses of the images are added. Keras takes their mean, so that the size of a "
            "batch does not matter.",
            "keras-side-by-side",
            lambda probabilities, labels: -np.sum(np.log(_of_right(probabilities, labels))),
        ),
        Mistake(
            "without the minus",
            "The loss comes out below 0. The logarithm of a probability is negative: take -log p.",
            "whole-back-network",
            lambda probabilities, labels: np.mean(np.log(_of_right(probabilities, labels))),
        ),
        Mistake(
            "all digits count",
            "The logarithms of all probabilities were averaged. Only that of the right digit "
            "counts.",
            "whole-back-network",
            lambda probabilities, labels: -np.mean(np.log(probabilities)),
        ),
        Mistake(
            "the logarithm of base 2",
            "That is in bits, with `np.log2`. Keras and this book take the natural logarithm, "
            "`np.log`.",
            "whole-back-network",
            lambda probabilities, labels: -np.mean(np.log2(_of_right(probabilities, labels))),
        ),
        Mistake(
            "the logarithm of base 10",
            "That is `np.log10`. Here log is the natural logarithm, `np.log`.",
            "whole-back-network",
            lambda probabilities, labels: -np.mean(np.log10(_of_right(probabilities, labels))),
        ),
        Mistake(
            "the logarithm of the mean",
            "The probabilities were averaged first. Take the logarithm of each, then the mean.",
            "whole-back-network",
            lambda probabilities, labels: -np.log(np.mean(_of_right(probabilities, labels))),
        ),
        Mistake(
            "the digit that was read",
            "The largest probability was taken. The loss asks for that of the right digit, even if "
            "another was read.",
            "whole-back-network",
            lambda probabilities, labels: -np.mean(np.log(probabilities.max(axis=1))),
        ),
        Mistake(
            "the probability that is missing",
            "That is the mean of 1 - p. The loss is -log p: it grows without end as p goes to 0.",
            "whole-back-network",
            lambda probabilities, labels: np.mean(1 - _of_right(probabilities, labels)),
        ),
        Mistake(
            "the mean over all numbers",
            "The sum was divided by the number of all outputs. Divide by the number of images.",
            "keras-side-by-side",
            lambda probabilities, labels: (
                -np.sum(np.log(_of_right(probabilities, labels))) / probabilities.size
            ),
        ),
        Mistake(
            "one loss for each image",
            "These are the losses of the images, one by one. The loss is their mean.",
            "keras-side-by-side",
            lambda probabilities, labels: -np.log(_of_right(probabilities, labels)),
        ),
        Mistake(
            "the entropy of the answer",
            "Each -log p was weighted by p itself: that says how unsure the network is, not "
            "whether it is right.",
            "whole-back-network",
            lambda probabilities, labels: (
                -np.mean(np.sum(probabilities * np.log(probabilities), axis=1))
            ),
        ),
    ],
    hints=[
        "For each image only one probability counts: that of its right digit.",
        "`probabilities[np.arange(len(labels)), labels]` picks one number from each row.",
        "Take `np.log` of them, the mean, and a minus.",
    ],
    section="keras-side-by-side",
    formula="One number for the whole batch.",
)
