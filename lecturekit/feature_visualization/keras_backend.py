"""Objectives, their gradients and the climb itself on Keras models, by TensorFlow."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lecturekit._tensorflow import keras, tf
from lecturekit.feature_visualization.objectives import LayerFacts, Term
from lecturekit.feature_visualization.plan import Array, Climbed, Plan
from lecturekit.feature_visualization.transforms import Change

# What these layers compute is an activation function: what comes before it is their input.
_ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
# Layers that are a matrix and a bias: their input's gradient is the same wherever the image is.
_AFFINE = ("Conv2D", "Dense")

# One compiled function for each kind of climb on a model, for as long as the model lives: compiling
# takes a hundred times as long as one step, and a slider asks again at every move.
_COMPILED: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()


class KerasNetwork:
    """A Keras model of one image input, which is not changed."""

    def __init__(self, model: Any) -> None:
        if not isinstance(model, keras.Model):
            raise TypeError(f"expected a Keras model, got {type(model).__name__}")
        if not model.built or len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
            raise ValueError(f"expected a built model with one image input, got {model.name!r}")
        self.input_shape = tuple(model.inputs[0].shape[1:])
        if None in self.input_shape:
            raise ValueError(
                f"model {model.name!r} takes images of any size, {self.input_shape}: build it for "
                "images of one size"
            )
        self.model = model
        last = model.outputs[0]._keras_history.operation
        inner = [
            layer
            for layer in model.layers
            if type(layer).__name__ != "InputLayer" and layer is not last
        ]
        self.layers = {
            layer.name: LayerFacts(type(layer).__name__, tuple(layer.output.shape[1:]))
            for layer in [*inner, last]
        }

    def before_activation(self, layer: str, images: Array) -> Array:
        """Return a layer's output without its activation function."""
        watched, output = _before_activation(self.model.get_layer(layer))
        before = keras.Model(self.model.inputs[0], watched)
        return output(before(tf.constant(images), training=False)).numpy()

    def slope(self, plan: Plan, images: Array) -> tuple[Array, Array]:
        """Return the objective of each image, and its gradient by the pixels."""
        run = self._compiled(("slope", plan.heads), lambda: _slope(self, plan))
        scores, gradient = run(tf.constant(images), *_of_terms(plan.terms))
        return scores.numpy(), gradient.numpy()

    def all_scores(self, plan: Plan, images: Array) -> Array:
        """Return the objective of every unit on every image, ``(N, n)``."""
        run = self._compiled(("scores", plan.heads), lambda: _all_scores(self, plan))
        return run(tf.constant(images), *_of_terms(plan.terms)).numpy()

    def climb(
        self,
        plan: Plan,
        parameters: Array,
        slots: list[Array],
        first: int,
        changes: list[Change | None],
    ) -> Climbed:
        """Take as many steps as there are changes."""
        run = self._compiled(plan.kind, lambda: _climb(self, plan))
        drawn = [change for change in changes if change is not None]
        done, good, *numbers = run(
            tf.constant(parameters),
            [tf.constant(slot) for slot in slots],
            tf.constant(first),
            tf.constant(len(changes)),
            tf.constant(plan.step_size, tf.float32),
            tf.constant([r.weight for r in plan.regularizers], tf.float32),
            [tf.constant(np.stack(part)) for part in zip(*drawn, strict=True)],
            *_of_terms(plan.terms),
        )
        parameters, slots, scores, penalties = tf.nest.map_structure(np.asarray, numbers)
        return Climbed(int(done), bool(good), parameters, slots, scores, penalties)

    def maps_and_gradient(self, plan: Plan, layer: str, images: Array) -> tuple[Array, Array]:
        """Return a layer's maps, and the gradient of the objective by them."""
        heads = _Heads(self, plan)
        watched = self.model.get_layer(layer).output
        run = keras.Model(self.model.inputs[0], [watched, *heads.watched])
        weights, vectors = _of_terms(plan.terms)
        x = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(x)  # so that all that follows from it is recorded, the maps too
            maps, *inputs = run(x, training=False)
            score = sum(weights[i] * heads.score(i, part, vectors) for i, part in enumerate(inputs))
        return maps.numpy(), tape.gradient(score, maps).numpy()

    def _compiled(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return the compiled function of a kind, made once while the layers stay the same."""
        kept = _COMPILED.setdefault(self.model, {})
        layers = self.model.layers
        before = kept.get(key, ([], None))[0]
        if len(before) != len(layers) or any(
            a is not b for a, b in zip(before, layers, strict=True)
        ):
            kept[key] = layers, make()
        return kept[key][1]


def _of_terms(terms: Sequence[Term]) -> tuple[Any, list[Any]]:
    """Return the numbers of the terms: their weights and their vectors."""
    weights = tf.constant([term.weight for term in terms], tf.float32)
    return weights, [tf.constant(term.vectors) for term in terms]


def _signature(terms: Sequence[Term]) -> list[Any]:
    vectors = [tf.TensorSpec((None, *term.vectors.shape[1:])) for term in terms]
    return [tf.TensorSpec((len(terms),)), vectors]


class _Heads:
    """From images to the layers that the terms look at."""

    def __init__(self, network: KerasNetwork, plan: Plan) -> None:
        model = network.model
        self.terms = plan.terms
        self.layers = [model.get_layer(term.layer) for term in plan.terms]
        for layer in self.layers:
            order = getattr(layer, "data_format", None)
            if order == "channels_first" and len(layer.output.shape) == 4:
                raise ValueError(f"layer {layer.name!r} must have its channels last, got {order}")
        heads = [_before_activation(layer) for layer in self.layers]
        self.watched = [tensor for tensor, _ in heads]
        self.output = [output for _, output in heads]
        self.before = keras.Model(model.inputs[0], self.watched)
        self.affine = [
            term.how == "linear" and network.layers[term.layer].kind in _AFFINE
            for term in plan.terms
        ]

    def inputs(self, images: Any) -> list[Any]:
        """Return what each term's layer is computed from."""
        return tf.nest.flatten(self.before(images, training=False))

    def fixed(self, images: Any, vectors: list[Any]) -> list[Any]:
        """Return for terms that are affine in their layer's input its gradient and the rest."""
        found: list[Any] = []
        for i, watched in enumerate(self.watched):
            if not self.affine[i]:
                found.append(())
                continue
            nothing = tf.zeros((tf.shape(images)[0], *watched.shape[1:]))
            with tf.GradientTape() as tape:
                tape.watch(nothing)
                rest = self.score(i, nothing, vectors)
            found.append((tape.gradient(rest, nothing), rest))
        return found

    def score(self, i: int, x: Any, vectors: list[Any]) -> Any:
        """Return a term's score of each image, from what its layer is computed from."""
        y, how = self.output[i](x), self.terms[i].how
        if how == "squares":
            return _total(y * y) / 2
        if how in ("content", "style"):
            return -_total(((_gram(y) if how == "style" else y) - vectors[i]) ** 2)
        return tf.reduce_sum(_sums(y, how) * vectors[i], axis=1)

    def objective(self, images: Any, weights: Any, vectors: list[Any], fixed: list[Any]) -> Any:
        """Return the sum of all terms for each image."""
        score = tf.zeros(tf.shape(images)[0])
        for i, x in enumerate(self.inputs(images)):
            if self.affine[i]:
                gradient, rest = fixed[i]
                score += weights[i] * (_total(gradient * x) + rest)
            else:
                score += weights[i] * self.score(i, x, vectors)
        return score


def _sums(y: Any, how: str) -> Any:
    sums = tf.reduce_sum(y, (1, 2)) if len(y.shape) == 4 else y
    return tf.nn.softmax(sums) if how == "probability" else sums


def _gram(y: Any) -> Any:
    """What `likeness.gram` does."""
    positions = tf.cast(tf.shape(y)[1] * tf.shape(y)[2], y.dtype)
    return tf.einsum("nijc,nijd->ncd", y, y) / positions


def _total(x: Any) -> Any:
    """The sum over each image."""
    return tf.reduce_sum(x, list(range(1, len(x.shape))))


def _before_activation(layer: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A tensor of the model, and a function from it to the layer before its activation function."""
    kind = type(layer).__name__
    if kind in _ACTIVATIONS:
        return layer.input, lambda x: x
    if getattr(layer, "activation", None) in (None, keras.activations.linear):
        if kind in _AFFINE:
            return layer.input, lambda x: layer(x, training=False)
        return layer.output, lambda x: x
    twin = type(layer).from_config({**layer.get_config(), "activation": None, "name": "twin"})
    twin.build(layer.input.shape)
    twin.trainable = layer.trainable

    def output(x: Any) -> Any:
        # The layer's own weights, as they are when this runs.
        mine = [[v.value for v in layer.trainable_variables]]
        mine += [[v.value for v in layer.non_trainable_variables]]
        return twin.stateless_call(*mine, x)[0]

    return layer.input, output


def _slope(network: KerasNetwork, plan: Plan) -> Any:
    heads = _Heads(network, plan)

    def slope(images: Any, weights: Any, vectors: list[Any]) -> tuple[Any, Any]:
        fixed = heads.fixed(images, vectors)
        with tf.GradientTape() as tape:
            tape.watch(images)
            # Image n is climbed for unit n alone, so the gradient of the sum holds them all.
            score = heads.objective(images, weights, vectors, fixed)
        return score, tape.gradient(score, images)

    return slope


def _all_scores(network: KerasNetwork, plan: Plan) -> Any:
    heads = _Heads(network, plan)

    def scores(images: Any, weights: Any, vectors: list[Any]) -> Any:
        total = tf.zeros((tf.shape(images)[0], 1))
        for i, x in enumerate(heads.inputs(images)):
            how = plan.terms[i].how
            if how in ("linear", "probability"):
                sums = _sums(heads.output[i](x), how)
                total += weights[i] * tf.matmul(sums, vectors[i], transpose_b=True)
            else:
                alone = [[*vectors[:i], v[None]] for v in tf.unstack(vectors[i])]
                total += weights[i] * tf.stack([heads.score(i, x, v) for v in alone], axis=1)
        return total

    return scores


def _changed(x: Any, changes: list[Any], i: Any) -> Any:
    """What `Change.forward` does."""
    pixels, shares, down, right = (part[i] for part in changes)
    flat = tf.reshape(x, (tf.shape(x)[0], -1, x.shape[3]))
    parts = [tf.gather(flat, pixels[k], axis=1) * shares[k][:, None] for k in range(4)]
    mixed = tf.reshape(tf.add_n(parts), tf.shape(x))
    return tf.einsum("ri,nijc,sj->nrsc", down, mixed, right)


def _climb(network: KerasNetwork, plan: Plan) -> Any:
    heads, make = _Heads(network, plan), plan.parameterization
    rows, columns, _ = network.input_shape
    parameters_spec = tf.TensorSpec((None, *network.input_shape))
    changes_spec = [
        tf.TensorSpec((None, 4, rows * columns), tf.int32),
        tf.TensorSpec((None, 4, rows * columns)),
        tf.TensorSpec((None, rows, rows)),
        tf.TensorSpec((None, columns, columns)),
    ]
    signature = [
        parameters_spec,
        [parameters_spec] * plan.optimizer.slots,
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec(()),
        tf.TensorSpec((len(plan.regularizers),)),
        changes_spec if plan.transforms else [],
        *_signature(plan.terms),
    ]

    def mean(x: Any) -> Any:
        return tf.reduce_mean(x, (1, 2, 3), keepdims=True)

    @tf.function(input_signature=signature, autograph=False)
    def climb(
        parameters: Any,
        slots: list[Any],
        first: Any,
        count: Any,
        step_size: Any,
        penalty_weights: Any,
        changes: list[Any],
        weights: Any,
        vectors: list[Any],
    ) -> Any:
        fixed = heads.fixed(parameters, vectors)

        def one_step(i: Any, good: Any, p: Any, slots: list[Any], scores: Any, notes: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(p)
                x = make.images(p, tf.einsum, tf.sigmoid)
                seen = _changed(x, changes, i) if plan.transforms else x
                score = heads.objective(seen, weights, vectors, fixed)
                penalty = tf.zeros_like(score)
                for k, regularizer in enumerate(plan.regularizers):
                    penalty += penalty_weights[k] * regularizer.value(x, _total)
                goal = score - penalty
            d = tape.gradient(goal, p)
            if plan.transforms:
                score = heads.objective(x, weights, vectors, fixed)
            # TensorFlow's ReLU and pooling swallow NaN, so the score alone would not show it.
            good = tf.reduce_all(tf.math.is_finite(goal)) & tf.reduce_all(tf.math.is_finite(d))
            t = tf.cast(first + i + 1, tf.float32)
            step, remembered = plan.optimizer.step(d, slots, t, mean)
            moved = tf.clip_by_value(p + step_size * step, *make.bounds())
            p = tf.where(good, moved, p)
            slots = [tf.where(good, new, old) for new, old in zip(remembered, slots, strict=True)]
            scores = tf.tensor_scatter_nd_update(scores, [[i]], score[None])
            notes = tf.tensor_scatter_nd_update(notes, [[i]], penalty[None])
            return i + tf.cast(good, tf.int32), good, p, slots, scores, notes

        nothing = tf.zeros((count, tf.shape(parameters)[0]))
        return tf.while_loop(
            lambda i, good, *_: (i < count) & good,
            one_step,
            (tf.constant(0), tf.constant(True), parameters, slots, nothing, nothing),
        )

    # Called by itself it does not count as one more tracing, of which TensorFlow warns.
    return climb.get_concrete_function()
