"""What chapter 7 says, computed: saliency, occlusion, Deep Dream, Deep Style, and their limits.

Tried: saliency with its sign, a black box where the chapter says grey, a style that keeps the
positions, a dream that shrinks the numbers: each makes tests here fail.
"""

import numpy as np
import pytest

from lecturekit import attribution, data
from lecturekit import feature_visualization as fv
from lecturekit import reference as ref

RIGHT, WRONG = 214, 228
THIN, THICK = 206, 215


@pytest.fixture(scope="module")
def digits():
    digits = data.load_digits()
    return digits.x_test, digits.y_test


@pytest.fixture(scope="module")
def cnn():
    return data.load_cnn()


@pytest.fixture(scope="module")
def p(cnn, digits):
    return cnn.forward(digits[0])


@pytest.fixture(scope="module")
def saliency(cnn, digits, p):
    return attribution.saliency(cnn, digits[0], p.argmax(axis=1))


def logits(cnn, images):
    return cnn.activations(images, before_activation=True)["output"]


def correlation(maps, others):
    pairs = zip(maps, others, strict=True)
    return np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs])


def boxed(image, row, column, value=0.5):
    image = image.copy()
    image[row : row + 6, column : column + 6] = value
    return image


def test_the_network_misreads_four_digits_one_of_them_a_9(digits, p):
    answers = p.argmax(axis=1)
    assert np.flatnonzero(answers != digits[1]).tolist() == [179, WRONG, 341, 351]
    assert (digits[1][[RIGHT, WRONG]] == 9).all()
    assert (answers[RIGHT], answers[WRONG]) == (9, 3)
    assert (p[RIGHT, 9], p[WRONG, 3]) == (pytest.approx(1, abs=5e-3), pytest.approx(0.98, abs=5e-3))


def test_saliency_is_the_derivative_of_y_k_without_its_sign(cnn, digits, saliency):
    image = digits[0][RIGHT]
    for pixel in [(19, 12), (14, 10), (8, 15)]:
        both = np.stack([image, image])
        both[0][pixel] += 5e-4
        both[1][pixel] -= 5e-4
        up, down = logits(cnn, both)[:, 9]
        assert abs(up - down) / 1e-3 == pytest.approx(saliency[RIGHT][pixel], abs=0.02)


def test_more_than_half_of_the_saliency_lies_where_no_ink_is(digits, saliency):
    ink = digits[0][..., 0] > 0.2
    there = (saliency * ink).sum(axis=(1, 2)) / saliency.sum(axis=(1, 2))
    assert ink.mean() == pytest.approx(0.18, abs=5e-3)
    assert there.mean() == pytest.approx(0.41, abs=5e-3)


def test_pixels_of_large_saliency_move_the_answer_more_than_others(cnn, digits, p, saliency):
    x, answers = digits[0], p.argmax(axis=1)
    slopes = fv.gradient(cnn, fv.Output(answers.tolist()), x)
    places = np.argsort(-saliency.reshape(360, 784), axis=1)[:, :20]
    drawn = np.random.default_rng(0).integers(784, size=(360, 20))
    falls, inside, promised = [], [], []
    for chosen in (places, drawn):
        moved = x.reshape(360, 784).copy()
        for n in range(360):
            moved[n, chosen[n]] -= 0.1 * np.sign(slopes[n].ravel()[chosen[n]])
        for images, found in ((moved, falls), (np.clip(moved, 0, 1), inside)):
            fall = logits(cnn, x) - logits(cnn, images.reshape(x.shape))
            found.append(fall[range(360), answers])
        each = np.take_along_axis(np.abs(slopes).reshape(360, 784), chosen, 1)
        promised.append(0.1 * each.sum(axis=1).mean())
    assert falls[0].mean() == pytest.approx(2.0, abs=0.05)
    assert falls[1].mean() == pytest.approx(0.3, abs=0.05)
    assert (falls[0] > falls[1]).all()
    assert promised == [pytest.approx(2.0, abs=0.04), pytest.approx(0.3, abs=0.04)]
    assert [fall.mean() for fall in inside] == [
        pytest.approx(1.8, abs=0.05), pytest.approx(0.3, abs=0.05),
    ]  # fmt: skip


