"""Exercises of chapter 4: the whole CNN, forward and backward."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import data, lecture
from lecturekit import reference as ref
from lecturekit.check.call import Given, given
from lecturekit.check.exercise import Mistake
from lecturekit.check.function import FunctionExercise
from lecturekit.check.inputs import lopsided, whole_numbers
from lecturekit.check.question import Question
from lecturekit.check.solutions import the_whole_cnn as solutions
from lecturekit.check.verdict import Grid

Numbers = npt.NDArray[Any]
Explained = tuple[str, tuple[Grid, ...]]


# ------------------------------------------------------- channels and parameters

channels_after = Question(
    "channels_after",
    "The first layer has 25 filters, and the second convolution has 25 as well. How many channels "
    "come out of the second one?",
    answer_name="my_channels",
    answer=25,
    why="Each filter reads all 25 channels, adds up, and gives one map: 25 filters, 25 channels.",
    mistakes=[
        Mistake(
            "a map for each pair of filters",
            "25 × 25 = 625 partial maps exist for a moment. Each filter adds its 25 up to one.",
            "whole-second-convolution",
            625,
        ),
        Mistake(
            "the channels of both layers together",
            "The maps of the first layer are what the second one reads. They do not come out again "
            "beside the new ones.",
            "whole-second-convolution",
            50,
        ),
        Mistake(
            "all filters added up",
            "One filter adds over its 25 channels and gives one map. There are 25 such filters.",
            "whole-second-convolution",
            1,
        ),
    ],
    hints=[
        "How deep is a filter of the second layer? As deep as the image that it reads.",
        "At each position a filter adds over all channels and gives one number. So count filters.",
    ],
    section="whole-second-convolution",
)

second_filter_weights = Question(
    "second_filter_weights",
    "A filter of the second convolution is 3×3 and reads 25 channels. How many weights has this "
    "one filter, without its bias?",
    answer_name="my_weights",
    answer=225,
    why="The filter is a cube, as deep as the image that it reads: 3 × 3 × 25 = 225.",
    mistakes=[
        Mistake(
            "one slice only",
            "9 is one slice of the filter. It has a slice of its own for each of the 25 channels.",
            "whole-second-convolution",
            9,
        ),
        Mistake(
            "the bias counted as a weight",
            "226 is right with the bias. The question asks for the weights alone, as the slide "
            "does.",
            "whole-parameters",
            226,
        ),
        Mistake(
            "all filters of the layer",
            "That is all 50 filters of the lecture's second convolution. One of them is asked for.",
            "whole-parameters",
            11250,
        ),
        Mistake(
            "all filters of a layer of 25",
            "5,625 is 25 such filters. One of them is asked for.",
            "whole-second-convolution",
            5625,
        ),
        Mistake(
            "one weight for each channel",
            "Each channel has a whole 3×3 slice of weights, not a single one.",
            "whole-second-convolution",
            25,
        ),
    ],
    hints=[
        "What does the filter look like? It has rows, columns and a depth.",
        "Its depth is the number of channels that it reads.",
    ],
    section="whole-parameters",
)


def _draw_counts(rng: np.random.Generator) -> Given:
    kernel, channels, filters = map(int, rng.integers((1, 1, 2), (8, 30, 60)))
    return given(kernel, channels, filters)


_NO_BIAS = "The biases are missing: each filter has one more number, which is added after its sum."

conv_parameters = FunctionExercise(
    "conv_parameters",
    "Write how many parameters a convolution has: square filters, and a bias for each of them.",
    solution=solutions.my_conv_parameters,
    lecture=[given(3, 1, 25), given(3, 25, 50)],
    probes=[given(5, 3, 8), given(1, 4, 7), given(3, 3, 25)],
    draw=_draw_counts,
    mistakes=[
        Mistake(
            "the biases are left out",
            _NO_BIAS,
            "whole-parameters",
            lambda kernel, channels, filters: kernel**2 * channels * filters,
        ),
        Mistake(
            "the channels are left out",
            "The filters are counted as flat. Each is as deep as the image it reads: times "
            "`channels`.",
            "whole-second-convolution",
            lambda kernel, channels, filters: (kernel**2 + 1) * filters,
        ),
        Mistake(
            "one bias for the whole layer",
            "One bias is counted for all filters together. Each filter has its own.",
            "whole-parameters",
            lambda kernel, channels, filters: kernel**2 * channels * filters + 1,
        ),
        Mistake(
            "a bias for each channel",
            "A bias is counted for each slice of a filter. It is added once, after the sum over "
            "all channels.",
            "whole-first-convolution",
            lambda kernel, channels, filters: (kernel**2 + 1) * channels * filters,
        ),
        Mistake(
            "one side of the filter only",
            "A filter has `kernel` rows and `kernel` columns: multiply twice.",
            "whole-parameters",
            lambda kernel, channels, filters: (kernel * channels + 1) * filters,
        ),
        Mistake(
            "one filter only",
            "That is one filter. The layer has `filters` of them, each with weights of its own.",
            "whole-parameters",
            lambda kernel, channels, filters: kernel**2 * channels + 1,
        ),
    ],
    hints=[
        "Count one filter first. Which three numbers give its weights?",
        "kernel * kernel * channels weights, and one bias.",
        "Then times `filters`. The lecture's second convolution gives (225 + 1) * 50 = 11,300.",
    ],
    section="whole-parameters",
)

total_parameters = Question(
    "total_parameters",
    "How many parameters has the lecture's whole network: 25 and 50 filters of 3×3, then 100 "
    "neurons and 10 outputs, all with biases, on 28×28×1 images?",
    answer_name="my_total",
    answer=137_660,
    why="250 + 11,300 for the convolutions, 1,250 × 100 + 100 = 125,100 for the dense layer, and "
    "1,010 for the outputs.",
    mistakes=[
        Mistake(
            "the biases are left out",
            "These are the weights. Each filter and each neuron also has a bias: 25 + 50 + 100 + "
            "10 more.",
            "whole-parameters",
            137_475,
        ),
        Mistake(
            "the dense layers are left out",
            "These are the two convolutions. The fully connected network at the end holds far "
            "more.",
            "whole-parameters",
            11_550,
        ),
        Mistake(
            "flat filters in the second layer",
            "The second layer's filters were counted with 9 weights. They read 25 channels: 225 "
            "weights each.",
            "whole-second-convolution",
            126_860,
        ),
        Mistake(
            "the second pooling is left out",
            "The dense layer was given 11×11×50 numbers. After the second pooling 5×5×50 are left.",
            "whole-second-pooling",
            617_660,
        ),
        Mistake(
            "half a block is counted",
            "11 was halved to 6. Only 5 whole blocks fit, and 5×5×50 numbers are left.",
            "whole-second-pooling",
            192_660,
        ),
        Mistake(
            "the output layer is left out",
            "Nearly: 100 neurons lead to 10 outputs, and these have weights and biases, too.",
            "whole-dense",
            136_650,
        ),
    ],
    hints=[
        "Pooling and flatten have no parameters. Four layers are left.",
        "Convolutions: (9 + 1) × 25 and (225 + 1) × 50.",
        "Dense layers: 1,250 inputs for each of 100 neurons, then 100 inputs for each of 10 "
        "outputs, each with a bias.",
    ],
    section="whole-parameters",
)

# ---------------------------------------------------------------- the way there


def _digits() -> Numbers:
    """A 1 and a 7, drawn with straight strokes."""
    x = np.zeros((2, 28, 28, 1), np.float32)
    x[0, 5:23, 13:16] = x[1, 5:8, 7:20] = 1
    for row in range(8, 23):
        right = 25 - row // 2
        x[1, row, right - 3 : right] = 1
    return x


def _network(
    rng: np.random.Generator, images: int, height: int, width: int, channels: int
) -> Given:
    """A small network of the lecture's kind, and images for it."""
    first, second, neurons, outputs = map(int, rng.integers(2, 5, 4))
    flat = ((height - 2) // 2 - 2) // 2 * (((width - 2) // 2 - 2) // 2) * second
    shapes = {
        "conv2d_1": (3, 3, channels, first),
        "conv2d_2": (3, 3, first, second),
        "dense": (flat, neurons),
        "output": (neurons, outputs),
    }
    w = {}
    for name, shape in shapes.items():
        w[f"{name}/kernel"] = rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1]))
        w[f"{name}/bias"] = rng.normal(size=shape[-1]) / 2
    return given(rng.random((images, height, width, channels)), w)


