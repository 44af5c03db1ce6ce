"""Who is measured: each contender makes a call out of a case, and its results comparable.

`CONTENDERS` maps a name to a function that takes a case and returns ``(call, collect)``. `call()`
is what is timed. `collect(result)` is not timed: it lists the results as arrays in the layout of
`lecturekit.reference`.
"""

import functools
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cases
import numpy as np
from cases import Array, Case
from scipy import signal

from lecturekit import models, reference
from lecturekit._tensorflow import keras, tf

Call = Callable[[], Any]
Collect = Callable[[Any], list[Array]]
Prepared = tuple[Call, Collect]

# At the start, so that it is there for all measurements or for none.
torch = import_module("torch") if find_spec("torch") else None


def listed(result: Any) -> list[Array]:
    """List one result or several as arrays."""
    several = result if isinstance(result, Sequence) else [result]
    return [np.asarray(array) for array in several]


# ---------------------------------------------------------------------- NumPy


def with_numpy(case: Case) -> Prepared:
    """The functions of `lecturekit.reference`."""
    if case.operation == "train":
        return numpy_training()
    a, options = cases.arrays(case), case.options
    y = reference.max_pool2d(a["x"], 2) if case.operation == "pool_backward" else None
    calls: dict[str, Call] = {
        "convolve": lambda: reference.conv2d(a["x"], a["w"], a["b"], **options),
        "convolve_backward": lambda: reference.conv2d_backward(a["d_y"], a["x"], a["w"], **options),
        "pool": lambda: reference.max_pool2d(a["x"], 2),
        "pool_backward": lambda: reference.max_pool2d_backward(a["d_y"], a["x"], 2, y=y),
    }
    return calls[case.operation], listed


def with_loops(case: Case) -> Prepared:
    """Seven explicit loops."""
    a = cases.arrays(case)
    return lambda: reference.conv2d_loops(a["x"], a["w"], a["b"], **case.options), listed


def with_scipy(case: Case) -> Prepared:
    """The fastest way that was found: all images and filters in one call, by Fourier transform.

    One call of `signal.correlate2d` or `ndimage.correlate` for each image and filter takes two to
    twenty times as long. On the larger layers this way needs gigabytes.
    """
    a = cases.arrays(case)
    x = a["x"].transpose(0, 3, 1, 2)[..., np.newaxis]
    w = a["w"][::-1, ::-1].transpose(2, 0, 1, 3)[np.newaxis]

    def call() -> Array:
        return signal.fftconvolve(x, w, mode="valid", axes=(2, 3)).sum(axis=1) + a["b"]

    return call, listed


# ----------------------------------------------------------------- TensorFlow


def tensorflow_operation(case: Case) -> tuple[Callable[..., Any], list[Any]]:
    """Return the operation of a case and the tensors that it takes.

    The gradients are the operations that TensorFlow itself uses: no tape, no forward pass.
    """
    strides, padding, raw = [1, case.stride, case.stride, 1], case.padding.upper(), tf.raw_ops
    a = {name: tf.constant(array) for name, array in cases.arrays(case).items()}
    where = {"strides": strides, "padding": padding}
    window = {"ksize": [1, *case.w[:2], 1], **where}

    def convolve(x: Any, w: Any, b: Any) -> Any:
        return tf.nn.bias_add(tf.nn.conv2d(x, w, strides, padding), b)

    def convolve_backward(d_y: Any, x: Any, w: Any) -> Any:
        return [
            raw.Conv2DBackpropInput(input_sizes=case.x, filter=w, out_backprop=d_y, **where),
            raw.Conv2DBackpropFilter(input=x, filter_sizes=case.w, out_backprop=d_y, **where),
            raw.BiasAddGrad(out_backprop=d_y),
        ]

    def pool(x: Any) -> Any:
        return raw.MaxPool(input=x, **window)

    def pool_backward(d_y: Any, x: Any, y: Any) -> Any:
        return raw.MaxPoolGrad(orig_input=x, orig_output=y, grad=d_y, **window)

    if case.operation == "convolve":
        return convolve, [a["x"], a["w"], a["b"]]
    if case.operation == "convolve_backward":
        return convolve_backward, [a["d_y"], a["x"], a["w"]]
    if case.operation == "pool":
        return pool, [a["x"]]
    return pool_backward, [a["d_y"], a["x"], pool(a["x"])]


def as_numpy(result: Any) -> Any:
    """Hand the results to NumPy. TensorFlow copies them."""
    return [t.numpy() for t in result] if isinstance(result, list) else result.numpy()


def with_tensorflow(case: Case) -> Prepared:
    """TensorFlow as it is called from Python, its results as NumPy arrays: what counts as 1."""
    if case.operation == "train":
        return keras_training()
    operation, tensors = tensorflow_operation(case)
    return lambda: as_numpy(operation(*tensors)), listed


def with_tensors(case: Case) -> Prepared:
    """The same, its results left with TensorFlow."""
    operation, tensors = tensorflow_operation(case)
    return lambda: operation(*tensors), listed


def with_tf_function(case: Case) -> Prepared:
    """The same, compiled to a graph, its results as NumPy arrays."""
    operation, tensors = tensorflow_operation(case)
    compiled = tf.function(operation)
    return lambda: as_numpy(compiled(*tensors)), listed


# -------------------------------------------------------------------- PyTorch


