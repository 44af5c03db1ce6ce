"""What goes wrong says so, and nothing that was found is lost."""

import warnings

import numpy as np
import pytest

from lecturekit import data, models
from lecturekit import feature_visualization as fv
from lecturekit._tensorflow import keras
from lecturekit.feature_visualization import keras_backend, numpy_backend
from lecturekit.reference import CNN
from lecturekit.shapes import ShapeError

NETWORKS = {"numpy": data.load_cnn, "keras": models.load_pretrained}
TWO = fv.Output([3, 5])


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    return NETWORKS[request.param]()


def test_ctrl_c_gives_what_there_is_so_far(network, monkeypatch):
    kind = numpy_backend.NumpyNetwork if isinstance(network, CNN) else keras_backend.KerasNetwork
    climb, calls = kind.climb, []

    def third_time(*arguments):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return climb(*arguments)

    monkeypatch.setattr(kind, "climb", third_time)
    stopped = fv.maximize(network, TWO, steps=100, step_size=0.01)
    monkeypatch.undo()
    assert stopped.settings["steps"] == 20
    assert stopped.scores.shape == (21, 2)
    whole = fv.maximize(network, TWO, steps=20, step_size=0.01)
    np.testing.assert_array_equal(stopped.images, whole.images)
    np.testing.assert_array_equal(stopped.scores, whole.scores)


def test_an_end_in_nan_keeps_the_last_good_image(network):
    # The numbers grow about fivefold at each step, until 32 bits are too few for their squares.
    objective = fv.Layer("conv2d_1")
    climb = {"value_range": (-3e38, 3e38), "step_size": 1, "start": np.full((28, 28, 1), 10.0)}
    with pytest.raises(fv.AscentError, match=r"not finite after (\d+) steps") as caught:
        fv.maximize(network, objective, steps=60, **climb)
    kept = caught.value.ascent
    good = len(kept.scores) - 1
    assert f"after {good + 1} steps" in str(caught.value)
    assert good > 11  # in the second of the chunks of ten
    assert np.isfinite(kept.scores).all()
    whole = fv.maximize(network, objective, steps=good, **climb)
    np.testing.assert_array_equal(kept.images, whole.images)
    np.testing.assert_array_equal(kept.scores, whole.scores)
    # From there the same step leads there again, and nothing is lost.
    with pytest.raises(fv.AscentError) as caught:
        fv.maximize(network, objective, steps=5, **climb | {"start": kept})
    np.testing.assert_array_equal(caught.value.ascent.images, kept.images)
    assert caught.value.ascent.scores.shape == kept.scores.shape


def test_all_black_is_said(network):
    with pytest.warns(UserWarning, match="2 of 2 images are all black: the penalties outweigh"):
        ascent = fv.maximize(network, TWO, steps=30, step_size=0.01, regularizers=fv.L1(100))
    assert (ascent.images == 0).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fv.maximize(network, TWO, steps=30, step_size=0.01, regularizers=fv.L1(0.01))


@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        (fv.Filter("conv2d_3", 0), ValueError, "no layer 'conv2d_3'; the model has conv2d_1, pool"),
        (fv.Filter("dense", 0), ValueError, "layer 'dense' is a Dense; filters are in Conv2D"),
        (fv.Filter("conv2d_2", 50), ValueError, "'conv2d_2' has filters 0 to 49, got 50"),
        (fv.Neuron("conv2d_1", 0), ValueError, "Neuron: layer 'conv2d_1' is a Conv2D; its output"),
        (fv.Neuron("dense", 100), ValueError, "'dense' has neurons 0 to 99, got 100"),
        (fv.Output(10), ValueError, "'output' has outputs 0 to 9, got 10"),
        (fv.Layer("dens"), ValueError, "Layer: no layer 'dens'; the model has"),
        (fv.Direction("dense", [1, 2]), ShapeError, "'dense' has 100 units, got a vector of 2"),
        (fv.Output([1, 2]) + fv.Output([1, 2, 3]), ValueError, r"different numbers of images: \[2"),
        (fv.Content("conv", np.zeros((28, 28, 1))), ValueError, "Content: no layer 'conv'; the"),
        (fv.Content("dense", np.zeros((27, 28, 1))), ShapeError, r"images of \(28, 28, 1\), got"),
        (fv.Style("dense", np.zeros((28, 28, 1))), ValueError, "'dense' is a Dense without maps"),
        (fv.Style("conv2d_1", np.zeros((2, 28, 28, 3))), ShapeError, r"got \(2, 28, 28, 3\)"),
        ("conv2d_2", TypeError, "expected an objective such as Filter, got str"),
    ],
    ids=str,
)
def test_objectives_that_are_not_in_the_network(network, objective, error, message):
    for call in (fv.gradient, fv.degree_of_activation):
        with pytest.raises(error, match=message):
            call(network, objective, np.zeros((1, 28, 28, 1)))
    with pytest.raises(error, match=message):
        fv.maximize(network, objective, steps=1, step_size=1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"optimizer": "sgd"}, ValueError, "optimizer must be one of 'ascent', 'normalized', "),
        ({"parameterization": "wavelet"}, ValueError, "must be 'pixel' or 'fourier', got 'wav"),
        ({"regularizers": 0.3}, TypeError, "regularizers must be Regularizer objects, got 0.3"),
        ({"transforms": [fv.L1(1)]}, TypeError, "transforms must be Transform objects"),
        ({"steps": -1}, ValueError, "steps must be at least 0, got -1"),
        ({"step_size": 0}, ValueError, "step_size must be a number above 0, got 0"),
        ({"start": np.zeros((27, 28, 1))}, ShapeError, r"start must have shape \(28, 28, 1\) or"),
        ({"start": np.full((28, 28, 1), 2.0)}, ValueError, "start must lie within value_range"),
    ],
)
def test_bad_options(network, options, error, message):
    with pytest.raises(error, match=message):
        fv.maximize(network, TWO, **{"steps": 1, "step_size": 0.01} | options)


@pytest.mark.parametrize("penalty", [fv.L1, fv.L2, fv.TotalVariation])
def test_bad_weights_of_penalties(penalty):
    for weight, error in [(-1, ValueError), (np.inf, ValueError), ("1", TypeError)]:
        with pytest.raises(error, match=f"{penalty.__name__}: weight must be a"):
            penalty(weight)


def test_objectives_scale_by_numbers():
    for weight in (np.nan, "2", True):
        with pytest.raises(TypeError, match="scales by a finite number"):
            TWO * weight
    assert repr(2 * TWO - fv.Layer("a")) == (
        "2 * Output(units=(3, 5), probability=False) + -1 * Layer(layer='a')"
    )


def test_a_model_for_images_of_any_size():
    image = keras.Input((None, None, 1))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(image))
    with pytest.raises(ValueError, match=r"takes images of any size, .*: build it for"):
        fv.maximize(model, fv.Filter(model.layers[1].name, 0), steps=1, step_size=1)
