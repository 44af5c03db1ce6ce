"""Exercises of chapter 2: convolution."""

from typing import Any

import numpy as np

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.check.call import Given, given
from lecturekit.check.design import Design
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import lopsided, whole_numbers
from lecturekit.check.question import Question
from lecturekit.check.sections import SECTIONS
from lecturekit.check.solutions import convolution as solutions
from lecturekit.check.verdict import Grid, Verdict
from lecturekit.check.windows import products

Explained = tuple[str, tuple[Grid, ...]]


feature_map_numbers = Question(
    "feature_map_numbers",
    "A 3×3 filter moves over the lecture's 6×6 image with stride 1. How many numbers does its "
    "feature map have?",
    answer_name="my_numbers",
    answer=16,
    why="The window has 6 - 3 + 1 = 4 positions across and 4 down: 4 × 4 = 16.",
    mistakes=[
        Mistake(
            "the map is as large as the image",
            "36 is the size of the image. At its border the window would stick out, and there is "
            "no padding here.",
            "conv-padding",
            36,
        ),
        Mistake(
            "windows that do not overlap",
            "4 windows fit side by side. With stride 1 the window moves by one pixel only, and "
            "most windows overlap.",
            "conv-stride-1",
            4,
        ),
        Mistake(
            "the first position is not counted",
            "9 is 3 × 3: 6 - 3 positions a side. The first one counts, too: columns 0, 1, 2 and 3.",
            "conv-stride-1",
            9,
        ),
    ],
    hints=[
        "In which columns of the image can the left edge of the window stand?",
        "It begins in column 0. Where does it stand when its right edge meets the border?",
    ],
    section="conv-stride-1",
)

color_channels = Question(
    "color_channels",
    "One filter of 3×3×3 weights moves over a 6×6 color image. How many channels does the result "
    "have?",
    answer_name="my_channels",
    answer=1,
    why="At each position all 27 products are added to one number, so one filter gives one map.",
    mistakes=[
        Mistake(
            "a channel for each color",
            "The filter has three slices, but their products are added at each position.",
            "conv-color",
            3,
        ),
        Mistake(
            "a channel for each weight",
            "27 products are computed at each position, and then they are added.",
            "conv-color",
            27,
        ),
        Mistake(
            "a channel for each position",
            "16 is how many positions there are. They are the pixels of the map, not its channels.",
            "conv-color",
            16,
        ),
    ],
    hints=[
        "What happens to the 27 products of one position?",
        "They are added to one number, and each position has one such number.",
    ],
    section="conv-color",
)

# -------------------------------------------------------------------- functions


def _draw_size(rng: np.random.Generator) -> Given:
    kernel, stride, padding = (int(rng.integers(low, 6)) for low in (1, 1, 0))
    return given(int(rng.integers(kernel, 30)), kernel, stride=stride, padding=padding)