def _draw_network(rng: np.random.Generator) -> Given:
    images, height, width, channels = map(int, rng.integers((1, 10, 10, 1), (4, 20, 20, 3)))
    return _network(rng, images, height, width, channels)


def _same(values: Numbers) -> Numbers:
    return values


def _scores(
    x: Numbers,
    w: dict[str, Numbers],
    *,
    convolved: Any = ref.relu,
    pool: Any = ref.max_pool2d,
    flatten: Any = ref.flatten,
    connected: Any = ref.relu,
    bias: float = 1,
) -> Numbers:
    """The network's scores, with one step as somebody else would take it."""
    for name in ("conv2d_1", "conv2d_2"):
        maps = ref.conv2d(x, w[f"{name}/kernel"], bias * w[f"{name}/bias"])
        x = pool(convolved(maps))
    neurons = connected(ref.dense(flatten(x), w["dense/kernel"], bias * w["dense/bias"]))
    return ref.dense(neurons, w["output/kernel"], bias * w["output/bias"])


def _forward(**step: Any) -> Any:
    return lambda x, w: ref.softmax(_scores(x, w, **step))


def _channels_first(x: Numbers) -> Numbers:
    return ref.flatten(x.transpose(0, 3, 1, 2))


def _column_by_column(x: Numbers) -> Numbers:
    return ref.flatten(x.transpose(0, 2, 1, 3))


