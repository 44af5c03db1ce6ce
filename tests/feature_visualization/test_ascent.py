"""An ascent rises, along the true gradient, of the thing it says."""

import numpy as np
import pytest

from lecturekit import feature_visualization as fv
from lecturekit import models
from lecturekit import reference as ref
from lecturekit._tensorflow import keras
from lecturekit.feature_visualization.keras_backend import _COMPILED
from lecturekit.shapes import ShapeError

SECOND = fv.Filter("conv2d_2", range(50))


@pytest.fixture(scope="module")
def model():
    return models.build_cnn()


def pre_activation_sums(model, images):
    """a^k of every filter of the second layer, in NumPy."""
    first, second = model.get_layer("conv2d_1"), model.get_layer("conv2d_2")
    x = ref.relu(ref.conv2d(images, *first.get_weights()))
    return ref.conv2d(ref.max_pool2d(x), *second.get_weights()).sum(axis=(1, 2))


def test_the_score_is_the_sum_of_the_map_before_the_activation(model, rng, assert_close):
    images = rng.random((3, 28, 28, 1), dtype=np.float32)
    expected = pre_activation_sums(model, images)
    assert (expected < 0).any(), "otherwise a ReLU would not show"
    assert_close(fv.degree_of_activation(model, SECOND, images), expected, "gradient")
    ascent = fv.maximize(model, fv.Filter("conv2d_2", [7]), steps=0, step_size=1, start=images[0])
    assert ascent.scores[0, 0] == pytest.approx(expected[0, 7], rel=1e-4)


def test_the_gradient_is_the_slope(model, rng):
    images = rng.random((2, 28, 28, 1), dtype=np.float32)
    gradient = fv.gradient(model, fv.Filter("conv2d_2", [4, 31]), images)
    for n, unit in enumerate([4, 31]):
        direction = gradient[n] / np.linalg.norm(gradient[n])
        step = 1e-3
        up, down = (images[n : n + 1].astype(float) + s * direction for s in (step, -step))
        slope = (pre_activation_sums(model, up) - pre_activation_sums(model, down))[0, unit]
        assert slope / (2 * step) == pytest.approx(np.linalg.norm(gradient[n]), rel=1e-2)


def test_every_one_of_the_fifty_filters_rises(model, assert_close):
    ascent = fv.maximize(model, SECOND, steps=20, step_size=0.02)
    assert ascent.images.shape == (50, 28, 28, 1)
    assert ascent.scores.shape == (21, 50)
    assert (ascent.scores[-1] > ascent.scores[0]).all()
    of_its_own = np.diag(fv.degree_of_activation(model, SECOND, ascent.images))
    assert_close(of_its_own, ascent.scores[-1], "gradient")


def test_one_unit_alone_climbs_as_it_does_among_others(model, assert_close):
    options = {"steps": 5, "step_size": 0.02}
    together = fv.maximize(model, fv.Filter("conv2d_2", [3, 8]), **options)
    alone = fv.maximize(model, fv.Filter("conv2d_2", [8]), **options)
    assert_close(together.scores[:, 1:], alone.scores, "score")


def test_pixels_stay_in_their_range(model):
    for low, high in ((0, 1), (-0.5, 0.5)):
        ascent = fv.maximize(model, SECOND, steps=10, step_size=1, value_range=(low, high))
        assert ascent.images.min() >= low
        assert ascent.images.max() <= high
        assert ascent.images.max() == high


def test_deterministic_for_a_seed(model):
    first, again, other = (
        fv.maximize(model, fv.Filter("conv2d_2", 0), steps=3, step_size=0.1, seed=s)
        for s in (1, 1, 2)
    )
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.scores, again.scores)
    assert not np.array_equal(first.images, other.images)


def test_starts_where_it_is_told(model, rng):
    one = rng.random((28, 28, 1)).astype("f")
    ascent = fv.maximize(model, fv.Filter("conv2d_2", [0, 1]), steps=0, step_size=1, start=one)
    assert np.array_equal(ascent.images, np.stack([one, one]))
    two = rng.random((2, 28, 28, 1)).astype("f")
    ascent = fv.maximize(model, fv.Filter("conv2d_2", [0, 1]), steps=0, step_size=1, start=two)
    assert np.array_equal(ascent.images, two)


def test_the_model_and_the_start_are_not_changed(model, rng):
    weights = [w.copy() for w in model.get_weights()]
    config = model.get_config()
    start = rng.random((28, 28, 1)).astype("f")
    kept = start.copy()
    fv.maximize(model, fv.Filter("conv2d_1", 0), steps=2, step_size=0.1, start=start)
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))
    assert model.get_config() == config
    assert np.array_equal(start, kept)


