"""The whole CNN in NumPy: forward, backward, and training, as Keras does them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._history import History, Record, batches, order_and_changes
from lecturekit._progress import progress_bar
from lecturekit.reference import _stored, layers, optimizers
from lecturekit.reference._arrays import Array, as_labels, as_numbers, check_gradient
from lecturekit.reference._descent import Descent
from lecturekit.reference.activations import softmax_cross_entropy
from lecturekit.shapes import ShapeError, as_integer

_IN_CACHE = 1 << 22
"""Bytes of the largest map of the images that go through the network at a time."""


class CNN:
    """A network of layers in a row, with its weights.

    Parameters
    ----------
    layers : sequence of `lecturekit.reference.layers`
        From the image on.
    input_shape : tuple of int
        Of one image: (H, W, C).
    weights : mapping of str to array, optional
        By layer and part, as in ``"conv2d_1/kernel"``; they are copied, and their widest float
        dtype is the one that the network computes in. Without them, new float32 weights are drawn
        as Keras draws them: Glorot uniform for kernels, zeros for biases.
    seed : int
        Of the new weights.

    Attributes
    ----------
    layers, input_shape
        As given; every layer has a name now.
    weights : dict of str to array
        What `fit` changes.

    Raises
    ------
    ShapeError
        If a layer does not fit the one before it, or a weight its layer.
    ValueError, TypeError
        If there are no layers, two have one name, weights are missing or too many, or a number
        is none.

    Notes
    -----
    Images go through in parts whose maps fit the processor's cache. ReLU is done after the max
    pooling that follows it, and rows that a pooling drops are not computed: the results are the
    same, chapter 4 says why.

    References
    ----------
    Slides: *The whole CNN*, *CNN in Keras*.

    Examples
    --------
    >>> from lecturekit.reference import layers
    >>> cnn = CNN([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)], (6, 6, 1))
    >>> cnn
    CNN((6, 6, 1) -> conv2d_1 (4, 4, 2) -> flatten_1 (32,) -> dense_1 (1,), 53 parameters)
    """

    def __init__(
        self,
        layers: Sequence[layers.Layer],
        input_shape: Sequence[int],
        *,
        weights: Mapping[str, npt.ArrayLike] | None = None,
        seed: int = 0,
    ) -> None:
        if not isinstance(input_shape, list | tuple):
            raise TypeError(f"CNN: input_shape must be (H, W, C), got {input_shape!r}")
        sizes = [as_integer(n, "input_shape", minimum=1, name="CNN") for n in input_shape]
        self.input_shape = tuple(sizes)
        self.layers = _named(layers)
        shape = self.input_shape
        shapes: dict[str, tuple[int, ...]] = {}
        self._outs: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            shapes |= {f"{layer.name}/{part}": size for part, size in layer.weights(shape).items()}
            shape = self._outs[layer.name] = layer.out(shape)
        self.weights = (
            _stored.drawn(shapes, seed) if weights is None else _stored.checked(weights, shapes)
        )
        self._names = {
            layer.name: [n for n in shapes if n.rpartition("/")[0] == layer.name]
            for layer in self.layers
        }
        self._steps = [step for layer in self.layers for step in _steps(layer)]
        self._quick = _quicker(self._steps, self.input_shape)

    def __repr__(self) -> str:
        chain = " -> ".join(f"{name} {out}" for name, out in self._outs.items())
        count = sum(weight.size for weight in self.weights.values())
        return f"CNN({self.input_shape} -> {chain}, {count:,} parameters)"

    @classmethod
    def from_keras(cls, model: Any) -> "CNN":
        """Copy a Keras model, its weights included.

        Parameters
        ----------
        model : keras.Sequential
            Of Conv2D, MaxPooling2D, AveragePooling2D, Flatten, Dense, Dropout, ReLU and Softmax,
            built, with channels last. It stays as it is.

        Returns
        -------
        CNN

        Raises
        ------
        TypeError
            If `model` is not a Keras Sequential.
        ValueError
            If it is not built, or a layer is of another kind or has an option that is not known.
            The message names the layer.
        """
        if type(model).__name__ != "Sequential" or not hasattr(model, "get_config"):
            raise TypeError(f"from_keras: expected a Keras Sequential, got {type(model).__name__}")
        if not model.built or None in model.input_shape[1:]:
            raise ValueError(
                f"from_keras: model {model.name!r} must be built for images of one size"
            )
        given = [layers.described(type(part).__name__, part.get_config()) for part in model.layers]
        weights = {
            f"{part.name}/{variable.name}": value
            for part in model.layers
            for variable, value in zip(part.weights, part.get_weights(), strict=True)
        }
        return cls(given, model.input_shape[1:], weights=weights)

    def forward(self, x: npt.ArrayLike) -> Array:
        """Compute the network's output: class probabilities, if it ends in a softmax.

        Parameters
        ----------
        x : (N, H, W, C) array of numbers
            Images. They are brought to the dtype of the weights.

        Returns
        -------
        (N, classes) array

        Raises
        ------
        ShapeError
            If the images have not the network's `input_shape`.
        TypeError
            For data that are not real numbers.
        """
        x = self._images(x, "forward")
        y = np.empty((len(x), *self._outs[self.layers[-1].name]), x.dtype)
        for part in self._parts(len(x)):
            y[part] = self._run(self._quick, x[part])[-1]
        return y

    def activations(self, x: npt.ArrayLike, *, before_activation: bool = False) -> dict[str, Array]:
        """Compute the output of every layer.

        Parameters
        ----------
        x : (N, H, W, C) array of numbers
        before_activation : bool
            Of layers with an activation function, take what goes into it.

        Returns
        -------
        dict of str to array
            By the layer's name, in order: (N, rows, columns, channels) or (N, D).

        Raises
        ------
        ShapeError, TypeError
            As `forward` does.
        """
        x = self._images(x, "activations")
        parts = self._parts(len(x)) or [slice(0)]
        values = [self._run(self._steps, x[part])[1:] for part in parts]
        together = [np.concatenate(pieces) for pieces in zip(*values, strict=True)]
        results = dict(zip(self._steps, together, strict=True))
        return {
            step.name: value
            for step, value in results.items()
            if not (before_activation and self._activates(step))
        }

    def evaluate(self, x: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[float, float]:
        """Measure loss and accuracy.

        Parameters
        ----------
        x : (N, H, W, C) array of numbers, N at least 1
        labels : (N,) array of integers
            The right class of each image.

        Returns
        -------
        (loss, accuracy) : (float, float)
            The mean cross-entropy, and the share of images whose most probable class is right.

        Raises
        ------
        ShapeError, ValueError, TypeError
            As `forward` and `softmax_cross_entropy` do, and if the network has no softmax at
            its end.
        """
        x, labels = self._pairs(x, labels, "evaluate")
        scores = [self._run(self._quick[:-1], x[part])[-1] for part in self._parts(len(x))]
        loss, _ = softmax_cross_entropy(np.concatenate(scores), labels)
        return loss, float(np.mean(np.concatenate(scores).argmax(axis=1) == labels))

    def gradients(self, x: npt.ArrayLike, labels: npt.ArrayLike) -> dict[str, Array]:
        """Compute the gradient of the loss with respect to every weight.

        Parameters
        ----------
        x, labels
            As in `evaluate`. The loss is the mean over these images.

        Returns
        -------
        dict of str to array
            With the keys and the shapes of `weights`.

        Raises
        ------
        ShapeError, ValueError, TypeError
            As `evaluate` does.
        """
        return self.slope(*self._pairs(x, labels, "gradients"))[2]

    def input_gradient(
        self,
        x: npt.ArrayLike,
        layer: str,
        d_layer: npt.ArrayLike,
        *,
        before_activation: bool = False,
    ) -> Array:
        """Go back from a layer to the pixels.

        Parameters
        ----------
        x : (N, H, W, C) array of numbers
        layer : str
            A layer's name.
        d_layer : array of numbers
            Gradient with respect to the output of that layer: of the shape that `activations`
            gives. Ones in the map of the k-th filter and zeros elsewhere give the gradient of the
            degree of activation a^k.
        before_activation : bool
            Start at what goes into the layer's activation function.

        Returns
        -------
        (N, H, W, C) array
            Gradient with respect to the images.

        Raises
        ------
        ShapeError
            If `d_layer` has not the shape of the layer's output, or as `forward` does.
        ValueError
            If there is no such layer.
        TypeError
            For data that are not real numbers.
        """
        name = "input_gradient"
        x = self._images(x, name)
        if layer not in self._outs:
            raise ValueError(f"{name}: layer must be one of {list(self._outs)}, got {layer!r}")
        end = max(i for i, step in enumerate(self._steps, start=1) if step.name == layer)
        end -= before_activation and self._activates(self._steps[end - 1])
        d_y = as_numbers(d_layer, "d_layer", name=name).astype(x.dtype, copy=False)
        check_gradient(d_y.shape, (len(x), *self._outs[layer]), what="d_layer", name=name)
        d_x = np.empty_like(x)
        for part in self._parts(len(x)):
            steps = self._steps[:end]
            values, d = self._run(steps, x[part]), d_y[part]
            for i in reversed(range(end)):
                d = steps[i].d_x(d, values[i], values[i + 1], *self._of(steps[i]))
            d_x[part] = d
        return d_x

    def fit(
        self,
        x: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        epochs: int,
        batch_size: int = 100,
        optimizer: str | optimizers.Optimizer = "adam",
        seed: int = 0,
        held_out: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    ) -> History:
        """Train the network, with a progress bar, step for step as Keras does.

        Parameters
        ----------
        x, labels
            As in `evaluate`.
        epochs, batch_size : int, at least 1
            How often every image is seen, and how many make one step.
        optimizer : "adam", "sgd" or one of `lecturekit.reference.optimizers`
        seed : int
            Of the order of the images. `lecturekit.training.train` shows a Keras model the same
            batches for the same seed.
        held_out : (x, labels), optional
            Images to measure after each epoch, never trained on.

        Returns
        -------
        lecturekit.training.History

        Raises
        ------
        FloatingPointError
            If the loss, a gradient or a weight becomes NaN or infinite. The message says at which
            step; the network keeps the last weights that were good.
        ShapeError, ValueError, TypeError
            If numbers or images do not fit, as `evaluate` says, or the network has Dropout.
        """
        epochs = as_integer(epochs, "epochs", minimum=1, name="fit")
        batch_size = as_integer(batch_size, "batch_size", minimum=1, name="fit")
        rng, _ = order_and_changes(as_integer(seed, "seed", minimum=0, name="fit"))
        if not self.weights:
            raise ValueError("fit: the network has no weights to train")
        descent = Descent(self, optimizers.named(optimizer, name="fit"))
        x, labels = self._pairs(x, labels, "fit")
        if held_out is not None and not (isinstance(held_out, list | tuple) and len(held_out) == 2):
            kind = type(held_out).__name__
            raise TypeError(f"fit: held_out must be a pair (images, labels), got {kind}")
        pair = None if held_out is None else self._pairs(*held_out, "fit")
        for layer in self.layers:
            if isinstance(layer, layers.Dropout) and layer.rate:
                raise ValueError(f"fit: layer {layer.name!r} is a Dropout; leave it out to train")
        record = Record()
        with progress_bar(total=epochs * -(-len(x) // batch_size), unit="batch") as bar:
            for epoch in range(1, epochs + 1):
                bar.set_description(f"epoch {epoch}/{epochs}")
                for some, right in batches(x, labels, batch_size, rng):
                    loss, accuracy = record.step(*descent.step(some, right), len(some))
                    bar.set_postfix(loss=f"{loss:.3f}", accuracy=f"{accuracy:.3f}", refresh=False)
                    bar.update()
                record.epoch(None if pair is None else self.evaluate(*pair))
        settings: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
        return record.history(settings | {"optimizer": str(descent.optimizer), "images": len(x)})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network, layers and weights, to an ``.npz`` file without pickle.

        Parameters
        ----------
        path : path
            The file is replaced in one step, so that it is never half written.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        _stored.write(path, self.layers, self.input_shape, self.weights)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "CNN":
        """Read a network that `save` has written.

        Parameters
        ----------
        path : path

        Returns
        -------
        CNN

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it holds no network, or a damaged one.
        """
        try:
            return cls(**_stored.read(path))
        except (MemoryError, OSError):
            raise
        except Exception as error:  # whatever a damaged file leads to
            what = f"{type(error).__name__}: {error}"
            raise ValueError(
                f"load: {path} is not a file that CNN.save has written; {what}"
            ) from error

    def steps_to(self, layer: str) -> list[tuple[layers.Layer, list[Array]]]:
        """Return what is done to an image up to a layer, each step with its weights.

        The layer's activation function is left out, and work that nothing later looks at. Steps go
        `forward` and back, `d_x`, on arrays that are checked by the caller.

        Parameters
        ----------
        layer : str
            A layer's name.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        if layer not in self._outs:
            raise ValueError(f"steps_to: layer must be one of {list(self._outs)}, got {layer!r}")
        end = max(i for i, step in enumerate(self._steps, start=1) if step.name == layer)
        end -= isinstance(self._steps[end - 1], layers.ReLU | layers.Softmax)
        return [(step, self._of(step)) for step in _quicker(self._steps[:end], self.input_shape)]

    # What follows works on arrays that are checked.

    def _images(self, x: npt.ArrayLike, name: str) -> Array:
        """Return the images in the dtype of the weights, or raise."""
        x = as_numbers(x, "x", name=name)
        if x.shape[1:] != self.input_shape or x.ndim == 0:
            expected = ", ".join(["N", *map(str, self.input_shape)])
            raise ShapeError(f"{name}: the network takes images ({expected}), got {x.shape}")
        return x.astype(next((w.dtype for w in self.weights.values()), np.float32), copy=False)

    def _pairs(self, x: npt.ArrayLike, labels: npt.ArrayLike, name: str) -> tuple[Array, Array]:
        """Return images and labels that fit the network, or raise."""
        out = self._outs[self.layers[-1].name]
        if not isinstance(self._steps[-1], layers.Softmax) or len(out) != 1:
            raise ValueError(
                f"{name}: the network must end in a softmax, its last layer is {self.layers[-1]}"
            )
        x = self._images(x, name)
        return x, as_labels(labels, (len(x), *out), name=name)

    def _parts(self, images: int) -> list[slice]:
        """Split the images into equal parts whose largest map fits the processor's cache."""
        largest = max(int(np.prod(out)) for out in self._outs.values())
        at_most = max(1, _IN_CACHE // (4 * largest))
        size = -(-images // max(1, -(-images // at_most)))
        return [slice(n, n + size) for n in range(0, images, max(1, size))]

    def _of(self, step: layers.Layer) -> list[Array]:
        """Return the weights of a step: none if it is an activation function."""
        has = isinstance(step, layers.Conv2D | layers.Dense)
        return [self.weights[name] for name in self._names[step.name]] if has else []

    def _activates(self, step: layers.Layer) -> bool:
        return isinstance(step, layers.ReLU | layers.Softmax) and bool(self._names[step.name])

    def _run(self, steps: list[layers.Layer], x: Array) -> list[Array]:
        """Return the images, and what each step makes of them."""
        values = [x]
        for step in steps:
            values.append(step.forward(values[-1], *self._of(step)))
        return values

    def slope(self, x: Array, labels: Array) -> tuple[float, float, dict[str, Array]]:
        """Return loss, accuracy and the gradient of every weight, for `fit`."""
        steps = self._quick[:-1]
        loss, right = 0.0, 0
        sums = {name: np.zeros_like(weight) for name, weight in self.weights.items()}
        for part in self._parts(len(x)):
            values, share = self._run(steps, x[part]), len(x[part]) / len(x)
            some, d_y = softmax_cross_entropy(values[-1], labels[part])
            loss += some * share
            right += np.count_nonzero(values[-1].argmax(axis=1) == labels[part])
            for name, gradient in self._back(steps, values, d_y * share):
                sums[name] += gradient
        return loss, right / len(x), sums

    def _back(
        self, steps: list[layers.Layer], values: list[Array], d_y: Array
    ) -> Iterator[tuple[str, Array]]:
        """Yield the gradient of each weight, from the last to the first."""
        first = next((i for i, step in enumerate(steps) if self._of(step)), len(steps))
        for i in reversed(range(first, len(steps))):
            step, x, y, weights = steps[i], values[i], values[i + 1], self._of(steps[i])
            if weights:
                gradients = step.d_weights(d_y, x, *weights)
                yield from zip(self._names[step.name], gradients, strict=True)
            if i > first:
                d_y = step.d_x(d_y, x, y, *weights)


def _named(given: Sequence[layers.Layer]) -> tuple[layers.Layer, ...]:
    """Return the layers, each with a name of its own, or raise."""
    taken = [layer.name for layer in given if isinstance(layer, layers.Layer)]
    counts: dict[str, int] = {}
    named: dict[str, layers.Layer] = {}
    for layer in given:
        if type(layer).__name__ not in layers.KINDS:
            raise TypeError(f"CNN: expected layers of reference.layers, got {layer!r}")
        counts[layer.short] = counts.get(layer.short, 0) + 1
        while not layer.name and f"{layer.short}_{counts[layer.short]}" in taken:
            counts[layer.short] += 1
        name = layer.name or f"{layer.short}_{counts[layer.short]}"
        if name in named:
            raise ValueError(f"CNN: two layers are called {name!r}")
        named[name] = replace(layer, name=name)
    if not named:
        raise ValueError("CNN: expected at least one layer, got none")
    return tuple(named.values())


def _steps(layer: layers.Layer) -> list[layers.Layer]:
    """Return a layer without its activation function, and then that function."""
    activation = getattr(layer, "activation", None)
    if activation not in layers.ACTIVATIONS:
        return [layer]
    return [replace(layer, activation=None), layers.ACTIVATIONS[activation](name=layer.name)]  # type: ignore[call-arg]


@dataclass(frozen=True)
class _Crop(layers.Layer):
    """Leave out what is not read after it."""

    rows: int
    columns: int

    def forward(self, x: Array, *weights: Array) -> Array:
        return x[:, : self.rows, : self.columns]

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        d_x = np.zeros(x.shape, d_y.dtype)
        d_x[:, : self.rows, : self.columns] = d_y
        return d_x


def _quicker(steps: list[layers.Layer], shape: tuple[int, ...]) -> list[layers.Layer]:
    """Return steps with the same results and less work.

    ReLU never changes which of two numbers is larger, so it may come after max pooling, where it
    has fewer numbers to do. And a convolution need not compute the rows and columns that the
    pooling after it drops: without the pixels that only these see, it does not.
    """
    steps = list(steps)
    for i, (step, after) in enumerate(pairwise(steps)):
        if isinstance(step, layers.ReLU) and type(after) is layers.MaxPooling2D:
            steps[i : i + 2] = after, step
    quicker: list[layers.Layer] = []
    for step, after in pairwise([*steps, layers.Layer()]):
        if isinstance(step, layers.Conv2D) and isinstance(after, layers.MaxPooling2D):
            windows, pooling = step.windows(shape), after.windows(step.out(shape))
            if step.padding == after.padding == "valid":
                quicker.append(_Crop(*windows.seen(pooling.seen(pooling.out))))
        quicker.append(step)
        shape = step.out(shape)
    return quicker