def _over_batch(x: Numbers, w: dict[str, Numbers]) -> Numbers:
    return ref.softmax(_scores(x, w).T).T


def _over_all(x: Numbers, w: dict[str, Numbers]) -> Numbers:
    scores = _scores(x, w)
    return ref.softmax(scores.reshape(1, -1)).reshape(scores.shape)


def _shares(x: Numbers, w: dict[str, Numbers]) -> Numbers:
    scores = _scores(x, w)
    return scores / scores.sum(axis=1, keepdims=True)


cnn_forward = FunctionExercise(
    "cnn_forward",
    "Write the way through the lecture's network, from a batch of images to probabilities.",
    solution=solutions.my_cnn_forward,
    lecture=[given(_digits(), data.load_weights())],
    probes=[
        _network(np.random.default_rng(1), 2, 14, 19, 1),
        _network(np.random.default_rng(2), 3, 18, 14, 3),
    ],
    draw=_draw_network,
    mistakes=[
        Mistake(
            "ReLU after the convolutions is left out",
            "The maps keep their negative numbers. This network has ReLU after each convolution.",
            "whole-first-convolution",
            _forward(convolved=_same),
        ),
        Mistake(
            "ReLU after the dense layer is left out",
            "The 100 neurons keep their negative numbers. They have ReLU, too.",
            "whole-dense",
            _forward(connected=_same),
        ),
        Mistake(
            "ReLU is left out everywhere",
            "No ReLU is used. It follows both convolutions and the first dense layer.",
            "whole-first-convolution",
            _forward(convolved=_same, connected=_same),
        ),
        Mistake(
            "ReLU on the scores",
            "The scores went through ReLU. They may be negative: softmax takes them as they are.",
            "whole-dense",
            lambda x, w: ref.softmax(ref.relu(_scores(x, w))),
        ),
        Mistake(
            "softmax is left out",
            "These are the scores. Softmax makes probabilities of them, with the sum 1.",
            "whole-dense",
            _scores,
        ),
        Mistake(
            "softmax over the batch",
            "Here the images share out the probability of one digit. Each image has a sum of 1 "
            "over its digits.",
            "whole-dense",
            _over_batch,
        ),
        Mistake(
            "softmax over all numbers",
            "The whole batch shares one sum of 1. Each image has its own.",
            "whole-dense",
            _over_all,
        ),
        Mistake(
            "the scores divided by their sum",
            "Dividing by the sum gives negative shares. Softmax takes e to the power of each score "
            "first.",
            "whole-dense",
            _shares,
        ),
        Mistake(
            "flattened with the channels first",
            "The vector holds one map after the other. Here the channels of one place stand "
            "together.",
            "whole-flatten",
            _forward(flatten=_channels_first),
        ),
        Mistake(
            "flattened column by column",
            "The vector goes down the columns. `ref.flatten` goes along the rows.",
            "whole-flatten",
            _forward(flatten=_column_by_column),
        ),
        Mistake(
            "the mean in place of the maximum",
            "The blocks are averaged. The lecture's network keeps the largest number.",
            "whole-first-pooling",
            _forward(pool=ref.avg_pool2d),
        ),
        Mistake(
            "the biases are left out",
            "Each filter and each neuron adds its own bias after the sum: "
            "`ref.conv2d(x, kernel, bias)`.",
            "whole-first-convolution",
            _forward(bias=0),
        ),
    ],
    hints=[
        "Nine calls, one after the other. The figure at the start of chapter 4 shows the order.",
        'The first: `ref.relu(ref.conv2d(x, w["conv2d_1/kernel"], w["conv2d_1/bias"]))`.',
        "Then `ref.max_pool2d`; the same two with conv2d_2; `ref.flatten`; `ref.dense` and "
        "`ref.relu`; `ref.dense` and `ref.softmax`.",
    ],
    section="whole-dense",
    formula="(N, outputs): a row for each image, a probability for each output.",
)

# ---------------------------------------------------------------- the way back

