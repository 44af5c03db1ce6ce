"""Chapters 6 and 7: on a real network the solutions give what the package gives."""

import numpy as np
import pytest

from lecturekit import attribution, data
from lecturekit import feature_visualization as fv
from lecturekit.check.solutions import what_does_cnn_learn as learn
from lecturekit.check.solutions import what_does_cnn_see as see

CNN = data.load_cnn()
DIGITS = data.load_digits().x_test
UNIT = fv.Filter("conv2d_2", 49)


def gradient_of(x):
    return fv.gradient(CNN, UNIT, x)[0]


@pytest.fixture
def start():
    return np.random.default_rng(3).uniform(0.2, 0.8, (28, 28, 1)).astype(np.float32)


def test_degree_of_activation():
    maps = CNN.activations(DIGITS[:3], before_activation=True)["conv2d_2"]
    expected = fv.degree_of_activation(CNN, UNIT, DIGITS[:3])
    np.testing.assert_allclose(learn.my_degree(maps, 49), expected.ravel(), rtol=1e-4, atol=1e-3)


def test_one_step(start):
    expected = fv.maximize(CNN, UNIT, steps=1, step_size=0.5, start=start).images[0]
    stepped = learn.my_ascent_step(start, gradient_of(start), 0.5)
    assert {0, 1} <= set(stepped.ravel())
    np.testing.assert_allclose(stepped, expected, atol=1e-5)


def test_four_steps(start):
    expected = fv.maximize(CNN, UNIT, steps=4, step_size=0.05, start=start).images[0]
    np.testing.assert_allclose(learn.my_climb(gradient_of, start, 4, 0.05), expected, atol=1e-4)


def test_one_step_with_the_penalty(start):
    rule = {"steps": 1, "step_size": 0.05, "regularizers": fv.L1(0.3)}
    expected = fv.maximize(CNN, UNIT, start=start, **rule).images[0]
    gradient = learn.my_penalized_gradient(gradient_of(start), start, 0.3)
    np.testing.assert_allclose(learn.my_ascent_step(start, gradient, 0.05), expected, atol=1e-5)


def test_total_variation():
    rule = {"steps": 0, "step_size": 1, "regularizers": fv.TotalVariation(1)}
    expected = fv.maximize(CNN, UNIT, start=DIGITS[0], **rule).penalties[0, 0]
    assert learn.my_total_variation(DIGITS[0, :, :, 0]) == pytest.approx(expected, rel=1e-5)


def test_saliency():
    gradient = fv.gradient(CNN, fv.Output(9), DIGITS[214])[0]
    expected = attribution.saliency(CNN, DIGITS[214], 9)[0]
    np.testing.assert_allclose(see.my_saliency(gradient), expected, atol=1e-6)


def test_occlusion():
    def nine(image):
        return CNN.forward(image[None])[0, 9]

    answers = see.my_occlusion(nine, DIGITS[214], 20, 0.5)
    expected = attribution.occlusion(CNN, DIGITS[214], 9, size=20, value=0.5)[0]
    assert answers.shape == (9, 9)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(answers, expected, atol=1e-5)
