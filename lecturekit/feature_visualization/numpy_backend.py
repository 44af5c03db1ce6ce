"""Objectives, their gradients and the climb itself on `lecturekit.reference.CNN`, by NumPy."""

import math
from collections.abc import Callable
from functools import partial
from itertools import accumulate, pairwise

import numpy as np

from lecturekit.feature_visualization.likeness import gram
from lecturekit.feature_visualization.memory import keep_freed_memory
from lecturekit.feature_visualization.objectives import LayerFacts, Term
from lecturekit.feature_visualization.plan import Array, Climbed, Plan, over_images
from lecturekit.feature_visualization.pooled import together
from lecturekit.feature_visualization.transforms import Change
from lecturekit.reference import CNN, layers
from lecturekit.reference.activations import softmax

Slope = Callable[[Array], tuple[Array, Array]]
_IN_CACHE = 1 << 20
"""Bytes of the largest map of the images that go through the network at a time."""


class NumpyNetwork:
    """A network of NumPy's."""

    def __init__(self, cnn: CNN) -> None:
        keep_freed_memory()
        self.cnn = cnn
        self.input_shape: tuple[int, int, int] = tuple(cnn.input_shape)  # type: ignore[assignment]
        shapes = list(
            accumulate(cnn.layers, lambda shape, layer: layer.out(shape), initial=cnn.input_shape)
        )
        self._largest = max(map(math.prod, shapes))
        self.layers = {
            layer.name: LayerFacts(type(layer).__name__, tuple(shape))
            for layer, shape in zip(cnn.layers, shapes[1:], strict=True)
        }
        self._latest: tuple[Plan, int, Slope] | None = None

    def before_activation(self, layer: str, images: Array) -> Array:
        """Return a layer's output without its activation function."""
        return _run(self.cnn.steps_to(layer), images)[-1]

    def slope(self, plan: Plan, images: Array) -> tuple[Array, Array]:
        """Return the objective of each image, and its gradient by the pixels."""
        return self._slope(plan, len(images))(images)

    def all_scores(self, plan: Plan, images: Array) -> Array:
        """Return the objective of every unit on every image, ``(N, n)``."""
        total = np.zeros((len(images), 1))
        for term in plan.terms:
            y = self.before_activation(term.layer, images)
            if term.how in ("linear", "probability"):
                total = total + term.weight * _sums(y, term) @ term.vectors.T
            else:
                each = [term._replace(vectors=vector[None]) for vector in term.vectors]
                total = total + term.weight * np.stack([_score(y, t)[0] for t in each], axis=1)
        return total.astype(np.float32)

    @np.errstate(over="ignore", invalid="ignore")  # what is not finite is noticed, and said
    def climb(
        self,
        plan: Plan,
        parameters: Array,
        slots: list[Array],
        first: int,
        changes: list[Change | None],
    ) -> Climbed:
        """Take as many steps as there are changes."""
        make, slope = plan.parameterization, self._slope(plan, len(parameters))
        scores, penalties = [], []
        for t, change in enumerate(changes, start=first + 1):
            x = make.images(parameters)
            score, d_x = slope(x if change is None else change.forward(x))
            penalty = plan.penalties(x)
            goal = score - penalty
            if change is not None:
                d_x, score = change.backward(d_x), slope(x)[0]
            for regularizer in plan.regularizers:
                d_x = d_x - regularizer.weight * regularizer.d_x(x)
            d = make.d_parameters(d_x, x)
            if not (np.isfinite(goal).all() and np.isfinite(d).all()):
                break
            step, slots = plan.optimizer.step(d, slots, t, _mean)
            moved = np.clip(parameters + plan.step_size * step, *make.bounds())
            parameters = moved.astype(np.float32)
            scores.append(score)
            penalties.append(penalty)
        notes = (np.array(n, np.float32).reshape(-1, len(parameters)) for n in (scores, penalties))
        return Climbed(len(scores), len(scores) == len(changes), parameters, slots, *notes)

    def maps_and_gradient(self, plan: Plan, layer: str, images: Array) -> tuple[Array, Array]:
        """Return a layer's maps, and the gradient of the objective by them."""
        maps = self.cnn.activations(images)[layer]
        names = list(self.layers)
        rest = self.cnn.layers[names.index(layer) + 1 :]
        after = {one.name for one in rest}
        weights = {n: w for n, w in self.cnn.weights.items() if n.rpartition("/")[0] in after}
        tail = CNN(rest, maps.shape[1:], weights=weights)  # to it the maps are an image
        return maps, NumpyNetwork(tail).slope(plan, maps)[1]

    def _slope(self, plan: Plan, count: int) -> Slope:
        """Return a function from `count` images to their scores and gradients.

        Before its activation function a convolution is a matrix and a bias, and so is a fully
        connected layer. So the gradient of a linear score by the input of such a layer is the same
        for every image: it is found once, and each step needs only the layers before.
        """
        latest = self._latest  # a climb asks again for each few of its steps
        if latest is not None and latest[0] is plan and latest[1] == count:
            return latest[2]
        parts = [
            (some, term.weight, _part(self.cnn, _term_of(some, term), some.stop - some.start))
            for some in self._few_at_a_time(count)
            for term in plan.terms
        ]

        def slope(images: Array) -> tuple[Array, Array]:
            score, d_x = np.zeros(count, np.float32), np.zeros_like(images, np.float32)
            for some, weight, part in parts:
                s, d = part(images[some])
                score[some] += weight * s
                d_x[some] += weight * d
            return score, d_x

        self._latest = plan, count, slope
        return slope

    def _few_at_a_time(self, count: int) -> list[slice]:
        """Split images into equal parts whose maps fit the processor's cache."""
        parts = max(1, -(-4 * self._largest * count // _IN_CACHE))
        ends = [count * part // parts for part in range(parts + 1)]
        return [slice(*both) for both in pairwise(ends)]


def _term_of(some: slice, term: Term) -> Term:
    """Return a term for some of the images."""
    return term if len(term.vectors) == 1 else term._replace(vectors=term.vectors[some])


def _part(cnn: CNN, term: Term, count: int) -> Slope:
    """Return a function from images to a term's scores and gradients, without the weight."""
    steps = together(cnn.steps_to(term.layer), cnn.input_shape)
    head = partial(_score, term=term)
    if term.how == "linear" and steps and steps[-1][1]:
        last, weights = steps.pop()
        nothing = np.zeros_like(_run(steps, np.zeros((count, *cnn.input_shape), np.float32))[-1])
        y = last.forward(nothing, *weights)
        rest, d_y = _score(y, term)
        head = partial(_affine, fixed=last.d_x(d_y, nothing, y, *weights), rest=rest)

    def part(images: Array) -> tuple[Array, Array]:
        values = _run(steps, images)
        score, d = head(values[-1])
        for (step, weights), x, y in zip(steps[::-1], values[-2::-1], values[:0:-1], strict=True):
            d = step.d_x(d, x, y, *weights)
        return score, d

    return part


def _run(steps: list[tuple[layers.Layer, list[Array]]], images: Array) -> list[Array]:
    """Return the images, and what each step makes of them."""
    values = [images]
    for step, weights in steps:
        values.append(step.forward(values[-1], *weights))
    return values


def _affine(x: Array, fixed: Array, rest: Array) -> tuple[Array, Array]:
    return over_images(fixed * x) + rest, fixed


def _score(y: Array, term: Term) -> tuple[Array, Array]:
    """Return a term's score of each image and its gradient, from its layer's output."""
    if term.how == "squares":
        return over_images(y * y) / 2, y
    if term.how == "content":
        away = y - term.vectors
        return -over_images(away * away), -2 * away
    if term.how == "style":
        away = gram(y) - term.vectors
        flat = y.reshape(len(y), -1, y.shape[3])
        return -over_images(away * away), (-4 / flat.shape[1] * (flat @ away)).reshape(y.shape)
    d_y = np.broadcast_to(term.vectors, (len(y), y.shape[-1]))
    if term.how == "probability":
        p = softmax(y)
        score = (d_y * p).sum(axis=1)
        return score, p * (d_y - score[:, None])
    score = (d_y * _sums(y, term)).sum(axis=1)
    if y.ndim == 4:
        d_y = np.broadcast_to(d_y[:, None, None], y.shape)
    return score, np.ascontiguousarray(d_y, y.dtype)


def _sums(y: Array, term: Term) -> Array:
    sums = y.sum(axis=(1, 2)) if y.ndim == 4 else y
    return softmax(sums) if term.how == "probability" else sums


def _mean(x: Array) -> Array:
    return x.mean(axis=(1, 2, 3), keepdims=True)