_IMAGE = lecture.IMAGE[None, :, :, None].astype(float)
_FILTER = lecture.FILTER_1[:, :, None, None].astype(float)
_MAP = lecture.FEATURE_MAP_1[None, :, :, None].astype(float)
_D_POOLED = np.array([[1.0, -2.0], [-3.0, 4.0]])[None, :, :, None]
_D_MAP = ref.max_pool2d_backward(_D_POOLED, _MAP)


def _at_gate(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    d_y, x = one.args
    return f"There `x` is {x[index]:.4g} and `d_y` is {d_y[index]:.4g}.", ()


def _draw_gate(rng: np.random.Generator) -> Given:
    shape = tuple(map(int, rng.integers(2, 5, int(rng.integers(1, 4)))))
    return given(whole_numbers(rng, *shape), whole_numbers(rng, *shape, largest=1) / 2)


relu_backward = FunctionExercise(
    "relu_backward",
    "Write the way back through ReLU, with the derivative 0 where `x` is 0.",
    solution=solutions.my_relu_backward,
    lecture=[given(_D_MAP, _MAP)],
    probes=[
        given(np.array([1.0, -2.0, 3.0, -4.0, 5.0]), np.array([0.5, 2.0, 0.0, 0.25, -1.0])),
        given(np.array([[-1.0, 2.0], [3.0, 0.5]]), np.array([[4.0, -3.0], [0.0, 0.5]])),
    ],
    draw=_draw_gate,
    mistakes=[
        Mistake(
            "everything passes",
            "Every gradient passes. Did the test look at ReLU's output? That is never below 0, so "
            "`>= 0` always holds there.",
            "whole-back-network",
            lambda d_y, x: d_y,
        ),
        Mistake(
            "zero lets pass",
            "Where `x` is exactly 0, the gradient passes. Here only what is above 0 lets it pass.",
            "whole-back-network",
            lambda d_y, x: d_y * (x >= 0),
        ),
        Mistake(
            "ReLU on the way back",
            "ReLU was applied to the gradient. The gate asks for the sign of `x`; a negative "
            "gradient may pass.",
            "whole-back-network",
            lambda d_y, x: ref.relu(d_y),
        ),
        Mistake(
            "both must be above zero",
            "A negative gradient passes, too. Only the sign of `x` counts.",
            "whole-back-network",
            lambda d_y, x: ref.relu(d_y) * (x > 0),
        ),
        Mistake(
            "the derivative alone",
            "That is the derivative of ReLU. Along a path effects multiply: times `d_y`.",
            "whole-back",
            lambda d_y, x: (x > 0).astype(float),
        ),
        Mistake(
            "multiplied by the input",
            "The gradient was multiplied by `x`. The slope of ReLU above 0 is 1, however large `x` "
            "is.",
            "whole-back-network",
            lambda d_y, x: d_y * ref.relu(x),
        ),
        Mistake(
            "a negative slope below zero",
            "Below 0 the gradient comes back with the other sign. There ReLU is flat: 0.",
            "whole-back-network",
            lambda d_y, x: d_y * np.sign(x),
        ),
        Mistake(
            "the gate is turned around",
            "The gradient passes where `x` is not above 0. It must pass where `x` is above 0.",
            "whole-back-network",
            lambda d_y, x: d_y * (x <= 0),
        ),
    ],
    hints=[
        "Draw ReLU. How steep is it above 0, and how steep below?",
        "Slope 1 lets the gradient pass, slope 0 stops it. Which number decides: `d_y` or `x`?",
        "`x > 0` is True or False at each place, and it can be multiplied: 1 or 0.",
    ],
    section="whole-back-network",
    formula="Each number of `x` has one gradient.",
    explain=_at_gate,
)


def _blocks(x: Numbers, d_y: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """The whole blocks of each map, (N, rows, size, columns, size, C), and their gradients."""
    images, rows, columns, channels = d_y.shape
    whole = x[:, : rows * size, : columns * size]
    return whole.reshape(images, rows, size, columns, size, channels), d_y[:, :, None, :, None]


def _routed(weights: Any) -> Any:
    """Return a way back that spreads each gradient over its block by weights."""

    def backward(d_y: Numbers, x: Numbers, size: int = 2) -> Numbers:
        blocks, gradients = _blocks(x, d_y, size)
        parts = weights(blocks, gradients)
        d_x = np.zeros(x.shape)
        rows, columns = d_y.shape[1] * size, d_y.shape[2] * size
        d_x[:, :rows, :columns] = parts.reshape(len(x), rows, columns, -1)
        return d_x

    return backward


def _largest(blocks: Numbers) -> Numbers:
    return blocks == blocks.max(axis=(2, 4), keepdims=True)


def _in_the_corner(blocks: Numbers, gradients: Numbers) -> Numbers:
    parts = np.zeros(blocks.shape)
    parts[:, :, :1, :, :1] = gradients
    return parts


def _last_of_ties(d_y: Numbers, x: Numbers, size: int = 2) -> Numbers:
    rows, columns = d_y.shape[1] * size, d_y.shape[2] * size
    d_x = np.zeros(x.shape)
    turned = ref.max_pool2d_backward(d_y[:, ::-1, ::-1], x[:, :rows, :columns][:, ::-1, ::-1], size)
    d_x[:, :rows, :columns] = turned[:, ::-1, ::-1]
    return d_x


def _without_rest(d_y: Numbers, x: Numbers, size: int = 2) -> Numbers:
    rows, columns = d_y.shape[1] * size, d_y.shape[2] * size
    return ref.max_pool2d_backward(d_y, x[:, :rows, :columns], size)


def _block_of(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    d_y, x, *rest = one.args
    size = rest[0] if rest else 2
    n, i, j, c = index
    row, column = i // size, j // size
    if row >= d_y.shape[1] or column >= d_y.shape[2]:
        return "That place belongs to no block.", ()
    top, left = row * size, column * size
    grid = Grid("the block", x[n, top : top + size, left : left + size, c])
    return f"The block's gradient is {d_y[n, row, column, c]:.4g}.", (grid,)


def _draw_blocks(rng: np.random.Generator) -> Given:
    images, height, width, channels = map(int, rng.integers((1, 4, 4, 1), (3, 9, 9, 4)))
    size = int(rng.integers(2, 4))
    x = whole_numbers(rng, images, height, width, channels, largest=2)
    d_y = whole_numbers(rng, images, height // size, width // size, channels, largest=5)
    return given(d_y, x) if size == 2 else given(d_y, x, size)


_TIE = np.array([[3.0, -1.0], [-3.0, 3.0]])[None, :, :, None]

max_pool2d_backward = FunctionExercise(
    "max_pool2d_backward",
    "Write the way back through max pooling. Of equal largest numbers the first gets all.",
    solution=solutions.my_max_pool2d_backward,
    lecture=[
        given(_D_POOLED, _MAP),
        given(_D_POOLED, lecture.FEATURE_MAP_2[None, :, :, None].astype(float)),
    ],
    probes=[
        given(np.array([[[[2.0]]]]), _TIE),
        given(
            np.arange(1.0, 13.0).reshape(1, 2, 3, 2),
            (np.arange(70.0).reshape(1, 5, 7, 2) * 3) % 11 - 6,
        ),
        given(np.array([[[[5.0], [-2.0]]]]), (np.arange(21.0).reshape(1, 3, 7, 1) * 5) % 7, 3),
    ],
    draw=_draw_blocks,
    mistakes=[
        Mistake(
            "to all of the block",
            "Each number of the block got the whole gradient. Only the largest had a part in the "
            "result.",
            "whole-back-pooling",
            _routed(lambda blocks, gradients: gradients * np.ones_like(blocks)),
        ),
        Mistake(
            "shared among the block",
            "The gradient was divided among all of the block: that is the way back of mean "
            "pooling.",
            "whole-back-pooling",
            _routed(
                lambda blocks, gradients: gradients * np.ones_like(blocks) / blocks.shape[2] ** 2
            ),
        ),
        Mistake(
            "to all of the equal ones",
            "Where several numbers are the largest, each got the whole gradient. The first one "
            "gets it.",
            "whole-maximum",
            _routed(lambda blocks, gradients: gradients * _largest(blocks)),
        ),
        Mistake(
            "shared among the equal ones",
            "Where several numbers are the largest, they share the gradient. Here the first one "
            "gets all, as in TensorFlow.",
            "whole-maximum",
            _routed(
                lambda blocks, gradients: (
                    gradients * _largest(blocks) / _largest(blocks).sum(axis=(2, 4), keepdims=True)
                )
            ),
        ),
        Mistake(
            "the last of the equal ones",
            "Of several largest numbers the last one got the gradient. Here it is the first: is "
            "there a `>=` that should be `>`?",
            "whole-maximum",
            _last_of_ties,
        ),
        Mistake(
            "the left-over rows are missing",
            "`d_x` has a number for each number of `x`. Rows and columns left over get 0.",
            "whole-second-pooling",
            _without_rest,
        ),
        Mistake(
            "the maximum in place of its gradient",
            "The largest number itself stands in `d_x`. Put its gradient there.",
            "whole-back-pooling",
            lambda d_y, x, size=2: ref.max_pool2d_backward(np.ones_like(d_y), x, size) * x,
        ),
        Mistake(
            "the switch alone",
            "There is a 1 where the largest number stands: that is the switch. What flows through "
            "it is `d_y`.",
            "whole-maximum",
            lambda d_y, x, size=2: ref.max_pool2d_backward(np.ones_like(d_y), x, size),
        ),
        Mistake(
            "always to the same corner",
            "The gradient always goes to the upper left of the block. It goes where the largest "
            "number stands.",
            "whole-back-pooling",
            _routed(_in_the_corner),
        ),
    ],
    hints=[
        "Begin with `d_x = np.zeros(x.shape)` and write one gradient for each block.",
        "Which place of the block is the largest? `block.argmax()` counts along the rows and takes "
        "the first.",
        "`np.unravel_index(block.argmax(), block.shape)` makes a row and a column of it. Add the "
        "corner of the block.",
    ],
    section="whole-back-pooling",
    formula="`d_x` has the shape of `x`.",
    explain=_block_of,
)


def _pass_back(d_y: Numbers, x: Numbers, w: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    d_x, d_w, d_b = ref.conv2d_backward(d_y, x, w)
    return d_x, d_w, d_b


def _turned(w: Numbers) -> Numbers:
    return w[::-1, ::-1]


def _positions(d_y: Numbers) -> int:
    return d_y.shape[1] * d_y.shape[2]


def _with_d_x(change: Any) -> Any:
    """Return a way back with another `d_x`."""
    return lambda d_y, x, w: (change(d_y, x, w), *_pass_back(d_y, x, w)[1:])


def _with_d_w(change: Any) -> Any:
    """Return a way back with another `d_w`, made from the right one."""

    def backward(d_y: Numbers, x: Numbers, w: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        d_x, d_w, d_b = _pass_back(d_y, x, w)
        return d_x, change(d_w, d_y, x), d_b

    return backward


def _with_d_b(change: Any) -> Any:
    """Return a way back with another `d_b`."""
    return lambda d_y, x, w: (*_pass_back(d_y, x, w)[:2], change(d_y))


def _overwritten(d_y: Numbers, x: Numbers, w: Numbers) -> Numbers:
    """The way back to the pixels with ``=`` in the place of ``+=``."""
    d_x = np.zeros(x.shape)
    for i, j in np.ndindex(d_y.shape[1:3]):
        window = np.tensordot(d_y[:, i, j], w, axes=(1, 3))
        d_x[:, i : i + len(w), j : j + w.shape[1]] = window
    return d_x


def _last_position(d_w: Numbers, d_y: Numbers, x: Numbers) -> Numbers:
    kh, kw = d_w.shape[:2]
    last: Numbers = np.tensordot(x[:, -kh:, -kw:], d_y[:, -1, -1], axes=(0, 0))
    return last


def _behind(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    """What one number of the three gradients is summed from."""
    d_y, x, w = one.args
    rows, columns = d_y.shape[1:3]
    if part == 0:
        _, i, j, _ = index
        down = min(i, rows - 1) - max(i - len(w) + 1, 0) + 1
        across = min(j, columns - 1) - max(j - w.shape[1] + 1, 0) + 1
        return f"The windows that see this pixel: {down * across}. Their effects add.", ()
    of_filter = d_y[..., index[-1]]
    grids = (Grid("d_y of this filter", of_filter.reshape(-1, columns)),)
    if part == 2:
        return f"This bias is added at {of_filter.size} places.", grids
    u, v, c, _ = index
    seen = x[:, u : u + rows, v : v + columns, c].reshape(-1, columns)
    sentence = f"This weight meets {seen.size} pixels."
    return sentence, (Grid("the pixels that this weight meets", seen), *grids)


def _draw_backward(rng: np.random.Generator) -> Given:
    images, channels, filters = map(int, rng.integers(1, 4, 3))
    height, width = map(int, rng.integers(4, 7, 2))
    kh, kw = map(int, rng.integers(1, 4, 2))
    d_y = whole_numbers(rng, images, height - kh + 1, width - kw + 1, filters)
    x = whole_numbers(rng, images, height, width, channels)
    return given(d_y, x, lopsided(rng, kh, kw, channels, filters))


_SUM = "Where paths meet, effects add:"

conv2d_backward = FunctionExercise(
    "conv2d_backward",
    "Write the way back through a convolution of stride 1, without padding: d_x, d_w and d_b.",
    solution=solutions.my_conv2d_backward,
    lecture=[given(_D_MAP, _IMAGE, _FILTER)],
    probes=[
        given(
            np.arange(24.0).reshape(2, 2, 3, 2) % 5 - 2,
            np.arange(48.0).reshape(2, 3, 4, 2) % 7 - 3,
            np.arange(16.0).reshape(2, 2, 2, 2) % 5 - 1,
        ),
        given(
            np.arange(12.0).reshape(1, 4, 1, 3) % 5 - 1,
            np.arange(48.0).reshape(1, 4, 3, 4) % 7 - 3,
            np.arange(36.0).reshape(1, 3, 4, 3) % 8 - 3,
        ),
    ],
    draw=_draw_backward,
    results=("d_x", "d_w", "d_b"),
    mistakes=[
        Mistake(
            "d_x through the turned filter",
            "`d_x` went through the filter turned by 180 degrees. Send each gradient through the "
            "filter as it is, into its window.",
            "whole-back-convolution",
            _with_d_x(lambda d_y, x, w: _pass_back(d_y, x, _turned(w))[0]),
        ),
        Mistake(
            "windows overwrite each other",
            "The windows overlap, and each overwrites the one before. "
            f"{_SUM} `+=` in place of `=`.",
            "whole-back-convolution",
            _with_d_x(_overwritten),
        ),
        Mistake(
            "d_w turned by 180 degrees",
            "`d_w` is turned by 180 degrees. Weight (u, v) meets pixel (i + u, j + v).",
            "whole-back-convolution",
            _with_d_w(lambda d_w, d_y, x: _turned(d_w)),
        ),
        Mistake(
            "d_w of the last position only",
            f"`d_w` holds the last position alone: is there an `=`? {_SUM} `+=`.",
            "whole-back-convolution",
            _with_d_w(_last_position),
        ),
        Mistake(
            "d_w of the last position only",
            f"`d_w` holds the last position alone: is there an `=`? {_SUM} `+=`, in `d_x`, too.",
            "whole-back-convolution",
            lambda d_y, x, w: (
                _overwritten(d_y, x, w),
                *_with_d_w(_last_position)(d_y, x, w)[1:],
            ),
        ),
        Mistake(
            "d_w averaged over the positions",
            f"`d_w` is averaged over the positions. {_SUM} it is the sum.",
            "whole-tied",
            _with_d_w(lambda d_w, d_y, x: d_w / _positions(d_y)),
        ),
        Mistake(
            "d_w averaged over the batch",
            f"`d_w` is averaged over the images. {_SUM} a mean, if any, is a part of the loss and "
            "already in `d_y`.",
            "whole-back",
            _with_d_w(lambda d_w, d_y, x: d_w / len(x)),
        ),
        Mistake(
            "d_w of the first image only",
            "`d_w` comes from the first image alone. All images of the batch use the same weights: "
            "add over them.",
            "whole-back-convolution",
            lambda d_y, x, w: (
                _pass_back(d_y, x, w)[0],
                _pass_back(d_y[:1], x[:1], w)[1],
                _pass_back(d_y, x, w)[2],
            ),
        ),
        Mistake(
            "one bias for all filters",
            "`d_b` is one number. Each filter has a bias of its own: keep the axis of the filters.",
            "whole-back-convolution",
            _with_d_b(lambda d_y: d_y.sum()),
        ),
        Mistake(
            "d_b averaged",
            f"`d_b` is a mean. The bias is added at every position. {_SUM} it is the sum.",
            "whole-tied",
            _with_d_b(lambda d_y: d_y.mean(axis=(0, 1, 2))),
        ),
        Mistake(
            "d_b for each position",
            "`d_b` still has rows and columns. A filter adds the same bias at all positions: sum "
            "over them, too.",
            "whole-tied",
            _with_d_b(lambda d_y: d_y.sum(axis=0)),
        ),
        Mistake(
            "d_x and d_w exchanged",
            "`d_x` and `d_w` are in each other's place. The order is d_x, d_w, d_b.",
            "whole-back-convolution",
            lambda d_y, x, w: (
                _pass_back(d_y, x, w)[1],
                _pass_back(d_y, x, w)[0],
                _pass_back(d_y, x, w)[2],
            ),
        ),
    ],
    hints=[
        "Go over the positions (i, j) as on the way there. Each has a patch of `x` and the numbers "
        "`d = d_y[:, i, j, :]`.",
        "One image, channel and filter: `d_w += patch * d`, and the same window of `d_x` gets `+= "
        "kernel * d`.",
        "For all at once: `np.tensordot(patches, d, axes=(0, 0))` and `np.tensordot(d, w, axes=(1, "
        "3))`. `d_b` is a sum of `d_y`.",
    ],
    section="whole-back-convolution",
    formula="Each gradient has the shape of what it belongs to: `x`, `w`, and one bias a filter.",
    explain=_behind,
)


def _copies(d_matrix: Numbers, image: tuple[int, int], kernel: tuple[int, int]) -> Numbers:
    """The gradient of each position's own copy of the filter: (positions, kh, kw)."""
    (height, width), (kh, kw) = image, kernel
    columns = width - kw + 1
    pixels = d_matrix.reshape(height, width, -1)
    return np.stack(
        [
            pixels[i : i + kh, j : j + kw, i * columns + j]
            for i, j in np.ndindex(height - kh + 1, columns)
        ]
    )


def _combined(combine: Any) -> Any:
    """Return an answer that makes one gradient of the copies' gradients."""
    return lambda d_matrix, image_shape, kernel_shape: combine(
        _copies(d_matrix, image_shape, kernel_shape)
    )


def _standing_still(
    d_matrix: Numbers, image_shape: tuple[int, int], kernel_shape: tuple[int, int]
) -> Numbers:
    pixels = d_matrix.sum(axis=1).reshape(image_shape)
    return pixels[: kernel_shape[0], : kernel_shape[1]]


def _untied(one: Given, part: int, index: tuple[int, ...]) -> Explained:
    _, image, kernel = one.args
    copies, (row, column) = _copies(*one.args), index
    positions = copies[:, row, column].reshape(-1, image[1] - kernel[1] + 1)
    sentence = f"Below are the gradients of this weight's {len(copies)} copies."
    return sentence, (Grid("the copies' gradients, by position", positions),)


def _draw_matrix(rng: np.random.Generator) -> Given:
    height, width = map(int, rng.integers(4, 7, 2))
    kh, kw = map(int, rng.integers(1, 4, 2))
    positions = (height - kh + 1) * (width - kw + 1)
    return given(whole_numbers(rng, height * width, positions), (height, width), (kh, kw))


_D_MATRIX = _IMAGE.reshape(36, 1) * _D_MAP.reshape(1, 16)

tied_gradient = FunctionExercise(
    "tied_gradient",
    "Tie the gradients of a fully connected layer's weights to those of one shared filter.",
    solution=solutions.my_tied_gradient,
    lecture=[given(_D_MATRIX, (6, 6), (3, 3))],
    probes=[
        given(np.arange(36.0).reshape(9, 4) % 7 - 2, (3, 3), (2, 2)),
        given(np.arange(80.0).reshape(10, 8) % 9 - 3, (2, 5), (1, 2)),
    ],
    draw=_draw_matrix,
    mistakes=[
        Mistake(
            "the average in place of the sum",
            "The gradients of the tied connections are averaged. Each is a path to the loss, and "
            "where paths meet, effects add.",
            "whole-tied",
            _combined(lambda copies: copies.mean(axis=0)),
        ),
        Mistake(
            "the first copy only",
            "Only the filter's first position is used. All positions share the weights: add up.",
            "whole-tied",
            _combined(lambda copies: copies[0]),
        ),
        Mistake(
            "the last copy only",
            "Only the filter's last position is left. Is there an `=` where `+=` should stand?",
            "whole-tied",
            _combined(lambda copies: copies[-1]),
        ),
        Mistake(
            "the strongest copy only",
            "For each weight one connection was chosen. That is max pooling's way; shared weights "
            "add up.",
            "whole-tied",
            _combined(lambda copies: copies.max(axis=0)),
        ),
        Mistake(
            "turned by 180 degrees",
            "The filter is turned by 180 degrees: its upper left weight meets the upper left pixel "
            "of each window.",
            "whole-tied",
            _combined(lambda copies: copies.sum(axis=0)[::-1, ::-1]),
        ),
        Mistake(
            "the filter on its side",
            "The filter's rows and columns are exchanged.",
            "whole-tied",
            _combined(lambda copies: copies.sum(axis=0).T),
        ),
        Mistake(
            "a gradient for each pixel",
            "That adds up over the neurons, and gives one number for each pixel. Add what belongs "
            "to one weight.",
            "whole-tied",
            lambda d_matrix, image_shape, kernel_shape: d_matrix.sum(axis=1).reshape(image_shape),
        ),
        Mistake(
            "the window stands still",
            "The window stands still while the neurons change. Neuron (i, j) sees the pixels from "
            "(i, j) on.",
            "whole-tied",
            _standing_still,
        ),
        Mistake(
            "still in one row",
            "The numbers are right and stand in one row. Fold them up to the filter's shape.",
            "whole-tied",
            _combined(lambda copies: copies.sum(axis=0).ravel()),
        ),
    ],
    hints=[
        "Column `i * columns + j` belongs to the neuron at position (i, j). Fold it up to an "
        "image: `.reshape(image_shape)`.",
        "In that image, the window of the filter holds the gradients of the neuron's own copy.",
        "Add the windows of all positions: `d_filter += d_pixels[i : i + height, j : j + width]`.",
    ],
    section="whole-tied",
    formula="The shared filter has a gradient for each of its weights: (kh, kw).",
    explain=_untied,
)