def with_pytorch(case: Case) -> Prepared:
    """PyTorch with its data in the order (N, H, W, C) in memory: mostly faster than its default.

    Its results share memory with NumPy.
    """
    orders = {"x": (0, 3, 1, 2), "w": (3, 2, 0, 1), "d_y": (0, 3, 1, 2)}
    a = {
        name: torch.from_numpy(array.transpose(orders[name])).contiguous(
            memory_format=torch.channels_last
        )
        if name in orders
        else torch.from_numpy(array)
        for name, array in cases.arrays(case).items()
    }
    aten, functional = torch.ops.aten, torch.nn.functional
    steps, (vertical, horizontal) = [case.stride] * 2, case.pads
    (_, height, width, _), (top, left) = case.x, (vertical[0], horizontal[0])
    even = vertical[0] == vertical[1] and horizontal[0] == horizontal[1]
    inside = [top, left] if even else [0, 0]

    def padded(x: Any) -> Any:
        """PyTorch pads both sides alike, so anything else is padded before."""
        return x if even else functional.pad(x, (*horizontal, *vertical))

    def convolve() -> Any:
        y = functional.conv2d(padded(a["x"]), a["w"], a["b"], stride=steps, padding=inside)
        return y.numpy()

    def convolve_backward() -> Any:
        arguments = a["d_y"], padded(a["x"]), a["w"], [case.w[3]], steps, inside
        d_x, d_w, d_b = aten.convolution_backward(
            *arguments, [1, 1], False, [0, 0], 1, [True, True, True]
        )
        if not even:
            d_x = d_x[..., top : top + height, left : left + width]
        return d_x.numpy(), d_w.numpy(), d_b.numpy()

    def pool() -> Any:
        return functional.max_pool2d(a["x"], 2).numpy()

    _, indices = aten.max_pool2d_with_indices(a["x"], [2, 2])

    def pool_backward() -> Any:
        window = [2, 2], [2, 2], [0, 0], [1, 1], False, indices
        return aten.max_pool2d_with_indices_backward(a["d_y"], a["x"], *window).numpy()

    calls = (convolve, convolve_backward, pool, pool_backward)
    call = {call.__name__: call for call in calls}[case.operation]
    return call, channels_last


def channels_last(result: Any) -> list[Array]:
    """Bring PyTorch's results into the order (N, H, W, C), and filters into (kh, kw, C, F)."""
    y, *weights = listed(result)
    d_w, d_b = ([weights[0].transpose(2, 3, 1, 0)], weights[1:]) if weights else ([], [])
    return [y.transpose(0, 2, 3, 1), *d_w, *d_b]


# ------------------------------------------------------------------- training


def new_model() -> Any:
    """The lecture's network, with the same weights each time."""
    keras.utils.set_random_seed(0)
    model = models.build_cnn()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def probabilities(predict: Callable[[Array], Any]) -> list[Array]:
    """What the network says about the first digits."""
    return listed(np.asarray(predict(cases.training_data()[0][: cases.BATCH])))


def keras_training() -> Prepared:
    """`fit` of Keras, on a graph, as it is meant to be used."""
    model, (x, y) = new_model(), cases.training_data()
    options = {"batch_size": cases.BATCH, "verbose": 0}

    def collect(_: Any) -> list[Array]:
        """One step: the order of the images does not matter in it, as it does in an epoch."""
        other = new_model()
        other.fit(x[: cases.BATCH], y[: cases.BATCH], epochs=1, **options)
        return probabilities(lambda images: other(images))

    return lambda: model.fit(x, y, epochs=cases.EPOCHS, **options), collect


def numpy_training() -> Prepared:
    """The same network with the same first weights, trained by `lecturekit.reference`."""
    cnn, (x, y) = reference.CNN.from_keras(new_model()), cases.training_data()
    options: dict[str, Any] = {"batch_size": cases.BATCH, "optimizer": "adam", "seed": 0}

    def collect(_: Any) -> list[Array]:
        other = reference.CNN.from_keras(new_model())
        other.fit(x[: cases.BATCH], y[: cases.BATCH], epochs=1, **options)
        return probabilities(other.forward)

    return lambda: cnn.fit(x, y, epochs=cases.EPOCHS, **options), collect


CONTENDERS: dict[str, Callable[[Case], Prepared]] = {
    "NumPy": with_numpy,
    "TensorFlow": with_tensorflow,
    "tensors": with_tensors,
    "tf.function": with_tf_function,
    "PyTorch": with_pytorch,
    "SciPy": with_scipy,
    "loops": with_loops,
}


def takes_part(contender: str, case: Case) -> bool:
    """Say whether a contender is measured in a case."""
    if case.operation == "train":
        return contender in ("NumPy", "TensorFlow")
    if contender in ("SciPy", "loops"):
        return case.slow_ways
    return contender != "PyTorch" or torch is not None


@functools.cache
def prepare(case: Case, contender: str) -> Prepared:
    """Make the call of a contender, once."""
    return CONTENDERS[contender](case)


@functools.cache
def expected(case: Case) -> list[Array]:
    """What TensorFlow computes."""
    call, collect = prepare(case, "TensorFlow")
    return collect(None if case.operation == "train" else call())


def disagreement(case: Case, found: list[Array]) -> float:
    """The largest difference from TensorFlow's results, relative to the largest of each."""
    right = expected(case)
    if [a.shape for a in found] != [a.shape for a in right]:
        shapes = [a.shape for a in found], [a.shape for a in right]
        raise ValueError(f"{case.name}: expected results of shapes {shapes[1]}, got {shapes[0]}")
    pairs = zip(found, right, strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)
