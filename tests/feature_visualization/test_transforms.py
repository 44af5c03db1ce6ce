"""Random changes: exact where they must be, linear, and their backward is the adjoint.

Tried: shares of two corners swapped, a backward that adds each pixel once only, no clipping at the
edge: each fails here.
"""

import numpy as np
import pytest

from lecturekit import feature_visualization as fv
from lecturekit.feature_visualization.transforms import draw

SHAPE = (7, 10, 2)


def drawn(transforms, seed=0, shape=SHAPE):
    return draw(transforms, np.random.default_rng(seed), shape)


def images(rng, count=3, shape=SHAPE):
    return rng.random((count, *shape)).astype("f4")


def test_nothing_to_do_changes_nothing(rng):
    x = images(rng)
    np.testing.assert_array_equal(drawn([]).forward(x), x)
    for none in (fv.Jitter(0), fv.Rotate(0), fv.Scale(1), fv.Blur(0)):
        np.testing.assert_allclose(drawn([none]).forward(x), x, atol=1e-6)


def test_jitter_moves_by_whole_pixels_and_the_edge_goes_on(rng):
    x = images(rng)
    padded = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")
    moves = {(i, j): padded[:, i : i + 7, j : j + 10] for i in range(5) for j in range(5)}
    seen = set()
    for seed in range(200):
        y = drawn([fv.Jitter(2)], seed).forward(x)
        seen |= {move for move, expected in moves.items() if np.array_equal(y, expected)}
    assert len(seen) == 25


def test_a_quarter_turn_is_numpys_rot90(rng, monkeypatch):
    x = images(rng, shape=(6, 6, 1))
    monkeypatch.setattr(
        fv.Rotate, "places", lambda *_: np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    )
    y = drawn([fv.Rotate(90)], shape=(6, 6, 1)).forward(x)
    np.testing.assert_allclose(y, np.rot90(x, -1, axes=(1, 2)), atol=1e-6)


def test_scale_keeps_the_middle_and_spreads_a_slope():
    slope = np.arange(9, dtype="f4")[None, None, :, None] * np.ones((1, 9, 1, 1), "f4")
    for seed in range(20):
        row = drawn([fv.Scale(1.5)], seed, (9, 9, 1)).forward(slope)[0, 4, :, 0]
        assert row[4] == pytest.approx(4, abs=1e-5)
        steps = np.diff(row)[3:5]
        assert 1 / 1.5 - 1e-5 <= steps[0] <= 1.5 + 1e-5
        assert steps[1] == pytest.approx(steps[0], abs=1e-5)


def test_blur_keeps_grey_grey_and_spreads_a_point():
    change = drawn([fv.Blur(2)], 1, (9, 9, 1))
    grey = np.full((1, 9, 9, 1), 0.3, "f4")
    np.testing.assert_allclose(change.forward(grey), grey, atol=1e-6)
    point = np.zeros((1, 9, 9, 1), "f4")
    point[0, 4, 4] = 1
    spread = change.forward(point)[0, :, :, 0]
    assert spread.argmax() == 40
    assert 0 < spread[4, 3] < spread[4, 4] < 1
    np.testing.assert_allclose(spread, spread.T, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_backward_is_the_adjoint(rng, seed):
    change = drawn([fv.Jitter(2), fv.Rotate(30), fv.Scale(1.4), fv.Blur(1)], seed)
    x, d_y = images(rng), images(rng)
    assert np.vdot(change.forward(x), d_y) == pytest.approx(
        np.vdot(x, change.backward(d_y)), rel=1e-4
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fv.Jitter(-1), ValueError, "Jitter: pixels must be at least 0, got -1"),
        (lambda: fv.Jitter(1.5), TypeError, "Jitter: pixels must be an integer"),
        (lambda: fv.Rotate(181), ValueError, "Rotate: degrees must lie between 0 and 180, got 181"),
        (lambda: fv.Scale(0.5), ValueError, "Scale: factor must lie between 1 and 4, got 0.5"),
        (lambda: fv.Blur(float("nan")), ValueError, "Blur: sigma must lie between 0 and 10"),
        (lambda: fv.Blur("2"), TypeError, "Blur: sigma must be a number, got '2'"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
