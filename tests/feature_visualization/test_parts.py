"""Every objective, penalty, optimizer and parameterization: the gradient is true, and it climbs.

The oracle is written out here in float64, from `reference.CNN.activations` alone. Tried: an L1
without its sign, a total variation of rows only, Adam without its correction, a Fourier gradient
without the sigmoid's slope, a layer after its activation, a Gram matrix that is not divided by the
positions, the goal of another image: each makes tests here fail.
"""

import warnings

import numpy as np
import pytest

from lecturekit import data, models
from lecturekit import feature_visualization as fv
from lecturekit.reference import CNN, softmax

MIXTURE = np.random.default_rng(5).normal(size=(3, 100))
GOALS = np.random.default_rng(6).uniform(0.2, 0.8, (3, 28, 28, 1))
OBJECTIVES = {
    "filter of layer 1": fv.Filter("conv2d_1", [0, 11, 24]),
    "filter of layer 2": fv.Filter("conv2d_2", [0, 12, 49]),
    "neuron": fv.Neuron("dense", [3, 50, 99]),
    "output": fv.Output([0, 4, 9]),
    "probability": fv.Output([0, 4, 9], probability=True),
    "layer": fv.Layer("conv2d_2"),
    "direction": fv.Direction("dense", MIXTURE),
    "content": fv.Content("conv2d_2", GOALS),
    "content of a vector": fv.Content("dense", GOALS),
    "style of layer 1": fv.Style("conv2d_1", GOALS),
    "style of layer 2": fv.Style("conv2d_2", GOALS),
    "content and style": fv.Content("dense", GOALS[0]) + 0.5 * fv.Style("conv2d_2", GOALS),
    "sum": 0.5 * fv.Filter("conv2d_2", [1, 2, 3]) - fv.Neuron("dense", 7) + fv.Output(3),
}
PENALTIES = {
    "none": (),
    "L1": (fv.L1(0.3),),
    "L2": (fv.L2(0.2),),
    "variation": (fv.TotalVariation(0.1),),
    "all": (fv.L1(0.1), fv.L2(0.1), fv.TotalVariation(0.05)),
}
STEPS = {"ascent": 0.002, "normalized": 0.01, "adam": 0.01}
NETWORKS = {"numpy": data.load_cnn, "keras": models.load_pretrained}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    return NETWORKS[request.param]()


@pytest.fixture(scope="module")
def cnn64():
    cnn = data.load_cnn()
    weights = {name: weight.astype(float) for name, weight in cnn.weights.items()}
    return CNN(cnn.layers, cnn.input_shape, weights=weights)


def scores_of(name, cnn64, x):
    """What each objective is, by its definition, for images that belong to its three units."""
    layers = cnn64.activations(x, before_activation=True)
    n = np.arange(len(x))
    if name == "filter of layer 1":
        return layers["conv2d_1"].sum(axis=(1, 2))[n, np.resize([0, 11, 24], len(x))]
    if name == "filter of layer 2":
        return layers["conv2d_2"].sum(axis=(1, 2))[n, np.resize([0, 12, 49], len(x))]
    if name == "neuron":
        return layers["dense"][n, np.resize([3, 50, 99], len(x))]
    if name == "output":
        return layers["output"][n, np.resize([0, 4, 9], len(x))]
    if name == "probability":
        return softmax(layers["output"])[n, np.resize([0, 4, 9], len(x))]
    if name == "layer":
        return (layers["conv2d_2"] ** 2).sum(axis=(1, 2, 3)) / 2
    if name == "direction":
        return (layers["dense"] * MIXTURE[np.arange(len(x)) % 3]).sum(axis=1)
    goals = cnn64.activations(GOALS, before_activation=True)
    if name == "content":
        return -squared_distance(layers["conv2d_2"], goals["conv2d_2"][n % 3])
    if name == "content of a vector":
        return -squared_distance(layers["dense"], goals["dense"][n % 3])
    if name in ("style of layer 1", "style of layer 2"):
        layer = f"conv2d_{name[-1]}"
        return -squared_distance(correlations(layers[layer]), correlations(goals[layer])[n % 3])
    if name == "content and style":
        content = squared_distance(layers["dense"], goals["dense"][0])
        style = correlations(layers["conv2d_2"]), correlations(goals["conv2d_2"])[n % 3]
        return -content - 0.5 * squared_distance(*style)
    a = layers["conv2d_2"].sum(axis=(1, 2))[n, np.resize([1, 2, 3], len(x))]
    return 0.5 * a - layers["dense"][:, 7] + layers["output"][:, 3]


def squared_distance(y, goal):
    return ((y - goal) ** 2).reshape(len(y), -1).sum(axis=1)


def correlations(maps):
    """For each pair of maps the mean of their product."""
    return np.stack([(maps * maps[..., [k]]).mean((1, 2)) for k in range(maps.shape[3])], axis=1)


