"""`gradient` is the slope of a^k, and one step of `maximize` follows it."""

import numpy as np
import pytest

from lecturekit import feature_visualization as fv
from lecturekit import models
from lecturekit.shapes import ShapeError

PAIR = fv.Filter("conv2d_2", [4, 31])


@pytest.fixture(scope="module")
def model():
    return models.build_cnn()


def test_it_is_the_slope_in_any_direction(model, rng):
    image, step = rng.random((28, 28, 1)), 5e-4  # small: maxima of pooling switch
    slopes = fv.gradient(model, PAIR, image)
    direction = rng.normal(size=image.shape)
    both = np.stack([image + step * direction, image - step * direction])
    up, down = fv.degree_of_activation(model, PAIR, both)
    measured = (up - down) / (2 * step)
    assert np.abs(measured).min() > 1
    np.testing.assert_allclose((slopes * direction).sum((1, 2, 3)), measured, rtol=2e-2)


def test_one_image_serves_all_units(model, rng, assert_close):
    image = rng.random((28, 28, 1))
    slopes = fv.gradient(model, PAIR, image)
    assert slopes.shape == (2, 28, 28, 1)
    assert_close(fv.gradient(model, PAIR, np.stack([image, image])), slopes, "gradient")
    assert np.abs(slopes[0] - slopes[1]).max() > 0.01


def test_each_unit_may_have_an_image_of_its_own(model, rng, assert_close):
    images = rng.random((2, 28, 28, 1))
    slopes = fv.gradient(model, PAIR, images)
    for n, unit in enumerate(PAIR.units):
        alone = fv.gradient(model, fv.Filter("conv2d_2", unit), images[n])
        assert_close(slopes[n], alone[0], "gradient")


def test_a_step_of_maximize_goes_along_it(model, rng, assert_close):
    start = rng.uniform(0.4, 0.6, (28, 28, 1))
    stepped = fv.maximize(model, PAIR, steps=1, step_size=0.03, start=start).images
    assert_close(stepped, start + 0.03 * fv.gradient(model, PAIR, start), "gradient")


def test_images_that_do_not_fit(model):
    with pytest.raises(ShapeError, match=r"gradient: images must have shape \(28, 28, 1\) or "):
        fv.gradient(model, PAIR, np.zeros((3, 28, 28, 1)))
