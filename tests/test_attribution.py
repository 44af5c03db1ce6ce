"""Which pixels matter: against slopes, against a box laid by hand, against a planted truth.

Tried: the gradient without its absolute value, a box one pixel off, labels of other images, maps
before the activation, weights by the sum of the wrong axis: each makes a test here fail.
"""

import numpy as np
import pytest
from scipy.stats import spearmanr

from lecturekit import attribution, data, models
from lecturekit import reference as ref
from lecturekit._tensorflow import keras
from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError

NETWORKS = {"numpy": data.load_cnn, "keras": models.load_pretrained}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    return NETWORKS[request.param]()


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def cnn64():
    cnn = data.load_cnn()
    weights = {name: weight.astype(float) for name, weight in cnn.weights.items()}
    return CNN(cnn.layers, cnn.input_shape, weights=weights)


def logits(cnn, x):
    return cnn.activations(x, before_activation=True)["output"]


def noisy(digits, count, rng):
    """Digits without ties: pale, with noise."""
    x = digits.x_test[:count] * 0.6 + rng.uniform(0.1, 0.3, (count, 28, 28, 1))
    return x.astype("f4"), digits.y_test[:count]


def test_saliency_is_the_size_of_the_slope_of_the_logit(
    network, cnn64, digits, rng, assert_relative
):
    x, y = noisy(digits, 3, rng)
    found = attribution.saliency(network, x, y)
    for n in range(3):
        pixels = 1e-6 * np.eye(784).reshape(784, 28, 28, 1)
        up, down = (logits(cnn64, x[n].astype(float) + s * pixels)[:, y[n]] for s in (1, -1))
        assert_relative(found[n], np.abs(up - down).reshape(28, 28) / 2e-6, "gradient")


def test_saliency_takes_the_largest_of_three_channels(rng):
    model = keras.Sequential(
        [keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(4)]
    )
    x = rng.random((6, 5, 3))
    kernel = model.layers[-1].get_weights()[0].reshape(6, 5, 3, 4)
    expected = np.abs(kernel[..., 2]).max(axis=-1)
    np.testing.assert_allclose(attribution.saliency(model, x, 2)[0], expected, rtol=1e-6)


def test_smooth_grad_is_the_mean_over_noisy_copies(network, digits, assert_relative):
    x, y = digits.x_test[:4], digits.y_test[:4]
    found = attribution.smooth_grad(network, x, y, samples=8, noise=0.2, seed=5)
    rng = np.random.default_rng(5)
    one_hot = np.eye(10, dtype="f4")[y]
    total = np.zeros(x.shape)
    for _ in range(8):
        copies = x + rng.normal(scale=0.2, size=x.shape)
        total += data.load_cnn().input_gradient(copies, "output", one_hot, before_activation=True)
    assert_relative(found, np.abs(total[..., 0] / 8), "gradient")
    again = attribution.smooth_grad(network, x, y, samples=8, noise=0.2, seed=5)
    np.testing.assert_array_equal(found, again)


@pytest.mark.parametrize("probability", [True, False])
def test_occlusion_is_the_answer_under_a_box_laid_by_hand(
    network, digits, probability, assert_relative
):
    x, y = digits.x_test[5:7], digits.y_test[5:7]
    options = {"size": 7, "stride": 3, "value": 0.3, "probability": probability}
    found = attribution.occlusion(network, x, y, **options)
    assert found.shape == (2, 8, 8)
    cnn = data.load_cnn()
    expected = np.empty(found.shape)
    for i, j in np.ndindex(8, 8):
        boxed = x.copy()
        boxed[:, 3 * i : 3 * i + 7, 3 * j : 3 * j + 7] = 0.3
        answers = cnn.forward(boxed) if probability else logits(cnn, boxed)
        expected[:, i, j] = answers[[0, 1], y]
    assert_relative(found, expected, "gradient")


def test_grad_cam_is_its_definition(network, cnn64, digits, rng, assert_relative):
    x, y = noisy(digits, 1, rng)
    maps = cnn64.activations(x.astype(float))["conv2d_2"]
    (w, b), (v, _) = (
        [cnn64.weights[f"{layer}/{part}"] for part in ("kernel", "bias")]
        for layer in ("dense", "output")
    )
    pooled = ref.max_pool2d(maps)
    alive = ref.dense(ref.flatten(pooled), w, b) > 0
    slope = ref.max_pool2d_backward(((v[:, y[0]] * alive) @ w.T).reshape(pooled.shape), maps)
    small = np.maximum((slope.mean(axis=(1, 2), keepdims=True) * maps).sum(axis=-1), 0)[0]
    found = attribution.grad_cam(network, x, y)[0]
    assert found.shape == (28, 28)
    middle = (np.arange(28) + 0.5) * 11 / 28 - 0.5
    rows = np.array([np.interp(middle, np.arange(11), column) for column in small.T]).T
    expected = np.array([np.interp(middle, np.arange(11), row) for row in rows])
    assert_relative(found, expected, "gradient")