def penalty_of(name, x):
    """The penalties, by their definitions."""
    l1 = np.abs(x).sum(axis=(1, 2, 3))
    l2 = (x**2).sum(axis=(1, 2, 3))
    variation = np.abs(np.diff(x, axis=1)).sum(axis=(1, 2, 3))
    variation += np.abs(np.diff(x, axis=2)).sum(axis=(1, 2, 3))
    shares = {"L1": (0.3, 0, 0), "L2": (0, 0.2, 0), "variation": (0, 0, 0.1)}
    shares |= {"none": (0, 0, 0), "all": (0.1, 0.1, 0.05)}
    return np.stack([l1, l2, variation], axis=1) @ shares[name]


def start(rng, count=3):
    return rng.uniform(0.2, 0.8, (count, 28, 28, 1))


def slopes_of(function, x, directions, step=1e-6):
    """Central differences along directions (d, *x.shape), (d, n)."""
    ahead, behind = (np.concatenate(x + s * step * directions) for s in (1, -1))
    difference = function(ahead) - function(behind)
    return difference.reshape(len(directions), len(x)) / (2 * step)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_score_and_its_gradient_are_those_of_the_definition(
    name, network, cnn64, rng, assert_relative
):
    x = start(rng)
    ascent = fv.maximize(network, OBJECTIVES[name], steps=0, step_size=1, start=x.astype("f4"))
    assert_relative(ascent.scores[0], scores_of(name, cnn64, x), "operation")
    gradient = fv.gradient(network, OBJECTIVES[name], x)
    directions = rng.normal(size=(40, *x.shape))
    expected = slopes_of(lambda images: scores_of(name, cnn64, images), x, directions)
    assert_relative((gradient * directions).sum(axis=(2, 3, 4)), expected, "gradient")


def test_the_gradient_is_that_of_central_differences_in_every_pixel(network, cnn64, rng):
    x = start(rng, 1)
    pixels = np.eye(784).reshape(784, 1, 28, 28, 1)
    gradient = fv.gradient(network, fv.Output([4]), x)[0].ravel()

    def score(images):
        return cnn64.activations(images, before_activation=True)["output"][:, 4]

    expected = slopes_of(score, x, pixels)[:, 0]
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("parameterization", ["pixel", "fourier"])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_step_goes_along_the_gradient_of_objective_minus_penalties(
    penalty, parameterization, network, cnn64, rng, assert_relative
):
    x, name = start(rng).astype("f4"), "filter of layer 2"
    options = {"regularizers": PENALTIES[penalty], "parameterization": parameterization}
    rate = 1e-3
    still, moved = (
        fv.maximize(network, OBJECTIVES[name], steps=n, step_size=rate, start=x, **options)
        for n in (0, 1)
    )
    assert_relative(still.penalties[0], penalty_of(penalty, x.astype(float)), "operation")
    before, after = (ascent.state["parameters"].astype(float) for ascent in (still, moved))

    def image(parameters):
        if parameterization == "pixel":
            return parameters
        frequency = np.hypot(*np.ogrid[:28, :28]) / 28
        scale = (1 / np.maximum(frequency, 1 / 28))[:, :, None]
        places = np.pi * np.arange(28)[:, None] * (2 * np.arange(28) + 1) / 56
        basis = np.cos(places) * np.sqrt(np.where(np.arange(28) == 0, 1, 2) / 28)[:, None]
        logits = np.einsum("ki,nklc,lj->nijc", basis, parameters * scale, basis)
        return 1 / (1 + np.exp(-logits))

    def goal(parameters):
        images = image(parameters)
        return scores_of(name, cnn64, images) - penalty_of(penalty, images)

    np.testing.assert_allclose(image(before), x, atol=1e-5)
    directions = rng.normal(size=(40, *x.shape))
    expected = slopes_of(goal, before, directions)
    found = ((after - before) / rate * directions).sum(axis=(2, 3, 4))
    # The step is what float32 leaves of the difference of two parameters.
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("parameterization", ["pixel", "fourier"])
@pytest.mark.parametrize("optimizer", STEPS)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_objective_minus_penalties_rises_for_every_unit(name, penalty, optimizer, parameterization):
    step = STEPS[optimizer] * (40 if parameterization == "fourier" else 1)
    if name == "probability" and penalty == "none" and optimizer == "ascent":
        step *= 20  # a probability has a small slope; penalties have not
    if parameterization == "fourier" and ("content" in name or "style" in name):
        step /= 400  # a distance has a lowest point, which a long step passes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ascent = fv.maximize(
            data.load_cnn(), OBJECTIVES[name], steps=15, step_size=step,
            regularizers=PENALTIES[penalty], optimizer=optimizer, parameterization=parameterization,
        )  # fmt: skip
    goal = ascent.scores - ascent.penalties
    assert not ascent.dead.any()
    assert (goal[-1] > goal[0]).all()
    assert ascent.images.min() >= 0
    assert ascent.images.max() <= 1
    if penalty == "none":
        assert (ascent.penalties == 0).all()


