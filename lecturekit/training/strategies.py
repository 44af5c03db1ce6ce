"""Steps on several devices or in several processes: TensorFlow's own strategies.

Keras' own `fit` works under `MirroredStrategy`. Under `MultiWorkerMirroredStrategy` it fails in
Keras 3 ("a PerReplica value cannot be converted"). So this is a step of our own: each replica has
its share of the batch, takes its gradient, and all gradients are added up before the one update.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lecturekit._history import Labeled
from lecturekit._tensorflow import keras, tf
from lecturekit.training.measure import evaluate_in_place
from lecturekit.training.steps import Identity, Stop, Taken

_KNOWN = ("MirroredStrategy", "MultiWorkerMirroredStrategy", "OneDeviceStrategy")
_BITS = 24
"""Of a number that float32 holds exactly."""


class SharedStep:
    """One step of gradient descent that a strategy shares out.

    Parameters
    ----------
    model : keras.Model
        Compiled. It may be built inside of ``strategy.scope()`` or outside of it.
    strategy : tf.distribute.Strategy
    """

    def __init__(self, model: keras.Model, strategy: Any) -> None:
        self._model, self._strategy = model, strategy
        self._replicas: int = strategy.num_replicas_in_sync
        self._mirrored = is_mirrored(model)
        resolver = strategy.cluster_resolver
        self._alone = resolver is None or not resolver.task_type
        self.writes = self._alone or (resolver.task_type != "worker" or resolver.task_id == 0)
        with self.scope():
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
        self._run: Callable[..., Any] = tf.function(self._in_all_replicas, reduce_retracing=True)

    def __call__(self, x: Any, y: Any, weights: Any, stop: Stop) -> Taken:
        """Take the step in all replicas and processes."""
        flag = np.float32(stop())
        inputs = [
            self._shared(x),
            self._shared(y),
            self._parts(len(x)),
            self._value(lambda _: flag),
        ]
        if weights is not None:
            inputs.append(self._shared(weights))
        loss, right, stops = self._talking(self._run, *inputs)
        return Taken(float(loss), float(right) / len(x), bool(stops > 0))

    def evaluate(self, pair: Labeled) -> tuple[float, float]:
        """Measure the model, every process for itself."""
        return evaluate_in_place(self._model, pair)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Return where the variables of the model are assigned."""
        return scope_of(self._model, self._strategy)

    def check_alike(self, identity: Identity, steps: int) -> None:
        """Raise ValueError if the processes differ in data, settings, weights or place."""
        if self._alone:
            return
        digest = hashlib.sha256(json.dumps([identity(), steps], sort_keys=True).encode())
        for variable in (*self._model.variables, *self._model.optimizer.variables):
            digest.update(np.asarray(variable).tobytes())
        number = int.from_bytes(digest.digest()[: _BITS // 8], "big")
        value = self._value(lambda _: np.float32(number))
        found = self._talking(tf.function(lambda: self._strategy.run(_gathered, args=(value,))))
        everybody = np.asarray(self._strategy.experimental_local_results(found)[0])
        if (everybody != number).any():
            raise ValueError(
                "train: the processes do not begin alike. All need the same images and settings, "
                "the same weights (keras.utils.set_random_seed before the model is built), and a "
                "checkpoint that all of them can read"
            )

    def _talking(self, function: Callable[..., Any], *inputs: Any) -> Any:
        """Call what needs the other processes, and say so if one of them is gone."""
        try:
            return function(*inputs)
        except tf.errors.OpError as error:
            if self._alone:
                raise
            raise RuntimeError(
                "train: another process of this training is lost; start all of them again, and "
                f"they go on from the checkpoint ({type(error).__name__})"
            ) from error

    def _value(self, of_replica: Callable[[int], Any]) -> Any:
        """Return a value for each replica of this process; replicas count over all processes."""
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: of_replica(context.replica_id_in_sync_group)
        )

    def _shared(self, array: Any) -> Any:
        return self._value(lambda replica: array[_images(len(array), replica, self._replicas)])

    def _parts(self, count: int) -> Any:
        """Return which part of the batch each replica has."""
        return self._value(
            lambda replica: np.float32(_share(count, replica, self._replicas) / count)
        )

    def _in_all_replicas(self, *inputs: Any) -> Any:
        found = self._strategy.run(self._in_one_replica, args=inputs)
        found = [self._strategy.experimental_local_results(value)[0] for value in found]
        if not self._mirrored:
            self._model.optimizer.apply(found[3:], self._model.trainable_variables)
        return found[:3]

    def _in_one_replica(self, x: Any, y: Any, part: Any, stop: Any, weights: Any = None) -> Any:
        """Add up, over all replicas, the losses, what was right, the stops and the gradients."""
        model, context = self._model, tf.distribute.get_replica_context()
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weights)
            # Keras divides the mean over a replica's images by the number of replicas.
            loss *= tf.cast(part * self._replicas, loss.dtype)
        variables = [variable.value for variable in model.trainable_variables]
        zero = tf.UnconnectedGradients.ZERO
        gradients = tape.gradient(loss, variables, unconnected_gradients=zero)
        right = tf.equal(tf.argmax(outputs, axis=-1), tf.cast(y, tf.int64))
        right = tf.reduce_sum(tf.cast(right, tf.float32)) * tf.cast(part > 0, tf.float32)
        if self._mirrored:
            model.optimizer.apply(gradients, model.trainable_variables)  # adds them up itself
            gradients = []
        # One by one: together, TensorFlow warns that it cannot be quicker with them on a CPU.
        return [
            context.all_reduce(tf.distribute.ReduceOp.SUM, value)
            for value in (tf.cast(loss, tf.float32), right, stop, *gradients)
        ]