def planted():
    """A network that answers to ink in rows 2 to 7, columns 12 to 17, and to nothing else."""
    kernel = np.zeros((20, 20, 1))
    kernel[2:8, 12:18] = 1
    chain = [layers.Conv2D(1, 1), layers.Flatten(), layers.Dense(2), layers.Softmax()]
    cnn = CNN(chain, (20, 20, 1))
    weights = {
        "conv2d_1/kernel": np.ones((1, 1, 1, 1)), "conv2d_1/bias": np.zeros(1),
        "dense_1/kernel": np.stack([kernel.ravel(), 0 * kernel.ravel()], axis=1),
        "dense_1/bias": np.zeros(2),
    }  # fmt: skip
    return CNN(cnn.layers, (20, 20, 1), weights={k: w.astype("f4") for k, w in weights.items()})


def test_a_planted_truth_is_found(rng):
    cnn, x = planted(), rng.uniform(0.5, 1, (20, 20, 1)).astype("f4")
    truth = np.zeros((20, 20), bool)
    truth[2:8, 12:18] = True
    np.testing.assert_array_equal(attribution.saliency(cnn, x, 0)[0] > 0, truth)
    np.testing.assert_array_equal(attribution.smooth_grad(cnn, x, 0, samples=3)[0] > 0, truth)
    hidden = attribution.occlusion(cnn, x, 0, size=4, value=0, probability=False)[0]
    whole = logits_of_planted(cnn, x)
    touches = np.zeros((17, 17), bool)
    touches[0:8, 9:17] = True  # a box of 4 from here on reaches into the region
    np.testing.assert_array_equal(hidden < whole - 1e-3, touches)
    np.testing.assert_array_equal(attribution.saliency(cnn, x, 1), np.zeros((1, 20, 20)))


def logits_of_planted(cnn, x):
    return cnn.activations(x[None], before_activation=True)["dense_1"][0, 0]


def likeness(one, other):
    """Mean rank correlation of two maps in the 20x20 pixels where digits are."""
    pairs = zip(one[:, 4:24, 4:24], other[:, 4:24, 4:24], strict=True)
    return np.mean([spearmanr(a.ravel(), b.ravel()).statistic for a, b in pairs])


def test_random_weights_give_other_maps(digits):
    """The sanity check of Adebayo et al. (2018), in numbers."""
    x, y = digits.x_test[:60], digits.y_test[:60]
    cnn = data.load_cnn()
    of_trained = attribution.smooth_grad(cnn, x, y, samples=20)
    again = attribution.smooth_grad(cnn, x, y, samples=20, seed=1)
    assert likeness(of_trained, again) > 0.8
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        of_random = attribution.smooth_grad(models.build_cnn(), x, y, samples=20)
        assert likeness(of_trained, of_random) < 0.4


@pytest.mark.parametrize("function", ["saliency", "smooth_grad", "occlusion", "grad_cam"])
def test_bad_input(function, network):
    call = getattr(attribution, function)
    grey = np.full((28, 28, 1), 0.5)
    with pytest.raises(ShapeError, match=f"{function}: x must be .* got \\(28, 28\\)"):
        call(network, grey[..., 0], 1)
    with pytest.raises(ShapeError, match=f"{function}: 1 images but 2 labels"):
        call(network, grey, [1, 2])
    with pytest.raises(ValueError, match="'output' has outputs 0 to 9, got 10"):
        call(network, grey, 10)
    with pytest.raises(TypeError, match=r"label must be an integer, got 1\.5"):
        call(network, grey, 1.5)
    with pytest.raises(ShapeError, match="must have shape"):
        call(network, np.zeros((27, 28, 1)), 1)


def test_bad_options(network):
    grey = np.full((28, 28, 1), 0.5)
    with pytest.raises(ShapeError, match="a box of 29x29 on images of 28x28"):
        attribution.occlusion(network, grey, 1, size=29)
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        attribution.occlusion(network, grey, 1, stride=0)
    with pytest.raises(ValueError, match="value must be a finite number, got 'grey'"):
        attribution.occlusion(network, grey, 1, value="grey")
    with pytest.raises(ValueError, match="noise must be a finite number from 0 on, got -1"):
        attribution.smooth_grad(network, grey, 1, noise=-1)
    with pytest.raises(ValueError, match=r"one with maps, .*'pool_2'.*, got 'dense'"):
        attribution.grad_cam(network, grey, 1, layer="dense")
