"""Models that are not the lecture's: functional, in color, other names, no flatten; dead units."""

import gc
import weakref

import numpy as np
import pytest

from lecturekit import feature_visualization as fv
from lecturekit._tensorflow import keras
from lecturekit.reference import CNN

make = keras.layers


def branching():
    """Two branches that meet, batch normalization, activations as layers; logits at the end."""
    image = keras.Input((20, 16, 3), name="photo")
    left = make.Conv2D(6, 3, padding="same", use_bias=False, name="left")(image)
    left = make.ReLU(name="left_relu")(make.BatchNormalization(name="norm")(left))
    right = make.DepthwiseConv2D(5, padding="same", activation="relu", name="right")(image)
    both = make.Concatenate(name="both")([left, right])
    deep = make.Conv2D(8, 3, strides=2, activation="gelu", name="deep")(both)
    mean = make.GlobalAveragePooling2D(name="mean")(deep)
    return keras.Model(image, make.Dense(4, name="logits")(mean))


def sequential():
    """Other layer names, a softmax layer of its own, dropout."""
    return keras.Sequential(
        [
            keras.Input((15, 15, 2)),
            make.Conv2D(5, 4, activation="relu", name="erste"),
            make.AveragePooling2D(3, name="mittel"),
            make.Flatten(name="flach"),
            make.Dropout(0.5, name="aus"),
            make.Dense(7, activation="tanh", name="zweite"),
            make.Dense(3, name="klassen"),
            make.Softmax(name="anteile"),
        ]
    )


def convolutional():
    """No flatten and no dense layer: the classes are maps, averaged."""
    image = keras.Input((12, 12, 1))
    x = make.Conv2D(4, 3, activation="relu", name="a")(image)
    x = make.Conv2D(3, 3, activation="softplus", name="b")(x)
    return keras.Model(image, make.Softmax(name="out")(make.GlobalMaxPooling2D(name="top")(x)))


CASES = [
    (branching, fv.Filter("left", range(6)), ("left", True)),
    (branching, fv.Filter("right", range(3)), ("right", True)),
    (branching, fv.Filter("deep", range(8)), ("deep", True)),
    (branching, fv.Filter("left_relu", [1, 2]), ("norm", False)),  # before ReLU: what goes in
    (branching, fv.Filter("both", range(9)), ("both", False)),  # a layer with two inputs
    (branching, fv.Output(range(4)), ("logits", False)),
    (branching, fv.Neuron("mean", range(8)), ("mean", False)),
    (sequential, fv.Filter("erste", range(5)), ("erste", True)),
    (sequential, fv.Filter("mittel", range(5)), ("mittel", False)),
    (sequential, fv.Neuron("zweite", range(7)), ("zweite", True)),
    (sequential, fv.Output(range(3)), ("klassen", False)),
    (sequential, fv.Output(range(3), probability=True), ("anteile", False)),
    (convolutional, fv.Filter("b", range(3)), ("b", True)),
    (convolutional, fv.Output(range(3)), ("top", False)),
]


@pytest.mark.parametrize(
    ("build", "objective", "layer"),
    CASES,
    ids=[f"{build.__name__}-{layer[0]}" for build, _, layer in CASES],
)
def test_scores_and_climbs_on_any_model(build, objective, layer, rng, assert_close):
    keras.utils.set_random_seed(3)
    model = build()
    before = [weight.copy() for weight in model.get_weights()]
    name, strip = layer
    twin = keras.models.clone_model(model)
    twin.set_weights(before)
    if strip:
        twin.get_layer(name).activation = keras.activations.linear
    output = keras.Model(twin.inputs[0], twin.get_layer(name).output)
    x = rng.random((5, *model.input_shape[1:]), dtype="f4")
    values = np.asarray(output(x))
    if values.ndim == 4:
        values = values.sum(axis=(1, 2))
    units = list(objective.units)
    assert_close(fv.degree_of_activation(model, objective, x), values[:, units], "gradient")

    climb = {"steps": 12, "step_size": 0.02, "optimizer": "normalized"}
    ascent = fv.maximize(model, objective, regularizers=fv.L2(1e-4), **climb)
    goal = ascent.scores - ascent.penalties
    assert ascent.images.shape == (len(units), *model.input_shape[1:])
    assert (goal[-1] > goal[0])[~ascent.dead].all()
    assert not ascent.dead.all()
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