def test_with_random_weights_almost_nothing_of_the_map_is_left(cnn, digits, p):
    x, answers = digits[0][:60], p[:60].argmax(axis=1)
    untrained = ref.CNN(cnn.layers, cnn.input_shape, seed=0)
    second = np.argsort(p[:60])[:, -2]
    trained, again, random, other = (
        attribution.smooth_grad(network, x, labels, seed=seed)[:, 4:24, 4:24]
        for network, labels, seed in [
            (cnn, answers, 0), (cnn, answers, 1), (untrained, answers, 0), (cnn, second, 0),
        ]
    )  # fmt: skip
    assert correlation(trained, again) > 0.97
    assert correlation(trained, random) < 0.2
    assert 0.3 < correlation(trained, other) < 0.4
    for label in np.argsort(p[:60])[:, :8].T:
        other = attribution.smooth_grad(cnn, x, label)[:, 4:24, 4:24]
        assert correlation(trained, other) == pytest.approx(0.35, abs=0.07)


def test_a_grey_box_makes_an_8_of_the_9_and_a_9_of_the_3(cnn, digits):
    x = digits[0]
    hidden = attribution.occlusion(cnn, x[[RIGHT, WRONG]], [9, 9])
    assert np.unravel_index(hidden[0].argmin(), (23, 23)) == (16, 8)
    assert np.unravel_index(hidden[1].argmax(), (23, 23)) == (10, 5)
    q = cnn.forward(np.stack([boxed(x[RIGHT], 16, 8), boxed(x[WRONG], 10, 5)]))
    assert q.argmax(axis=1).tolist() == [8, 9]
    assert hidden[0].min() == pytest.approx(q[0, 9], rel=1e-4)
    assert hidden[1].max() == pytest.approx(q[1, 9], rel=1e-4)
    assert q[1, 9] == pytest.approx(0.92, abs=5e-3)
    assert cnn.forward(boxed(x[RIGHT], 2, 2)[None])[0, 9] > 0.995


def test_a_black_box_hides_other_places_and_more_digits(cnn, digits):
    x, y = digits[0][:100], digits[1][:100]
    hidden = {}
    for value in (0.5, 0.0):
        least = attribution.occlusion(cnn, x, y, stride=2, value=value).min(axis=(1, 2))
        hidden[value] = np.sum(least < 0.5)
    assert hidden == {0.5: 44, 0.0: 82}
    black = attribution.occlusion(cnn, digits[0][RIGHT], 9, value=0)[0]
    assert np.unravel_index(black.argmin(), (23, 23)) == (8, 15)


@pytest.mark.parametrize(
    ("method", "expected"), [("saliency", 0.54), ("smooth_grad", 0.59), ("grad_cam", 0.26)]
)
def test_how_far_each_map_agrees_with_the_box(method, expected, cnn, digits, p):
    x, answers = digits[0][:100], p[:100].argmax(axis=1)
    whole = logits(cnn, x)[range(100), answers]
    left = attribution.occlusion(cnn, x, answers, probability=False, stride=3)
    maps = getattr(attribution, method)(cnn, x, answers)
    sums = np.lib.stride_tricks.sliding_window_view(maps, (6, 6), (1, 2)).sum(axis=(-2, -1))
    found = correlation(sums[:, ::3, ::3], whole[:, None, None] - left)
    assert found == pytest.approx(expected, abs=0.03)


def test_the_gradient_of_half_the_squares_is_the_numbers():
    numbers = np.array([3.9, -1.5, 2.3])
    slope = ref.numerical_gradient(lambda a: np.sum(a**2) / 2, numbers)
    np.testing.assert_allclose(slope, numbers, atol=1e-6)
    assert (numbers + 0.1 * slope).round(2).tolist() == [4.29, -1.65, 2.53]


@pytest.mark.parametrize(("layer", "share"), [("conv2d_2", 0.80), ("dense", 0.90)])
def test_a_step_of_deep_dream_moves_most_numbers_away_from_0(layer, share, cnn, digits):
    start = digits[0][0]
    dream = fv.maximize(cnn, fv.Layer(layer), steps=1, step_size=0.001, start=start).images
    both = np.concatenate([start[None], dream])
    before, after = cnn.activations(both, before_activation=True)[layer]
    assert np.mean((after - before) * np.sign(before) > 0) == pytest.approx(share, abs=5e-3)