output_size = FunctionExercise(
    "output_size",
    "Write how many positions a window has along one side of an image.",
    solution=solutions.my_output_size,
    lecture=[given(6, 3), given(6, 3, stride=2), given(28, 3), given(13, 3)],
    probes=[given(6, 3, padding=1), given(7, 2, stride=3), given(5, 5), given(11, 2, stride=2)],
    draw=_draw_size,
    mistakes=[
        Mistake(
            "the first position is not counted",
            "The window also stands at 0, before its first step: add 1.",
            "conv-stride-1",
            lambda size, kernel, stride=1, padding=0: (size + 2 * padding - kernel) // stride,
        ),
        Mistake(
            "padding on one side",
            "Padding adds rows on both sides, before and after.",
            "conv-padding",
            lambda size, kernel, stride=1, padding=0: (size + padding - kernel) // stride + 1,
        ),
        Mistake(
            "rounded up",
            "The last step counts only if the window still fits: round down.",
            "conv-stride-2",
            lambda size, kernel, stride=1, padding=0: (
                -(-(size + 2 * padding - kernel) // stride) + 1
            ),
        ),
        Mistake(
            "the stride is left out",
            "With a larger stride the window has fewer positions: divide by it.",
            "conv-stride-2",
            lambda size, kernel, stride=1, padding=0: size + 2 * padding - kernel + 1,
        ),
        Mistake(
            "the padding is left out",
            "Padding makes the image larger before the window moves.",
            "conv-padding",
            lambda size, kernel, stride=1, padding=0: (size - kernel) // stride + 1,
        ),
        Mistake(
            "part of a step is kept",
            "A part of a step is no position: the window would not fit. Round down with `//`.",
            "conv-stride-2",
            lambda size, kernel, stride=1, padding=0: (size + 2 * padding - kernel) / stride + 1,
        ),
        Mistake(
            "one added before dividing",
            "Divide the way that the window can go by the stride first, then add 1.",
            "conv-stride-2",
            lambda size, kernel, stride=1, padding=0: (size + 2 * padding - kernel + 1) // stride,
        ),
    ],
    hints=[
        "From its first position the window can move on by size - kernel pixels.",
        "Each step takes `stride` pixels, and a part of a step does not count: `//`.",
        "The first position needs no step: add 1. Padding adds 2 * padding pixels to the size.",
    ],
    section="conv-stride-2",
)


def _windows(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    """The patch and the filter behind one number of a map."""
    image, kernel, *rest = one.args
    stride, padding = rest if rest else (1, 0)
    if padding:
        image = np.pad(image, padding)
    i, j = index
    top, left = i * stride, j * stride
    return products(image[top : top + len(kernel), left : left + kernel.shape[1]], kernel)


def _flipped(kernel: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return kernel[::-1, ::-1]


_TURNED = (
    "The filter is turned by 180 degrees: that is the mathematician's convolution. The lecture "
    "lays it on the image as it is."
)

correlate2d = FunctionExercise(
    "correlate2d",
    "Write the feature map of one filter on one image, stride 1.",
    solution=solutions.my_correlate2d,
    lecture=[
        given(lecture.IMAGE, lecture.FILTER_1),
        given(lecture.IMAGE, lecture.FILTER_2),
    ],
    probes=[
        given(np.arange(12).reshape(3, 4) % 5, np.array([[1, 2], [3, 5]])),
        given(lecture.IMAGE, np.array([[0.5, -1.0, 2.0], [0.25, 1.0, -0.5]])),
        given(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0]])),
    ],
    draw=lambda rng: given(
        whole_numbers(rng, *rng.integers(4, 7, 2)), lopsided(rng, *rng.integers(1, 4, 2))
    ),
    mistakes=[
        Mistake(
            "kernel turned by 180 degrees",
            _TURNED,
            "conv-cross-correlation",
            lambda image, kernel: ref.correlate2d(image, _flipped(kernel)),
        ),
        Mistake(
            "the filter on its side",
            "The filter's rows and columns are exchanged: `kernel.T` or `kernel[b, a]` somewhere?",
            "conv-one-output",
            lambda image, kernel: ref.correlate2d(image, kernel.T),
        ),
        Mistake(
            "the first position is not counted",
            "One row and one column of positions are missing: there are H - kh + 1 and W - kw + 1.",
            "conv-stride-1",
            lambda image, kernel: ref.correlate2d(image, kernel)[:-1, :-1],
        ),
        Mistake(
            "rows and columns exchanged",
            "The map is on its side: row i of the map belongs to row i of the image.",
            "conv-stride-1",
            lambda image, kernel: ref.correlate2d(image, kernel).T,
        ),
        Mistake(
            "the mean in place of the sum",
            "The products are averaged. The lecture adds them.",
            "conv-one-output",
            lambda image, kernel: ref.correlate2d(image, kernel) / kernel.size,
        ),
        Mistake(
            "the size of the image kept",
            "The map is as large as the image: that takes padding, and none is asked for.",
            "conv-padding",
            lambda image, kernel: ref.correlate2d(image, kernel, padding="same"),
        ),
        Mistake(
            "fractions cut off",
            "An array of integers holds the sums: fractions are lost. `np.zeros(...)` keeps them.",
            "conv-one-output",
            lambda image, kernel: _cut(ref.correlate2d(image, kernel), image),
        ),
        Mistake(
            "only the last product is kept",
            "Only the last product of each window is kept. `=` replaces, `+=` adds.",
            "conv-one-output",
            lambda image, kernel: ref.correlate2d(image, _only_last(kernel)),
        ),
        Mistake(
            "the sum goes on",
            "The sums of the windows before are still in each number. Begin each window at 0.",
            "conv-one-output",
            lambda image, kernel: _running(ref.correlate2d(image, kernel)),
        ),
        Mistake(
            "only the first number",
            "Only the first number is computed, all others are 0. Does `return` stand inside the "
            "loops?",
            "conv-stride-1",
            lambda image, kernel: _only_first(ref.correlate2d(image, kernel)),
        ),
        Mistake(
            "windows that do not overlap",
            "The window jumps by its own size. With stride 1 it moves by one pixel.",
            "conv-stride-1",
            lambda image, kernel: ref.correlate2d(image, kernel, stride=kernel.shape),
        ),
    ],
    hints=[
        "How many rows and columns of positions are there? That is the shape of the map.",
        "At position (i, j) the patch is `image[i : i + height, j : j + width]`.",
        "Multiply patch and kernel element by element, and sum: `np.sum(patch * kernel)`.",
    ],
    section="conv-stride-1",
    formula="An image of H rows and a filter of kh rows have H - kh + 1 positions.",
    explain=_windows,
)