@pytest.mark.parametrize("library", ["keras", "numpy"])
def test_several_images_of_one_objective_go_on_together(library, rng):
    chain = [make.Conv2D(3, 3, activation="relu", name="conv"), make.Flatten(), make.Dense(2)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *chain])
    network = model if library == "keras" else CNN.from_keras(model)
    start = rng.random((3, 8, 8, 1), dtype="f4")
    climb = {"step_size": 0.001}
    first = fv.maximize(network, fv.Layer("conv"), steps=4, start=start.tolist(), **climb)
    then = fv.maximize(network, fv.Layer("conv"), steps=3, start=first, **climb)
    whole = fv.maximize(network, fv.Layer("conv"), steps=7, start=start, **climb)
    np.testing.assert_allclose(then.images, whole.images, atol=1e-6)
    assert then.scores.shape == (8, 3)


def test_a_model_that_nobody_uses_any_more_is_freed():
    model = sequential()
    fv.maximize(model, fv.Output(0), steps=2, step_size=0.1)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_deep_dream_and_transforms_in_color():
    keras.utils.set_random_seed(3)
    model = branching()
    start = np.random.default_rng(0).random((3, 20, 16, 3), dtype="f4")
    changes = [fv.Jitter(2), fv.Rotate(10), fv.Scale(1.1), fv.Blur(0.5)]
    climb = {"steps": 25, "step_size": 0.01, "optimizer": "adam", "parameterization": "fourier"}
    ascent = fv.maximize(model, fv.Layer("deep"), start=start, transforms=changes, **climb)
    assert ascent.images.shape == start.shape
    assert (ascent.scores[-1] > ascent.scores[0]).all()


@pytest.mark.parametrize("kind", [fv.Content, fv.Style])
@pytest.mark.parametrize("layer", ["both", "left", "left_relu", "deep"])
def test_content_and_style_on_any_model(kind, layer, rng):
    keras.utils.set_random_seed(3)
    model = branching()
    goals = rng.random((3, 20, 16, 3), dtype="f4")
    scores = fv.degree_of_activation(model, kind(layer, goals), goals)
    np.testing.assert_allclose(np.diag(scores), 0, atol=1e-5)
    assert (scores[~np.eye(3, dtype=bool)] < -1e-5).all()
    climb = {"steps": 25, "step_size": 0.01, "optimizer": "normalized"}
    ascent = fv.maximize(model, kind(layer, goals), **climb)
    assert (ascent.scores[-1] > ascent.scores[0]).all()


@pytest.mark.parametrize("library", ["keras", "numpy"])
def test_dead_units_are_named_and_stay_where_they_are(library):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            make.Conv2D(3, 3, activation="relu", name="conv"),
            make.Flatten(),
            make.Dense(4, name="dense"),
        ]
    )
    kernel, bias = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([np.abs(kernel), bias])  # so that no map is zero on grey
    kernel, bias = model.get_layer("dense").get_weights()
    kernel[:, 2] = 0
    model.get_layer("dense").set_weights([kernel, bias])
    network = model if library == "keras" else CNN.from_keras(model)
    ascent = fv.maximize(network, fv.Neuron("dense", range(4)), steps=5, step_size=0.01)
    assert ascent.dead.tolist() == [False, False, True, False]
    start = fv.maximize(network, fv.Neuron("dense", range(4)), steps=0, step_size=0.01)
    np.testing.assert_array_equal(ascent.images[2], start.images[2])
    assert (ascent.scores[-1] > ascent.scores[0]).tolist() == [True, True, False, True]
