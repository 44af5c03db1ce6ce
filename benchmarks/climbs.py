"""Who climbs: each contender looks for the images that the filters of the second layer answer to.

Usage: python benchmarks/climbs.py CONTENDER CALLS

All do the same: from the same images, `STEPS` steps of plain gradient ascent with the same step
size on a^k before the activation function, every pixel brought back into the range after each
step. Each contender is measured in a process of its own, so that nothing is compiled before and no
threads are left over. The process prints the seconds of each call and the a^k that were reached.
"""

import argparse
import json
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import data
from lecturekit import feature_visualization as fv

Images = npt.NDArray[np.float32]
Climb = Callable[[Images], Images]

LAYER, FILTERS = "conv2d_2", 50
STEPS, STEP_SIZE = 100, 0.05
LOW, HIGH = 0.0, 1.0
PAUSE = 0.2  # seconds: the threads of a library go on spinning for a while after a call


def starts(count: int = FILTERS) -> Images:
    """Return grey images with a little noise, the same for each filter."""
    grey = np.random.default_rng(0).uniform(0.45, 0.55, (28, 28, 1))
    return np.repeat(grey[None].astype(np.float32), count, axis=0)


def reached(images: Images) -> npt.NDArray[np.float32]:
    """Return the a^k of each image, measured for all contenders in the same way."""
    filters = fv.Filter(LAYER, range(len(images)))
    return np.diag(fv.degree_of_activation(data.load_cnn(), filters, images))


# ----------------------------------------------------------------------- ours


def maximized(model: Any, steps: int) -> Climb:
    """The package's own function, all filters at once."""

    def climb(images: Images) -> Images:
        filters = fv.Filter(LAYER, range(len(images)))
        options = {"steps": steps, "step_size": STEP_SIZE, "value_range": (LOW, HIGH)}
        return fv.maximize(model, filters, start=images, **options).images

    return climb


def with_numpy(steps: int) -> Climb:
    """`maximize` on the network in NumPy."""
    return maximized(data.load_cnn(), steps)


def with_keras(steps: int) -> Climb:
    """`maximize` on the Keras model, in one compiled graph."""
    return maximized(warm_model(), steps)


def warm_model() -> Any:
    """Return the Keras model. TensorFlow itself is started, so that no first call pays for it."""
    from lecturekit import models

    model = models.load_pretrained()
    model(starts(1))
    return model


# --------------------------------------------------------------- tf-keras-vis


def visualization(steps: int) -> Callable[..., Images]:
    """Return a climb by tf-keras-vis, as its documents say, from the filter `first` on.

    Its score is the mean of a map, so its step is as many times larger as a map has numbers. It
    does not bring pixels back into the range during the climb; here it does, before each step.
    """
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils import model_modifiers, scores

    from lecturekit._tensorflow import keras, tf

    model = warm_model()
    positions = int(np.prod(model.get_layer(LAYER).output.shape[1:3]))
    modifiers = [model_modifiers.ExtractIntermediateLayer(LAYER), model_modifiers.ReplaceToLinear()]
    maximize = ActivationMaximization(model, model_modifier=modifiers)

    def climb(images: Images, first: int = 0) -> Images:
        found = maximize(
            scores.CategoricalScore(list(range(first, first + len(images)))),
            seed_input=images,
            input_range=(LOW, HIGH),
            input_modifiers=[lambda x: tf.clip_by_value(x, LOW, HIGH)],
            regularizers=[],
            steps=steps,
            optimizer=keras.optimizers.SGD(STEP_SIZE * positions),
        )
        return np.asarray(found)

    return climb


def with_batch(steps: int) -> Climb:
    """tf-keras-vis with all filters as one batch: what counts as 1."""
    return visualization(steps)


def with_one_at_a_time(steps: int) -> Climb:
    """tf-keras-vis with one filter after the other."""
    climb = visualization(steps)
    return lambda images: np.concatenate([climb(images[k : k + 1], k) for k in range(len(images))])


# ------------------------------------------------------------ TensorFlow alone


def before_activation() -> tuple[Any, Any]:
    """Return a model that ends in the layer, without its activation function, and TensorFlow."""
    from lecturekit._tensorflow import keras, tf

    model = keras.models.clone_model(warm_model())
    model.set_weights(warm_model().get_weights())
    layer = model.get_layer(LAYER)
    layer.activation = keras.activations.linear
    return keras.Model(model.inputs[0], layer.output), tf


def with_tape(steps: int) -> Climb:
    """A loop with `GradientTape`, one filter after the other, as tutorials write it."""
    model, tf = before_activation()

    def climb(images: Images) -> Images:
        found = []
        for k, image in enumerate(images):
            x = tf.constant(image[None])
            for _ in range(steps):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    score = tf.reduce_sum(model(x, training=False)[..., k])
                x = tf.clip_by_value(x + STEP_SIZE * tape.gradient(score, x), LOW, HIGH)
            found.append(x.numpy())
        return np.concatenate(found)

    return climb


def with_graph(steps: int) -> Climb:
    """The same loop for all filters at once, compiled with `tf.function`."""
    model, tf = before_activation()

    @tf.function
    def graph(x: Any, chosen: Any) -> Any:
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(x)
                score = tf.reduce_sum(model(x, training=False) * chosen)
            x = tf.clip_by_value(x + STEP_SIZE * tape.gradient(score, x), LOW, HIGH)
        return x

    chosen = tf.eye(FILTERS)[:, None, None]
    return lambda images: graph(tf.constant(images), chosen[: len(images)]).numpy()


BATCH, ONE_AT_A_TIME = "tf-keras-vis", "tf-keras-vis, one at a time"
KERAS, NUMPY = "maximize on Keras", "maximize on NumPy"
CLIMBS: dict[str, Callable[[int], Climb]] = {
    BATCH: with_batch,
    ONE_AT_A_TIME: with_one_at_a_time,
    "GradientTape, one at a time": with_tape,
    "tf.function": with_graph,
    KERAS: with_keras,
    NUMPY: with_numpy,
}
SLOW = (ONE_AT_A_TIME, "GradientTape, one at a time")
"""These take a minute, compile nothing, and so are called once."""


def takes_part(contender: str) -> bool:
    """Say whether a contender is installed."""
    return contender not in (BATCH, ONE_AT_A_TIME) or find_spec("tf_keras_vis") is not None


def timed(contender: str, calls: int) -> dict[str, list[float]]:
    """Return the seconds of the first call and of `calls` more, and the a^k of the last one."""
    climb, images, seconds = CLIMBS[contender](STEPS), starts(), []
    for _ in range(1 + calls):
        time.sleep(PAUSE)
        begin = time.perf_counter()
        found = climb(images)
        seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds, "reached": reached(found).tolist()}


def main() -> None:
    """Measure one contender, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("contender", choices=CLIMBS)
    parser.add_argument("calls", type=int, help="how many calls after the first one")
    arguments = parser.parse_args()
    print(json.dumps(timed(arguments.contender, arguments.calls)))


if __name__ == "__main__":
    main()