def _only_last(kernel: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A filter of which one weight is left."""
    last = np.zeros_like(kernel)
    last[-1, -1] = kernel[-1, -1]
    return last


def _running(result: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.cumsum(result).reshape(result.shape)


def _only_first(result: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    first = np.zeros_like(result)
    first.flat[0] = result.flat[0]
    return first


def _cut(result: np.ndarray[Any, Any], image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What is left of a map in an array like the image."""
    return result.astype(image.dtype)


def _draw_strided(rng: np.random.Generator) -> Given:
    kernel = lopsided(rng, *rng.integers(1, 4, 2))
    return given(
        whole_numbers(rng, *rng.integers(4, 9, 2)),
        kernel,
        int(rng.integers(1, 4)),
        int(rng.integers(0, 3)),
    )


stride_and_padding = FunctionExercise(
    "stride_and_padding",
    "Let the window move by `stride`, on an image with `padding` zeros on each side.",
    solution=solutions.my_strided_correlate2d,
    lecture=[
        given(lecture.IMAGE, lecture.FILTER_1, 1, 0),
        given(lecture.IMAGE, lecture.FILTER_1, 2, 0),
    ],
    probes=[
        given(lecture.IMAGE, np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), 1, 1),
        given(np.arange(35.0).reshape(5, 7) % 4, np.array([[1.0, 2.0], [0.5, -1.0]]), 3, 0),
        given(np.arange(30.0).reshape(5, 6) % 4, np.array([[1.0, 2.0], [0.5, -1.0]]), 2, 2),
    ],
    draw=_draw_strided,
    mistakes=[
        Mistake(
            "the stride moves the map, not the window",
            "The map has the right size, but its windows move by one pixel: window (i, j) begins "
            "at row `i * stride`, column `j * stride`.",
            "conv-stride-2",
            lambda image, kernel, stride, padding: _unmoved(image, kernel, stride, padding),
        ),
        Mistake(
            "the padding is left out",
            "The zeros around the image are missing.",
            "conv-padding",
            lambda image, kernel, stride, padding: ref.correlate2d(image, kernel, stride=stride),
        ),
        Mistake(
            "the stride is left out",
            "The window moves by one pixel whatever the stride is.",
            "conv-stride-2",
            lambda image, kernel, stride, padding: ref.correlate2d(image, kernel, padding=padding),
        ),
        Mistake(
            "a stride for the rows only",
            "The window moves by `stride` from row to row, and by one pixel from column to column.",
            "conv-stride-2",
            lambda image, kernel, stride, padding: ref.correlate2d(
                image, kernel, stride=(stride, 1), padding=padding
            ),
        ),
        Mistake(
            "a stride for the columns only",
            "The window moves by `stride` from column to column, and by one pixel from row to row.",
            "conv-stride-2",
            lambda image, kernel, stride, padding: ref.correlate2d(
                image, kernel, stride=(1, stride), padding=padding
            ),
        ),
        Mistake(
            "padding on one side",
            "There are zeros only before the image, or only after it. Both sides get them.",
            "conv-padding",
            lambda image, kernel, stride, padding: ref.correlate2d(
                np.pad(image, ((padding, 0), (padding, 0))), kernel, stride=stride
            ),
        ),
        Mistake(
            "padding on one side",
            "There are zeros only before the image, or only after it. Both sides get them.",
            "conv-padding",
            lambda image, kernel, stride, padding: ref.correlate2d(
                np.pad(image, ((0, padding), (0, padding))), kernel, stride=stride
            ),
        ),
        Mistake(
            "padding that repeats the border",
            "The border holds copies of the edge. Here padding means zeros.",
            "conv-padding",
            lambda image, kernel, stride, padding: ref.correlate2d(
                np.pad(image, padding, mode="edge"), kernel, stride=stride
            ),
        ),
        Mistake(
            "the padding goes around the map",
            "The zeros were put around the result. They belong around the image.",
            "conv-padding",
            lambda image, kernel, stride, padding: np.pad(
                ref.correlate2d(image, kernel, stride=stride), padding
            ),
        ),
        Mistake(
            "kernel turned by 180 degrees",
            _TURNED,
            "conv-cross-correlation",
            lambda image, kernel, stride, padding: ref.correlate2d(
                image, _flipped(kernel), stride=stride, padding=padding
            ),
        ),
    ],
    hints=[
        "Pad first: `np.pad(image, padding)` puts zeros on all four sides.",
        "Number (i, j) belongs to the window whose corner is (i * stride, j * stride).",
        "`(image.shape[0] - height) // stride + 1` rows, counted after the padding.",
    ],
    section="conv-stride-2",
    formula="(H + 2 * padding - kh) // stride + 1 rows.",
    explain=_windows,
)