@pytest.mark.parametrize("layer", ["conv2d_2", "dense"])
def test_in_the_end_the_dream_of_a_0_is_read_as_a_3(layer, cnn, digits):
    climb = {"step_size": 0.001, "start": digits[0][0]}
    dream = fv.maximize(cnn, fv.Layer(layer), steps=200, **climb)
    assert (digits[1][0], cnn.forward(dream.images).argmax()) == (0, 3)
    assert dream.scores[-1, 0] > 3 * dream.scores[0, 0]


def thickness(images):
    image = images[..., 0]
    outline = sum(np.abs(np.diff(image, axis=a)).sum(axis=(-2, -1)) for a in (-2, -1))
    return 2 * image.sum(axis=(-2, -1)) / outline


def table(cnn, image):
    return cnn.activations(image[None], before_activation=True)["conv2d_2"].reshape(121, 50)


def distance(cnn, image, style):
    """The squared distance of the Gram matrices."""
    a, b = (table(cnn, each).T @ table(cnn, each) / 121 for each in (image, style))
    return np.sum((a - b) ** 2)


def restyled(cnn, content, style, weight):
    goal = fv.Style("conv2d_2", style) + weight * fv.Content("conv2d_2", content)
    climb = {"steps": 300, "step_size": 0.01, "optimizer": "adam"}
    return fv.maximize(cnn, goal, start=content, **climb).images[0]


def test_the_thinnest_0_and_the_thickest_digit(digits):
    widths = thickness(digits[0])
    assert widths.argmax() == THICK
    assert np.where(digits[1] == 0, widths, 9).argmin() == THIN
    assert (digits[1][THIN], digits[1][THICK]) == (0, 1)
    assert widths[[THIN, THICK]].round(1).tolist() == pytest.approx([1.8, 4.8])


def test_a_moved_digit_keeps_its_gram_matrix_and_not_its_content(cnn, digits):
    thin = digits[0][THIN]
    moved = np.roll(thin, 2, axis=0)
    before, after = table(cnn, thin), table(cnn, moved)
    assert np.sum((after - before) ** 2) / np.sum(before**2) == pytest.approx(0.91, abs=5e-3)
    size = np.sum((before.T @ before / 121) ** 2)
    assert distance(cnn, moved, thin) / size == pytest.approx(0.03, abs=5e-3)


@pytest.mark.parametrize(
    ("weight", "fallen", "alike", "width"),
    [(0, 0.99, 0.72, 3), (0.03, 0.96, 0.87, 3), (0.1, 0.87, 0.92, 3), (0.3, 0.58, 0.97, 2)],
)
def test_the_0_takes_on_the_pen_of_the_1_and_stays_a_0(weight, fallen, alike, width, cnn, digits):
    thin, thick = digits[0][[THIN, THICK]]
    image = restyled(cnn, thin, thick, weight)
    fall = 1 - distance(cnn, image, thick) / distance(cnn, thin, thick)
    assert fall == pytest.approx(fallen, abs=0.01)
    likeness = np.corrcoef(table(cnn, image).ravel(), table(cnn, thin).ravel())[0, 1]
    assert likeness == pytest.approx(alike, abs=0.01)
    assert round(float(thickness(image))) == width
    assert cnn.forward(image[None]).argmax() == 0


def test_the_other_way_round_the_distance_falls_and_the_stroke_turns_grey(cnn, digits):
    thin, thick = digits[0][[THIN, THICK]]
    image = restyled(cnn, thick, thin, 0.03)
    fall = 1 - distance(cnn, image, thin) / distance(cnn, thick, thin)
    assert fall == pytest.approx(0.95, abs=0.01)
    stroke = thick[..., 0] > 0.9
    assert image[stroke].mean() < 0.7
    assert np.mean(image[stroke] > 0.2) > 0.9, "the whole stroke is still there, in grey"


@pytest.mark.parametrize("content", [233, 283])
def test_two_more_thin_zeros_become_thick(content, cnn, digits):
    x = digits[0]
    image = restyled(cnn, x[content], x[THICK], 0.03)
    assert thickness(image) > 1.5 * thickness(x[content])
    assert cnn.forward(image[None]).argmax() == 0