@pytest.mark.parametrize("name", ["content", "style of layer 1", "content and style"])
def test_every_unit_on_every_image(name, network, cnn64, rng, assert_relative):
    x = start(rng, 4)
    found = fv.degree_of_activation(network, OBJECTIVES[name], x)
    each = [scores_of(name, cnn64, np.repeat(image[None], 3, axis=0)) for image in x]
    assert_relative(found, np.array(each), "operation")


@pytest.mark.parametrize("layer", ["conv2d_1", "conv2d_2"])
def test_style_does_not_ask_where(layer, network):
    """A dot, moved by four pixels, answers in the same way at other positions."""
    x = np.zeros((2, 28, 28, 1))
    x[0, 10:13, 10:12] = x[1, 14:17, 14:16] = 1
    content, style = (
        fv.degree_of_activation(network, kind(layer, x[0]), x) for kind in (fv.Content, fv.Style)
    )
    np.testing.assert_allclose(style, 0, atol=1e-6)
    assert content[0, 0] == pytest.approx(0, abs=1e-6)
    assert content[1, 0] < -1


def away_from_ties(x):
    """Images in which no window of a pooling has two largest numbers that rounding could swap."""
    maps = data.load_cnn().activations(x)
    clear = np.ones(len(x), bool)
    for name in ("conv2d_1", "conv2d_2"):
        even = maps[name].shape[1] // 2 * 2
        blocks = maps[name][:, :even, :even].reshape(len(x), even // 2, 2, even // 2, 2, -1)
        four = np.sort(blocks.swapaxes(2, 3).reshape(len(x), -1, 4, blocks.shape[-1]), axis=2)
        gap = np.where(four[:, :, 3] > 0, four[:, :, 3] - four[:, :, 2], 1)
        clear &= gap.min(axis=(1, 2)) > 3e-6
    return clear


@pytest.mark.parametrize(
    "objective", [fv.Filter("conv2d_2", range(50)), fv.Neuron("dense", range(100)),
                  fv.Output(range(10))], ids=["filters", "neurons", "outputs"],
)  # fmt: skip
def test_numpy_and_keras_climb_alike(objective, assert_relative):
    ours, theirs = (
        fv.maximize(load(), objective, steps=50, step_size=0.01) for load in NETWORKS.values()
    )
    noise = np.random.default_rng(0).uniform(0.4, 0.6, ours.images.shape)  # plain grey has ties
    first = [fv.gradient(load(), objective, noise) for load in NETWORKS.values()]
    clear = away_from_ties(noise)
    assert np.count_nonzero(clear) > len(noise) / 2
    assert_relative(first[0][clear], first[1][clear], "gradient")
    assert_relative(ours.scores, theirs.scores, "score")
    assert (ours.scores[-1] > ours.scores[0]).all()


ALL_CHANGES = (fv.Jitter(3), fv.Rotate(20), fv.Scale(1.2), fv.Blur(1.5))


def test_transforms_change_images_alike_in_both(assert_relative):
    objective = fv.Output(range(10))
    options = {"steps": 12, "step_size": 0.002, "transforms": ALL_CHANGES, "seed": 3}
    ours, theirs = (fv.maximize(load(), objective, **options) for load in NETWORKS.values())
    assert_relative(ours.scores, theirs.scores, "score")
    plain = fv.maximize(data.load_cnn(), objective, **options | {"transforms": ()})
    assert not np.allclose(plain.images, ours.images, atol=1e-3)
    np.testing.assert_array_equal(ours.scores[0], plain.scores[0])  # scores: of the image as it is


@pytest.mark.parametrize("optimizer", STEPS)
@pytest.mark.parametrize("parameterization", ["pixel", "fourier"])
def test_going_on_is_one_climb(network, optimizer, parameterization):
    objective = fv.Neuron("dense", range(4))
    options = {
        "step_size": STEPS[optimizer], "optimizer": optimizer, "seed": 7,
        "parameterization": parameterization, "transforms": (fv.Jitter(2), fv.Blur(1)),
        "regularizers": fv.L1(0.01),
    }  # fmt: skip
    at_once = fv.maximize(network, objective, steps=25, **options)
    first = fv.maximize(network, objective, steps=12, **options)
    then = fv.maximize(network, objective, steps=13, start=first, **options)
    assert then.settings["steps"] == 25
    for name in ("images", "scores", "penalties"):
        found, expected = getattr(then, name), getattr(at_once, name)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
        assert found.shape == expected.shape
    options["optimizer"] = next(name for name in STEPS if name != optimizer)
    with pytest.raises(ValueError, match="had optimizer"):
        fv.maximize(network, objective, steps=1, start=first, **options)
