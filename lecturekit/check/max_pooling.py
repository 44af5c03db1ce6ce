"""Exercises of chapter 3: max pooling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.check.call import Given, given
from lecturekit.check.design import Design
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import whole_numbers
from lecturekit.check.question import Question
from lecturekit.check.sections import SECTIONS
from lecturekit.check.solutions import max_pooling as solutions
from lecturekit.check.verdict import Grid, Verdict
from lecturekit.check.windows import block

Explained = tuple[str, tuple[Grid, ...]]
Pool = Callable[..., Any]

odd_row = Question(
    "odd_row",
    "A map of 11×11 numbers is pooled by blocks of 2×2. How many rows has the result?",
    answer_name="my_rows",
    answer=5,
    why="Five blocks fit one below the other. Row 10 fills no block and is dropped.",
    mistakes=[
        Mistake(
            "the last row gets a block of its own",
            "6 needs a sixth block, and only one row is left for it. What does not fill a block "
            "is dropped.",
            "pool-dropped",
            6,
        ),
        Mistake(
            "half a row",
            "There is no half row: blocks are counted, and one that is not full is dropped.",
            "pool-dropped",
            5.5,
        ),
        Mistake(
            "the window moves by one",
            "10 blocks overlap: so does a filter move, with stride 1. Here the blocks touch.",
            "pool-window",
            10,
        ),
        Mistake(
            "all numbers are counted",
            "25 is how many numbers the result has. Its rows are asked for.",
            "pool-one-block",
            25,
        ),
        Mistake(
            "a quarter of the rows",
            "A quarter of the numbers stays, but half of the rows: height and width are both "
            "halved.",
            "pool-one-block",
            2,
        ),
    ],
    hints=[
        "Which rows does the first block hold, which the second?",
        "Rows 0 and 1, rows 2 and 3, ... How many such pairs are there in 11 rows?",
    ],
    section="pool-dropped",
)

pooling_weights = Question(
    "pooling_weights",
    "How many weights does a layer of 2×2 max pooling learn on an image with 25 channels?",
    answer_name="my_pooling_weights",
    answer=0,
    why="To take the largest of four numbers nothing has to be learned.",
    mistakes=[
        Mistake(
            "the window has weights",
            "4 would be a filter of 2×2. The window of a pooling takes the largest number: there "
            "is nothing to multiply.",
            "pool-both",
            4,
        ),
        Mistake(
            "the window has weights in each channel",
            "100 is 2 × 2 × 25. Each channel is pooled on its own, and no number is multiplied.",
            "pool-both",
            100,
        ),
        Mistake(
            "a number for each channel",
            "25 would be one bias for each channel. Pooling adds nothing: it takes the largest.",
            "pool-both",
            25,
        ),
    ],
    hints=[
        "Pool one block by hand. Which numbers did you need besides the four?",
        "None. What would there be to learn?",
    ],
    section="pool-both",
)

# ----------------------------------------------------------- blocks that touch

_MAPS = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1)[None]
_BELOW_ZERO = -1 - np.arange(24).reshape(1, 4, 6, 1) * 7 % 24


def _rounded_up(reduce: Any, x: Any, size: int) -> Any:
    """Pool with a block of its own for what is left over at the end."""
    height, width = x.shape[1:3]
    rows = [slice(top, top + size) for top in range(0, height, size)]
    columns = [slice(left, left + size) for left in range(0, width, size)]
    lines = [
        np.stack([reduce(x[:, down, across], axis=(1, 2)) for across in columns], axis=1)
        for down in rows
    ]
    return np.stack(lines, axis=1)


def _one_for_all(reduce: Any, pooled: Any, axes: Any) -> Any:
    """Return one number for all channels, or images too, in each of them."""
    return np.broadcast_to(reduce(pooled, axis=axes, keepdims=True), pooled.shape)


def _unmoved(pool: Pool, x: Any, size: int) -> Any:
    """Pool windows that move by one pixel, as many as there are blocks."""
    rows, columns = x.shape[1] // size, x.shape[2] // size
    return pool(x, size, stride=1)[:, :rows, :columns]


def _first_of_block(x: Any, size: int) -> Any:
    return ref.max_pool2d(x[:, ::size, ::size], 1)[:, : x.shape[1] // size, : x.shape[2] // size]


def _farthest_from_zero(x: Any, size: int) -> Any:
    n, height, width, channels = x.shape
    rows, columns = height // size, width // size
    x = x[:, : rows * size, : columns * size].reshape(n, rows, size, columns, size, channels)
    blocks = x.transpose(0, 1, 3, 5, 2, 4).reshape(n, rows, columns, channels, size * size)
    first = np.abs(blocks).argmax(axis=-1)
    return np.take_along_axis(blocks, first[..., None], axis=-1)[..., 0]


def _draw_maps(rng: np.random.Generator) -> Given:
    size = int(rng.integers(2, 4))
    n, channels = rng.integers(1, 4, 2)
    x = whole_numbers(rng, n, *rng.integers(6, 9, 2), channels, largest=9) / 2
    return given(x, size=size)


def _block_behind(what: str, value: Pool) -> Callable[[Given, Any, tuple[int, ...]], Explained]:
    """Return a function that shows the block behind one number of a pooled batch."""

    def explain(one: Given, part: int, index: tuple[int, ...]) -> Explained:
        x, *rest = one.args
        size = rest[0] if rest else one.kwargs.get("size", 2)
        n, i, j, c = index
        patch = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size, c]
        return block(patch, what, value(patch))

    return explain


_BY_ONE = (
    "The windows overlap. Here blocks touch: block (i, j) begins at row `i * size`, column "
    "`j * size`."
)
_ROWS = "H // size rows and W // size columns; the channels stay as they are."


def _of_any_pooling(pool: Any, reduce: Any) -> list[Mistake]:
    """Return the mistakes that do not depend on what is kept of a block."""
    return [
        Mistake(
            "one number for all channels",
            "All channels get the same number. Each channel is pooled on its own.",
            "pool-both",
            lambda x, size=2: _one_for_all(reduce, pool(x, size), 3),
        ),
        Mistake(
            "one number for all channels",
            "There is one map for all channels. Each channel is pooled on its own.",
            "pool-both",
            lambda x, size=2: reduce(pool(x, size), axis=3),
        ),
        Mistake(
            "one number for the whole batch",
            "All images and channels get one number. Reduce the block over rows and columns only: "
            "`axis=(1, 2)`.",
            "pool-both",
            lambda x, size=2: _one_for_all(reduce, pool(x, size), (0, 3)),
        ),
        Mistake(
            "left-over rows are kept",
            "What is left over at the end got a block of its own. It fills none and is dropped.",
            "pool-dropped",
            lambda x, size=2: _rounded_up(reduce, x, size),
        ),
        Mistake(
            "the window moves by one",
            _BY_ONE,
            "pool-window",
            lambda x, size=2: pool(x, size, stride=1),
        ),
        Mistake(
            "the window moves by one",
            _BY_ONE,
            "pool-window",
            lambda x, size=2: _unmoved(pool, x, size),
        ),
        Mistake(
            "the size is fixed",
            "The blocks are 2×2 whatever the size is.",
            "pool-window",
            lambda x, size=2: pool(x, 2),
        ),
    ]


_PROBES = [
    given(_BELOW_ZERO),
    given(np.arange(72).reshape(1, 12, 6, 1) * 5 % 31, 3),
    given(np.arange(150.0).reshape(2, 5, 5, 3) * 11 % 37 - 18),
    given(np.arange(112.0).reshape(2, 8, 7, 1) * 9 % 41 - 25, size=3),
]

max_pool2d = FunctionExercise(
    "max_pool2d",
    "Write how to keep the largest number of each block of a batch (N, H, W, C), channel by "
    "channel.",
    solution=solutions.my_max_pool2d,
    lecture=[given(_MAPS)],
    probes=_PROBES,
    draw=_draw_maps,
    mistakes=[
        Mistake(
            "the mean in place of the largest",
            "The numbers of a block are averaged: that is mean pooling.",
            "pool-mean",
            lambda x, size=2: ref.avg_pool2d(x, size),
        ),
        Mistake(
            "the smallest of each block",
            "The smallest number of each block is kept. Keep the largest.",
            "pool-one-block",
            lambda x, size=2: -ref.max_pool2d(-x, size),
        ),
        Mistake(
            "the search begins at zero",
            "In a block of negative numbers none beats 0. Begin with the first number of the "
            "block, or with `-np.inf`.",
            "pool-both",
            lambda x, size=2: np.maximum(ref.max_pool2d(x, size), 0),
        ),
        Mistake(
            "the sign is left out",
            "The number that is farthest from 0 is kept. -3 is smaller than 1, not larger.",
            "pool-one-block",
            lambda x, size=2: _farthest_from_zero(x, size),
        ),
        Mistake(
            "the sign is left out",
            "The largest of the absolute values is kept. -3 is smaller than 1, not larger.",
            "pool-one-block",
            lambda x, size=2: ref.max_pool2d(np.abs(x), size),
        ),
        Mistake(
            "one pixel of each block",
            "The first number of each block is kept, large or not: that is the subsampling of "
            "chapter 1.",
            "pool-one-block",
            lambda x, size=2: _first_of_block(x, size),
        ),
        *_of_any_pooling(ref.max_pool2d, np.max),
    ],
    hints=[
        "How many blocks fit below and beside each other? `H // size` and `W // size`.",
        "Block (i, j) is `x[:, i * size : (i + 1) * size, j * size : (j + 1) * size, :]`.",
        "Take its largest number over rows and columns only: `.max(axis=(1, 2))`.",
    ],
    section="pool-one-block",
    formula=_ROWS,
    explain=_block_behind("largest number", np.max),
)


def _rounded(x: Any, size: int) -> Any:
    return np.floor(ref.avg_pool2d(x, size))


mean_pool2d = FunctionExercise(
    "mean_pool2d",
    "Write how to keep the mean of each block of a batch (N, H, W, C), channel by channel.",
    solution=solutions.my_mean_pool2d,
    lecture=[given(_MAPS)],
    probes=_PROBES,
    draw=_draw_maps,
    mistakes=[
        Mistake(
            "the sum in place of the mean",
            "The numbers of a block are added. Divide the sum by how many there are.",
            "pool-mean",
            lambda x, size=2: ref.avg_pool2d(x, size) * size**2,
        ),
        Mistake(
            "divided by the size",
            "The sum is divided by `size`. A block has `size * size` numbers.",
            "pool-mean",
            lambda x, size=2: ref.avg_pool2d(x, size) * size,
        ),
        Mistake(
            "divided by four",
            "The sum is divided by 4 whatever the size is. A block has `size * size` numbers.",
            "pool-mean",
            lambda x, size=2: ref.avg_pool2d(x, size) * size**2 / 4,
        ),
        Mistake(
            "the largest in place of the mean",
            "The largest number of each block is kept: that is max pooling.",
            "pool-mean",
            lambda x, size=2: ref.max_pool2d(x, size),
        ),
        Mistake(
            "fractions cut off",
            "An array of integers holds the means: fractions are lost. `np.zeros(...)` keeps them.",
            "pool-mean",
            lambda x, size=2: ref.avg_pool2d(x, size).astype(x.dtype),
        ),
        Mistake(
            "fractions cut off",
            "The means are rounded down. `//` gives whole numbers, `/` keeps the fractions.",
            "pool-mean",
            lambda x, size=2: _rounded(x, size),
        ),
        *_of_any_pooling(ref.avg_pool2d, np.mean),
    ],
    hints=[
        "The blocks are those of max pooling. Only what is kept of each differs.",
        "The mean is the sum of the block's numbers, divided by how many there are.",
        "`block.mean(axis=(1, 2))` is the mean over rows and columns.",
    ],
    section="pool-mean",
    formula=_ROWS,
    explain=_block_behind("mean", np.mean),
)

# ------------------------------------------------- windows that overlap, or do not


def _pooled(image: Any, size: int, stride: int) -> Any:
    return ref.max_pool2d(image[None, :, :, None], size, stride=stride)[0, :, :, 0]


def _with_step_one(image: Any, size: int, stride: int) -> Any:
    rows, columns = _pooled(image, size, stride).shape
    return _pooled(image, size, 1)[:rows, :columns]


def _at(image: Any, size: int, stride: int, rows: int, columns: int) -> Any:
    """The largest numbers of windows of which the last may stick out."""
    corners = [[(i * stride, j * stride) for j in range(columns)] for i in range(rows)]
    return np.array(
        [[image[top : top + size, left : left + size].max() for top, left in r] for r in corners]
    )


def _sticking_out(image: Any, size: int, stride: int) -> Any:
    height, width = image.shape
    return _at(image, size, stride, -(-height // stride), -(-width // stride))


def _one_for_each_step(image: Any, size: int, stride: int) -> Any:
    height, width = image.shape
    return _at(image, size, stride, height // stride, width // stride)


def _window_behind(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    image, size, stride = one.args
    top, left = (place * stride for place in index)
    patch = image[top : top + size, left : left + size]
    return block(patch, "largest number", patch.max())


def _draw_windows(rng: np.random.Generator) -> Given:
    image = whole_numbers(rng, *rng.integers(5, 10, 2), largest=9) / 2
    return given(image, int(rng.integers(2, 4)), int(rng.integers(1, 4)))


_MAP_6X6 = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)
_STICKS_OUT = "The last window sticks out over the edge. A window that does not fit is dropped."

overlapping_pool = FunctionExercise(
    "overlapping_pool",
    "Write the max pooling of one map (H, W) by windows of `size` that move by `stride`.",
    solution=solutions.my_overlapping_pool,
    lecture=[given(_MAP_6X6, 3, 2), given(lecture.FEATURE_MAP_1, 2, 2)],
    probes=[
        given(_MAP_6X6, 2, 3),
        given(_MAP_6X6, 1, 2),
        given(np.arange(54.0).reshape(6, 9) * 7 % 29 - 20, 3, 1),
        given(np.arange(70).reshape(10, 7) * 9 % 37 - 40, 2, 4),
        given(np.arange(77.0).reshape(7, 11) * 12 % 41 / 2, 4, 3),
    ],
    draw=_draw_windows,
    mistakes=[
        Mistake(
            "the stride is left out",
            "The windows touch whatever the stride is. They begin at multiples of `stride`, not "
            "of `size`.",
            "pool-window",
            lambda image, size, stride: _pooled(image, size, size),
        ),
        Mistake(
            "the window moves by one",
            "The window moves by one row or column whatever the stride is.",
            "pool-window",
            lambda image, size, stride: _pooled(image, size, 1),
        ),
        Mistake(
            "the stride moves the map, not the window",
            "The result has the right size, but its windows move by one: the upper edge is at "
            "`i * stride`.",
            "pool-window",
            _with_step_one,
        ),
        Mistake(
            "size and stride exchanged",
            "Size and stride are exchanged: `size` is how large a window is, `stride` how far it "
            "moves.",
            "pool-window",
            lambda image, size, stride: _pooled(image, stride, size),
        ),
        Mistake(
            "a window that sticks out is kept",
            _STICKS_OUT,
            "pool-window",
            _sticking_out,
        ),
        Mistake(
            "a window that sticks out is kept",
            _STICKS_OUT,
            "pool-window",
            _one_for_each_step,
        ),
        Mistake(
            "the first position is not counted",
            "The last row and column of windows are missing. The first window needs no step: add "
            "1.",
            "pool-window",
            lambda image, size, stride: _pooled(image, size, stride)[:-1, :-1],
        ),
        Mistake(
            "the mean in place of the largest",
            "The numbers of a window are averaged: that is mean pooling.",
            "pool-mean",
            lambda image, size, stride: ref.avg_pool2d(
                image[None, :, :, None], size, stride=stride
            )[0, :, :, 0],
        ),
        Mistake(
            "the search begins at zero",
            "In a window of negative numbers none beats 0. Begin with the first number of the "
            "window, or with `-np.inf`.",
            "pool-both",
            lambda image, size, stride: np.maximum(_pooled(image, size, stride), 0),
        ),
    ],
    hints=[
        "A window moves over the map as a filter does. How many positions has it?",
        "`(H - size) // stride + 1` rows: a window that does not fit does not count.",
        "Window (i, j) begins at row `i * stride`, column `j * stride`, and is `size` long.",
    ],
    section="pool-window",
    formula="(H - size) // stride + 1 rows, and as many columns for W.",
    explain=_window_behind,
)


_SHOWN_ROWS = 14


def _positions(height: int, size: int, stride: int) -> int:
    return (height - size) // stride + 1


def _windows_on_rows(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    """Which rows are read, of a map that is small enough to be shown."""
    height, size, stride = one.args
    sentence = f"That is for `my_lost_rows({height}, {size}, {stride})`."
    if height > _SHOWN_ROWS:
        return sentence, ()
    tops = range(0, height - size + 1, stride)
    times = [sum(top <= row < top + size for top in tops) for row in range(height)]
    return sentence, (Grid("how many windows read each row", np.array(times)),)


def _draw_rows(rng: np.random.Generator) -> Given:
    size = int(rng.integers(1, 6))
    return given(int(rng.integers(size + 1, 30)), size, int(rng.integers(1, 7)))


lost_rows = FunctionExercise(
    "lost_rows",
    "Write how many rows no window reads, between the windows and below the last one together.",
    solution=solutions.my_lost_rows,
    lecture=[given(11, 2, 2), given(6, 3, 2), given(26, 2, 2), given(6, 2, 3), given(6, 1, 2)],
    probes=[given(9, 2, 4), given(12, 5, 3), given(10, 2, 5), given(7, 7, 2), given(14, 3, 5)],
    draw=_draw_rows,
    mistakes=[
        Mistake(
            "the gaps are left out",
            "These are the rows below the last window. If the stride is larger than the window, "
            "rows between the windows are lost, too.",
            "pool-window",
            lambda height, size, stride: (height - size) % stride,
        ),
        Mistake(
            "the gaps only",
            "These are the rows between the windows. Rows below the last window are lost, too.",
            "pool-window",
            lambda height, size, stride: (
                (_positions(height, size, stride) - 1) * max(stride - size, 0)
            ),
        ),
        Mistake(
            "a gap after the last window",
            "There is a gap after the last window, too. It is already among the rows below.",
            "pool-window",
            lambda height, size, stride: (
                _positions(height, size, stride) * max(stride - size, 0) + (height - size) % stride
            ),
        ),
        Mistake(
            "the remainder by the stride",
            "This is `height % stride`. It does not say which rows the last window reads: that "
            "depends on the size.",
            "pool-dropped",
            lambda height, size, stride: height % stride,
        ),
        Mistake(
            "the remainder by the size",
            "This is `height % size`: right if windows touch. Here they may overlap or leave gaps.",
            "pool-window",
            lambda height, size, stride: height % size,
        ),
        Mistake(
            "the rows of the result are subtracted",
            "The result has fewer rows than the map, but a window reads `size` rows. Which rows "
            "does no window meet?",
            "pool-one-block",
            lambda height, size, stride: height - _positions(height, size, stride),
        ),
        Mistake(
            "rows are counted twice",
            "Windows that overlap read some rows twice. Count each row once.",
            "pool-window",
            lambda height, size, stride: height - _positions(height, size, stride) * size,
        ),
        Mistake(
            "the rows that are read",
            "This is how many rows are read. The others are asked for.",
            "pool-window",
            lambda height, size, stride: height - solutions.my_lost_rows(height, size, stride),
        ),
    ],
    hints=[
        "Write down the rows of a small map, and strike out those that the first window reads.",
        "Windows begin at rows 0, stride, 2 * stride, ... as long as they fit.",
        "Mark each row that a window reads, and count those without a mark.",
    ],
    section="pool-window",
    explain=_windows_on_rows,
)

# --------------------------------------------------------------------- a design

_SIDE, _SEEN, _MOST = 19, 11, 100
Layer = tuple[str, int, int]  # what it is, the side of its window, its padding


def _layer(answer: Any) -> Layer | None:
    """Read `("conv", kernel, padding)` or `("pool", size)`."""
    if not isinstance(answer, (tuple, list)) or not answer:
        return None
    kind, *numbers = answer
    if str(kind) not in ("conv", "pool") or len(numbers) != 1 + (kind == "conv"):
        return None
    if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in numbers):
        return None
    window, padding = map(int, (*numbers, 0)[:2])
    return (kind, window, padding) if 1 <= window <= _MOST and 0 <= padding <= _MOST else None


def _after(sees: Any, layer: Layer) -> Any:
    """Return which points of the board each output sees, one row for each output on a line."""
    kind, window, padding = layer
    if kind == "pool":
        rows = len(sees) // window
        return sees[: rows * window].reshape(rows, window, _SIDE).any(axis=1)
    padded = np.pad(sees, ((padding, padding), (0, 0)))
    if len(padded) < window:
        return sees[:0]
    return np.lib.stride_tricks.sliding_window_view(padded, window, axis=0).any(axis=-1)


def _network(layers: list[Layer]) -> Any:
    sees = np.eye(_SIDE, dtype=bool)
    for layer in layers:
        sees = _after(sees, layer)
    return sees


def _try_board(answer: Any) -> Verdict:
    """Send the board through the layers: count the points that come out and what each sees."""
    if not isinstance(answer, (tuple, list)):
        return Verdict(False, "wrong type", None, "Expected a list of layers.")
    if len(answer) > _MOST:
        message = f"Expected at most {_MOST} layers, got {len(answer)}."
        return Verdict(False, "wrong type", None, message)
    layers = []
    for number, one in enumerate(answer):
        layer = _layer(one)
        if layer is None:
            message = (
                'Expected each layer as `("conv", kernel, padding)` or `("pool", size)`, with '
                f"whole numbers up to {_MOST}. Layer {number} is `{one!s:.40}`."
            )
            return Verdict(False, "wrong type", None, message)
        layers.append(layer)
    return _judged(layers)


def _judged(layers: list[Layer]) -> Verdict:
    sees = _network(layers)
    side, seen = len(sees), 1 + sum(w - 1 for kind, w, _ in layers if kind == "conv")
    sides = f"The side goes from {_SIDE} to {side}."
    if any(kind == "pool" and window > 1 for kind, window, _ in layers):
        return _not_yet(
            "pooling on a board",
            "Pooling makes positions equal that differ by one step of a stone. Let each point "
            f"keep its own number. {sides}",
            "pool-board",
        )
    if side != _SIDE:
        return _other_size(layers, side, sides)
    if seen < _SEEN:
        return _not_yet(
            "the outputs see too little",
            f"{_SIDE}×{_SIDE} points come out, but each sees {seen}×{seen} points only. The first "
            "filter sees as many as its kernel; each further one adds kernel - 1.",
            "whole-receptive-field",
        )
    blind = ~sees & (np.abs(np.subtract.outer(range(_SIDE), range(_SIDE))) <= _SEEN // 2)
    if blind.any():
        output, point = map(int, np.argwhere(blind)[0])
        return _not_yet(
            "the padding comes too late",
            f"The size is right, but row {output} of the output does not see row {point} of the "
            "board: the border was lost before the zeros came. Pad in each layer.",
            "conv-padding",
        )
    message = f"{_SIDE}×{_SIDE} points come out, and each sees a window of {seen}×{seen} points."
    return Verdict(True, "right", None, message)


def _other_size(layers: list[Layer], side: int, sides: str) -> Verdict:
    """What is said if the output is no board of the same size."""
    off = [2 * padding - window + 1 for kind, window, padding in layers if kind == "conv"]
    if all(abs(one) <= 1 for one in off):
        return _not_yet(
            "an even kernel",
            "An even kernel has no middle: with the same padding on both sides it makes the board "
            f"one smaller or one larger. Take odd kernels. {sides}",
            "conv-padding",
        )
    if side < _SIDE:
        return _not_yet(
            "the border is lost",
            f"{sides} A kernel of k takes (k - 1) / 2 rows from each side. As many zeros on each "
            "side give them back.",
            "conv-padding",
        )
    return _not_yet(
        "too much padding",
        f"{sides} A kernel of k takes (k - 1) / 2 rows from each side. More zeros than that are "
        "too many.",
        "conv-padding",
    )


def _not_yet(name: str, message: str, section: str) -> Verdict:
    return Verdict(False, "wrong values", name, message, SECTIONS[section])


board_network = Design(
    "board_network",
    "Choose layers for a board of 19×19 points: 19×19 numbers come out, and each sees at "
    "least 11×11 points.",
    answer_name="my_board_network",
    solution="""
        my_board_network = 5 * [("conv", 3, 1)]
    """,
    tried=_try_board,
    hints=[
        "May two positions that differ by one step of a stone become equal? Which of the two "
        "kinds of layers does that?",
        "A kernel of 3 takes one row from each side. Which padding gives them back?",
        "The first 3×3 filter sees 3×3 points, the second 5×5. Which sees 11×11?",
    ],
    section="pool-board",
    why="Each layer adds 2 to what is seen: 3, 5, 7, 9, 11. One layer of 11×11 with a padding of 5 "
    "would do as well, with more weights.",
)