def check_strategy(strategy: Any) -> None:
    """Raise if it is no strategy of TensorFlow's, or one that nobody has tried here."""
    known = tuple(getattr(tf.distribute, name) for name in _KNOWN)
    names = ", ".join(_KNOWN)
    if not isinstance(strategy, tf.distribute.Strategy):
        raise TypeError(f"train: strategy must be one of tf.distribute ({names}), got {strategy!r}")
    if not isinstance(strategy, known):
        raise ValueError(
            f"train: strategy must be one of {names}; {type(strategy).__name__} is not supported"
        )


def check_model(model: keras.Model, strategy: Any) -> None:
    """Raise if a compiled model cannot be trained under a strategy as on one device."""
    reduction = getattr(model.loss, "reduction", "sum_over_batch_size")
    if reduction != "sum_over_batch_size":
        raise ValueError(
            "train: with a strategy, the loss must be a mean over the batch "
            f'(reduction="sum_over_batch_size"), got {reduction!r}'
        )
    changing = _changing(model)
    if changing and not is_mirrored(model) and strategy.num_replicas_in_sync > 1:
        raise ValueError(
            f"train: {changing[0]!r} changes while the model runs, so each replica needs its own; "
            "build and compile the model inside of `with strategy.scope():`"
        )


def is_mirrored(model: keras.Model) -> bool:
    """Whether the model was built inside of a strategy's scope."""
    values = [variable.value for variable in model.variables]
    return any(isinstance(value, tf.distribute.DistributedValues) for value in values)


def scope_of(model: keras.Model, strategy: Any) -> contextlib.AbstractContextManager[Any]:
    """Return the strategy's scope if the model was built in it, and else no scope."""
    if strategy is not None and is_mirrored(model):
        scope: contextlib.AbstractContextManager[Any] = strategy.scope()
        return scope
    return contextlib.nullcontext()


def _changing(model: keras.Model) -> list[str]:
    """Return what changes in a step beside what the optimizer changes: averages, random seeds."""
    frozen = {id(variable) for variable in _frozen(model)}
    return [v.path for v in model.non_trainable_variables if id(v) not in frozen]


def _frozen(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if not layer.trainable:
            yield from layer.weights
        elif getattr(layer, "layers", None):
            yield from _frozen(layer)


def _gathered(number: Any) -> Any:
    """Return the numbers of all replicas, in each of them."""
    context = tf.distribute.get_replica_context()
    place = tf.one_hot(context.replica_id_in_sync_group, context.num_replicas_in_sync)
    return context.all_reduce(tf.distribute.ReduceOp.SUM, place * number)


def _share(count: int, replica: int, replicas: int) -> int:
    return count * (replica + 1) // replicas - count * replica // replicas


def _images(count: int, replica: int, replicas: int) -> slice:
    """Return the images of a replica; where there are too few, one that then counts nothing."""
    start, share = count * replica // replicas, _share(count, replica, replicas)
    return slice(start, start + share) if share else slice(0, 1)