def test_a_functional_model_of_other_shape(rng):
    inputs = keras.Input((12, 10, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    ascent = fv.maximize(model, fv.Filter("conv", range(4)), steps=5, step_size=0.1)
    assert ascent.images.shape == (4, 12, 10, 3)
    assert (ascent.scores[-1] > ascent.scores[0]).all()


def test_a_score_that_is_no_number_stops(model):
    broken = keras.models.clone_model(model)
    broken.get_layer("conv2d_2").set_weights([np.full((3, 3, 25, 50), np.nan), np.zeros(50)])
    with pytest.raises(FloatingPointError, match="not finite after 0 steps"):
        fv.maximize(broken, fv.Filter("conv2d_2", 0), steps=3, step_size=0.1)


def test_a_gradient_that_is_no_number_stops_although_relu_hides_it(model):
    images = np.full((28, 28, 1), 1e38, np.float32)
    options = {"steps": 3, "step_size": 1e38, "value_range": (-3e38, 3e38), "start": images}
    with pytest.raises(FloatingPointError, match=r"maximize: .* not finite"):
        fv.maximize(model, fv.Filter("conv2d_2", 0), **options)


def test_a_layer_is_compiled_once_and_follows_its_weights(model):
    copy = keras.models.clone_model(model)
    grey = np.full((28, 28, 1), 0.5, np.float32)
    climb = {"steps": 1, "step_size": 1e-9, "start": grey}
    before = fv.maximize(copy, fv.Filter("conv2d_2", 0), **climb).scores
    compiled = dict(_COMPILED[copy])
    fv.maximize(copy, fv.Filter("conv2d_2", [3, 8]), **climb | {"step_size": 2e-9})
    assert _COMPILED[copy] == compiled
    copy.get_layer("conv2d_2").set_weights([np.zeros((3, 3, 25, 50)), np.ones(50)])
    after = fv.maximize(copy, fv.Filter("conv2d_2", 0), **climb).scores
    assert (after == 121).all()
    assert (before != 121).all()


def test_an_empty_batch_has_no_scores(model):
    assert fv.degree_of_activation(model, SECOND, np.zeros((0, 28, 28, 1))).shape == (0, 50)


def test_channels_first_is_refused():
    inputs = keras.Input((1, 8, 8))
    conv = keras.layers.Conv2D(4, 3, data_format="channels_first", name="conv")(inputs)
    with pytest.raises(ValueError, match="'conv' must have its channels last, got channels_first"):
        fv.maximize(keras.Model(inputs, conv), fv.Filter("conv", 0), steps=1, step_size=1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"seed": None}, TypeError, "seed must be an integer, got None"),
        ({"step_size": "a"}, ValueError, "step_size must be a number above 0, got 'a'"),
        ({"step_size": np.inf}, ValueError, "step_size must be a number above 0, got inf"),
        ({"value_range": 5}, TypeError, "value_range must be two numbers, got 5"),
        ({"value_range": (0, 1, 2)}, TypeError, "value_range must be two numbers"),
        ({"value_range": (0, np.inf)}, ValueError, "value_range must rise"),
        ({"start": "a"}, TypeError, "start must hold real numbers, got 'a'"),
        ({"objective": "conv2d_2"}, TypeError, "expected an objective such as Filter, got str"),
        ({"steps": -1}, ValueError, "steps must be at least 0, got -1"),
        ({"steps": 1.5}, TypeError, "steps must be an integer"),
        ({"step_size": 0}, ValueError, "step_size must be a number above 0, got 0"),
        ({"step_size": float("nan")}, ValueError, "step_size must be a number above 0, got nan"),
        ({"value_range": (1, 0)}, ValueError, r"value_range must rise, got \(1, 0\)"),
        ({"start": np.zeros((28, 28))}, ShapeError, r"start must have shape .*got \(28, 28\)"),
        ({"start": np.full((28, 28, 1), 2.0)}, ValueError, "start must lie within value_range"),
        ({"start": np.full((28, 28, 1), np.nan)}, ValueError, "start must lie within value_range"),
        (
            {"objective": fv.Filter("conv9", 0)},
            ValueError,
            "no layer 'conv9'; the model has conv2d_1",
        ),
        (
            {"objective": fv.Filter("dense", 0)},
            ValueError,
            "'dense' is a Dense; filters are in Conv2D",
        ),
        ({"objective": fv.Filter("conv2d_2", 50)}, ValueError, "has filters 0 to 49, got 50"),
        ({"model": "cnn"}, TypeError, "expected a Keras model, got str"),
    ],
)
def test_bad_input(model, options, error, message):
    arguments = {
        "model": model,
        "objective": fv.Filter("conv2d_2", 0),
        "steps": 1,
        "step_size": 0.1,
    }
    with pytest.raises(error, match=message):
        fv.maximize(**{**arguments, **options})


def test_images_that_do_not_fit(model):
    with pytest.raises(
        ShapeError, match=r"images must have shape \(N, 28, 28, 1\), got \(28, 28, 1\)"
    ):
        fv.degree_of_activation(model, SECOND, np.zeros((28, 28, 1)))