def _unmoved(image: Any, kernel: Any, stride: int, padding: int) -> Any:
    rows, columns = ref.correlate2d(image, kernel, stride=stride, padding=padding).shape
    return ref.correlate2d(image, kernel, padding=padding)[:rows, :columns]


def _chapters_color() -> Any:
    """Return the image of chapter 2: red on the left, blue on the right."""
    red = np.where(np.arange(6) < 4, lecture.IMAGE, 0)
    return np.stack([red, np.zeros_like(red), lecture.IMAGE - red], axis=-1)


def _color(image: Any, kernel: Any) -> Any:
    return ref.conv2d(image[None], kernel[..., None])[0, :, :, 0]


def _cube(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    image, kernel = one.args
    i, j = index
    return products(image[i : i + len(kernel), j : j + kernel.shape[1]], kernel)


color = FunctionExercise(
    "color",
    "Write the feature map of one cube of weights on one color image: (H, W, C) and (kh, kw, C).",
    solution=solutions.my_color_map,
    lecture=[
        given(
            _chapters_color(),
            np.stack([lecture.FILTER_1, lecture.FILTER_2, lecture.FILTER_1], axis=-1),
        ),
    ],
    probes=[
        given(np.arange(24.0).reshape(3, 4, 2) % 5, np.arange(8.0).reshape(2, 2, 2)),
        given(np.arange(36.0).reshape(3, 3, 4) % 7, np.arange(12.0).reshape(1, 3, 4) - 5),
    ],
    draw=lambda rng: given(
        whole_numbers(rng, *rng.integers(4, 6, 2), c := int(rng.integers(2, 5))),
        lopsided(rng, *rng.integers(1, 4, 2), c),
    ),
    mistakes=[
        Mistake(
            "a channel for each color",
            "There is a map for each color. The products of all colors are added to one number.",
            "conv-color",
            lambda image, kernel: ref.conv2d(
                image[None], kernel[:, :, None, :], groups=image.shape[-1]
            )[0],
        ),
        Mistake(
            "one color only",
            "Only the first color is used. Each has weights of its own, and all are added.",
            "conv-color",
            lambda image, kernel: ref.correlate2d(image[..., 0], kernel[..., 0]),
        ),
        Mistake(
            "only the last color is kept",
            "Only the last color is left in the map. `=` replaces, `+=` adds.",
            "conv-color",
            lambda image, kernel: ref.correlate2d(image[..., -1], kernel[..., -1]),
        ),
        Mistake(
            "the same slice for all colors",
            "All colors are multiplied by the first slice of the filter. Each has its own.",
            "conv-color",
            lambda image, kernel: ref.correlate2d(image.sum(-1), kernel[..., 0]),
        ),
        Mistake(
            "the mean of the colors",
            "The colors are averaged. The lecture adds their products.",
            "conv-color",
            lambda image, kernel: _color(image, kernel) / image.shape[-1],
        ),
        Mistake(
            "the colors in the other order",
            "The slices are used in the opposite order: slice c belongs to channel c.",
            "conv-color",
            lambda image, kernel: _color(image, kernel[..., ::-1]),
        ),
        Mistake(
            "kernel turned by 180 degrees",
            _TURNED,
            "conv-cross-correlation",
            lambda image, kernel: _color(image, kernel[::-1, ::-1]),
        ),
        Mistake(
            "an image of grey first",
            "Image and filter are each summed over the colors before they meet. Multiply first.",
            "conv-color",
            lambda image, kernel: ref.correlate2d(image.sum(-1), kernel.sum(-1)),
        ),
    ],
    hints=[
        "The filter is a cube: it has a slice for each color.",
        "The patch is a cube of the same shape: `image[i : i + height, j : j + width, :]`.",
        "`np.sum(patch * kernel)` adds the products of all colors.",
    ],
    section="conv-color",
    formula="One filter gives one map: (H - kh + 1, W - kw + 1), with no axis for colors.",
    explain=_cube,
)


def _batch(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    x, w = one.args
    n, i, j, k = index
    return products(x[n, i : i + len(w), j : j + w.shape[1]], w[..., k])


def _draw_batch(rng: np.random.Generator) -> Given:
    channels = int(rng.integers(1, 4))
    x = whole_numbers(rng, int(rng.integers(1, 4)), *rng.integers(4, 6, 2), channels)
    return given(x, lopsided(rng, *rng.integers(1, 4, 2), channels, int(rng.integers(1, 4))))


conv2d = FunctionExercise(
    "conv2d",
    "Write the convolution of a batch of images with many filters: (N, H, W, C), (kh, kw, C, F).",
    solution=solutions.my_conv2d,
    lecture=[
        given(
            lecture.IMAGE[None, :, :, None].astype(float),
            np.stack([lecture.FILTER_1, lecture.FILTER_2], axis=-1)[:, :, None, :].astype(float),
        ),
    ],
    probes=[
        given(np.arange(48.0).reshape(2, 3, 4, 2) % 5, np.arange(24.0).reshape(2, 2, 2, 3) % 7),
        given(np.arange(45.0).reshape(1, 5, 3, 3) % 4, np.arange(18.0).reshape(3, 1, 3, 2) - 8),
    ],
    draw=_draw_batch,
    mistakes=[
        Mistake(
            "kernel turned by 180 degrees",
            _TURNED,
            "conv-cross-correlation",
            lambda x, w: ref.conv2d(x, w[::-1, ::-1]),
        ),
        Mistake(
            "the filters first",
            "The filters stand in front. As in Keras they come last: (N, rows, columns, F).",
            "conv-filter-2",
            lambda x, w: ref.conv2d(x, w).transpose(0, 3, 1, 2),
        ),
        Mistake(
            "the first image only",
            "All images of the batch get the answer of the first one.",
            "conv-filter-2",
            lambda x, w: np.repeat(ref.conv2d(x[:1], w), len(x), axis=0),
        ),
        Mistake(
            "only the first image is filled",
            "Only the first image of the batch is computed, the others are 0.",
            "conv-filter-2",
            lambda x, w: ref.conv2d(x, w) * (np.arange(len(x)) == 0)[:, None, None, None],
        ),
        Mistake(
            "the first filter only",
            "All channels of the result come from the first filter. Each filter has its own.",
            "conv-filter-2",
            lambda x, w: ref.conv2d(x, np.repeat(w[..., :1], w.shape[-1], axis=-1)),
        ),
        Mistake(
            "one channel only",
            "Only the first channel of the image is read. Each filter is a cube over all channels.",
            "conv-color",
            lambda x, w: ref.conv2d(x[..., :1], w[:, :, :1]),
        ),
        Mistake(
            "the filter on its side",
            "The filters' rows and columns are exchanged.",
            "conv-one-output",
            lambda x, w: ref.conv2d(x, w.transpose(1, 0, 2, 3)),
        ),
        Mistake(
            "the filters are added up",
            "The maps of all filters are added. Each filter keeps a map of its own.",
            "conv-filter-2",
            lambda x, w: ref.conv2d(x, w).sum(axis=-1, keepdims=True),
        ),
        Mistake(
            "the size of the image kept",
            "The maps are as large as the image: that takes padding, and none is asked for.",
            "conv-padding",
            lambda x, w: ref.conv2d(x, w, padding="same"),
        ),
    ],
    hints=[
        "Four loops are fine: images, rows, columns, filters. Which shape has the result?",
        "One image, one position and one filter give one number: what `my_color_map` does there.",
        "Faster: keep only the loops over i and j, and let `np.tensordot(patches, w, axes=3)` sum.",
    ],
    section="conv-filter-2",
    formula="(N, H - kh + 1, W - kw + 1, F): the filters become the channels.",
    explain=_batch,
)


def _draw_matrix(rng: np.random.Generator) -> Given:
    kernel = lopsided(rng, *rng.integers(1, 4, 2))
    return given(kernel, *map(int, rng.integers(3, 6, 2)))


def _matrix(kernel: Any, height: int, width: int) -> Any:
    return ref.convolution_matrix(kernel, (height, width))


def _column(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    kernel, _, width = one.args
    pixel, neuron = index
    columns = width - kernel.shape[1] + 1
    sentence = (
        f"Row {pixel} is pixel {divmod(pixel, width)}, column {neuron} the window at "
        f"{divmod(neuron, columns)}."
    )
    return sentence, (Grid("the filter", kernel),)


convolution_matrix = FunctionExercise(
    "convolution_matrix",
    "Write the matrix that does what the filter does: flat image @ matrix = flat feature map.",
    solution=solutions.my_convolution_matrix,
    lecture=[given(lecture.FILTER_1, 6, 6)],
    probes=[
        given(np.array([[1.0, 2.0], [3.0, 5.0]]), 3, 3),
        given(np.array([[1.0, 2.0, 4.0]]), 2, 5),
    ],
    draw=_draw_matrix,
    mistakes=[
        Mistake(
            "rows and columns of the matrix exchanged",
            "The matrix is on its side: a row for each pixel, a column for each number of the map.",
            "conv-fully-connected",
            lambda kernel, height, width: _matrix(kernel, height, width).T,
        ),
        Mistake(
            "kernel turned by 180 degrees",
            _TURNED,
            "conv-cross-correlation",
            lambda kernel, height, width: _matrix(_flipped(kernel), height, width),
        ),
        Mistake(
            "the weights in one piece",
            "The weights of a neuron stand together. A new row of the patch begins `width` pixels "
            "further on.",
            "conv-fully-connected",
            lambda kernel, height, width: _in_one_piece(kernel, height, width),
        ),
        Mistake(
            "each neuron moves by one pixel",
            "At the end of a row the window jumps to the next row. It does not move by one pixel.",
            "conv-fully-connected",
            lambda kernel, height, width: _by_one_pixel(kernel, height, width),
        ),
        Mistake(
            "the neurons counted column by column",
            "The neurons are counted column by column. The feature map is read row by row: neuron "
            "`i * columns + j`.",
            "conv-fully-connected",
            lambda kernel, height, width: _by_columns(kernel, height, width),
        ),
        Mistake(
            "the rows counted with the width of the map",
            "Pixels are counted with the width of the map. Count with that of the image: pixel "
            "(r, c) is row `r * width + c`.",
            "conv-fully-connected",
            lambda kernel, height, width: _by_width_of_map(kernel, height, width),
        ),
        Mistake(
            "connections in place of weights",
            "There is a 1 for each connection. Put the filter's weights there.",
            "conv-fully-connected",
            lambda kernel, height, width: _matrix(np.ones_like(kernel), height, width),
        ),
        Mistake(
            "all connections",
            "Every neuron sees all pixels. It sees the pixels of its window only.",
            "conv-fully-connected",
            lambda kernel, height, width: np.full_like(
                _matrix(kernel, height, width), kernel.mean(), dtype=float
            ),
        ),
    ],
    hints=[
        "Each column belongs to one neuron, that is to one position of the window. Pixel (r, c) "
        "of the image is row `r * width + c`.",
        "Put the filter into an image of zeros at that position and flatten it: one column.",
        "Position (i, j) is column `i * columns + j`.",
    ],
    section="conv-fully-connected",
    formula="(H * W, rows * columns): 36 pixels and 16 neurons on the slide.",
    explain=_column,
)


def _in_one_piece(kernel: Any, height: int, width: int) -> Any:
    matrix = np.zeros_like(_matrix(kernel, height, width), dtype=float)
    columns = width - kernel.shape[1] + 1
    for neuron in range(matrix.shape[1]):
        i, j = divmod(neuron, columns)
        flat = np.zeros(height * width + kernel.size)
        flat[i * width + j :][: kernel.size] = kernel.ravel()
        matrix[:, neuron] = flat[: height * width]
    return matrix


def _by_width_of_map(kernel: Any, height: int, width: int) -> Any:
    columns = width - kernel.shape[1] + 1
    matrix = np.zeros_like(_matrix(kernel, height, width), dtype=float)
    for neuron in range(matrix.shape[1]):
        i, j = divmod(neuron, columns)
        for a, b in np.ndindex(kernel.shape):
            matrix[(i + a) * columns + j + b, neuron] = kernel[a, b]
    return matrix


def _by_columns(kernel: Any, height: int, width: int) -> Any:
    rows, columns = height - len(kernel) + 1, width - kernel.shape[1] + 1
    matrix = _matrix(kernel, height, width).reshape(-1, rows, columns)
    return matrix.transpose(0, 2, 1).reshape(height * width, -1)


def _by_one_pixel(kernel: Any, height: int, width: int) -> Any:
    first = _matrix(kernel, height, width)[:, 0]
    count = _matrix(kernel, height, width).shape[1]
    return np.stack([np.roll(first, neuron) for neuron in range(count)], axis=1)


# --------------------------------------------------------------------- a design


def _drawn(*strokes: tuple[slice | int, slice | int]) -> np.ndarray[Any, Any]:
    image = np.zeros((16, 16))
    for stroke in strokes:
        image[stroke] = 1
    return image


_FRAME = _drawn((4, slice(4, 12)), (11, slice(4, 12)), (slice(4, 12), 4), (slice(4, 12), 11))
_LINES = _drawn((slice(2, 14), 13), (13, slice(2, 14)))
_BLOCKS = _drawn((3, slice(8, 13)), (slice(3, 7), 8), (slice(9, 13), slice(3, 7)))
_CASES = (
    ("a frame", _FRAME, (4, 4)),
    ("a level and an upright line", _FRAME + _LINES, (4, 4)),
    ("a filled block", _BLOCKS, (3, 8)),
)


def _try_corner(answer: Any) -> Verdict:
    """Lay the filter on drawings, each with one corner, and look where it answers most."""
    try:
        kernel = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return Verdict(False, "wrong type", None, "Expected nine numbers in three rows.")
    if kernel.shape != (3, 3):
        message = f"Expected the shape (3, 3), got {kernel.shape}."
        return Verdict(False, "wrong shape", None, message)
    if not np.isfinite(kernel).all():
        return Verdict(False, "wrong values", None, "Expected finite weights.")
    for drawing, image, corner in _CASES:
        answers = ref.correlate2d(image, kernel)
        if not _finds_it(kernel, image, corner):
            return _missed(kernel, drawing, image, corner, answers)
    message = "On all three drawings the largest answer stands at the corner, and only there."
    return Verdict(True, "right", None, message)


def _finds_it(kernel: Any, image: Any, corner: tuple[int, int]) -> bool:
    """Tell whether the largest answer is that of one window, the same beside every corner."""
    answers = ref.correlate2d(image, kernel)
    return _only_there(answers, tuple(np.subtract(corner, _offset(kernel))))


def _offset(kernel: Any) -> tuple[int, int]:
    """Which weight lies on the corner, judged by the first drawing."""
    _, image, corner = _CASES[0]
    best = np.unravel_index(ref.correlate2d(image, kernel).argmax(), (14, 14))
    down, right = np.subtract(corner, best)
    return (int(down), int(right)) if 0 <= down <= 2 and 0 <= right <= 2 else (0, 0)


def _only_there(answers: Any, place: tuple[int, int]) -> bool:
    best = np.argwhere(answers >= answers.max() - 1e-9)
    return len(best) == 1 and tuple(best[0]) == place


def _finds(kernel: Any) -> bool:
    return all(_finds_it(kernel, image, corner) for _, image, corner in _CASES)


def _missed(
    kernel: Any, drawing: str, image: Any, corner: tuple[int, int], answers: Any
) -> Verdict:
    others = answers.copy()
    row, column = corner
    here = others[row - 2 : row + 1, column - 2 : column + 1]  # the windows that hold the corner
    own = here.max()
    here[...] = -np.inf
    i, j = map(int, np.unravel_index(others.argmax(), others.shape))
    message = (
        f"In the drawing with {drawing} the filter answers {own:.4g} at the corner and "
        f"{others[i, j]:.4g} in row {i}, column {j}, where it sees this patch."
    )
    if own > others[i, j]:
        i, j = map(int, np.unravel_index(answers.argmax(), answers.shape))
        message = (
            f"In the drawing with {drawing} the largest answer, {own:.4g}, stands at several "
            "windows beside the corner, or beside it in another way than before."
        )
    name = section = None
    if np.ptp(kernel) == 0:
        name, section = "all weights are alike", "conv-one-output"
        message = f"With equal weights the filter measures ink, not a shape. {message}"
    elif any(_finds(np.rot90(kernel, turns)) for turns in (1, 2, 3)):
        name, section = "the corner of another side", "conv-one-output"
        message = f"This filter finds a corner, and not this one: turn it. {message}"
    elif kernel.min() >= 0:
        name, section = "no weight is below zero", "conv-one-output"
        message = (
            f"No weight is below zero, so a filled block pleases the filter as well. {message}"
        )
    patch = Grid("the patch", image[i : i + 3, j : j + 3])
    see = SECTIONS[section] if section else None
    return Verdict(False, "wrong values", name, message, see, (patch, Grid("the filter", kernel)))


corner_filter = Design(
    "corner_filter",
    "Choose nine weights that answer most where a stroke to the right and a stroke downwards meet.",
    answer_name="my_corner_filter",
    solution="""
        my_corner_filter = np.array([[1, 1, 1], [1, -1, -1], [1, -1, -1]])
    """,
    tried=_try_corner,
    hints=[
        "Draw the corner in a 3×3 window. Which pixels are bright?",
        "Bright pixels get weight 1, as in the lecture's filter 1.",
        "A filled block would please it as well. Forbid ink where the corner has none: -1.",
    ],
    section="conv-one-output",
    why="The five pixels of the corner add up to 5. Any further ink is subtracted.",
)
