"""The sheet shows every image, its whole curve, and the numbers at both ends."""

import numpy as np
import pytest

from lecturekit import plots

SCORES = np.array([[-3.4, 5.0], [1.0, 5.0], [12.6, 5.0]])


def test_each_image_has_its_name_and_the_two_ends_of_its_curve():
    ax = plots.ascent_sheet(np.zeros((2, 4, 4)), SCORES, names=["a", "b"])
    assert [t.get_text() for t in ax.texts] == ["a", "\N{MINUS SIGN}3 → 13", "b", "5 → 5"]


def test_a_curve_rises_on_the_page_where_the_score_rises():
    ax = plots.ascent_sheet(np.zeros((2, 4, 4)), SCORES)
    rising, flat = (line.get_ydata() for line in ax.lines)
    assert ax.yaxis_inverted()
    assert (np.diff(rising) < 0).all()
    np.testing.assert_allclose(np.diff(rising) / np.diff(SCORES[:, 0]), np.diff(rising)[0] / 4.4)
    assert np.ptp(flat) == 0


def test_images_stand_in_rows_in_their_order_and_keep_the_scale_of_pixels():
    tiles = np.arange(5)[:, None, None, None] / 10 * np.ones((4, 4, 1))
    ax = plots.ascent_sheet(tiles, np.zeros((1, 5)), columns=3)
    assert [picture.get_array().max() for picture in ax.images] == pytest.approx(np.arange(5) / 10)
    assert {(picture.norm.vmin, picture.norm.vmax) for picture in ax.images} == {(0, 1)}
    lefts = [round(picture.get_extent()[0], 6) for picture in ax.images]
    tops = [round(picture.get_extent()[3], 6) for picture in ax.images]
    assert lefts[:2] == lefts[3:]
    assert len(set(lefts)) == 3
    assert tops[0] == tops[2] < tops[3] == tops[4]


def test_it_draws_on_the_axes_it_is_given():
    _, (given,) = plots.panels(1)
    assert plots.ascent_sheet(np.zeros((1, 4, 4)), [[0.0]], ax=given, title="all") is given
    assert given.get_title(loc="left") == "all"


@pytest.mark.parametrize(
    ("images", "scores", "names", "message"),
    [
        (np.zeros((0, 4, 4)), np.zeros((1, 0)), None, r"images \(n, H, W\), got \(0, 4, 4\)"),
        (np.zeros((4, 4)), np.zeros((1, 4)), None, r"images \(n, H, W\), got \(4, 4\)"),
        (np.zeros((2, 4, 4)), np.zeros((3, 1)), None, r"scores \(steps \+ 1, 2\), got \(3, 1\)"),
        (np.zeros((2, 4, 4)), np.zeros(2), None, r"scores \(steps \+ 1, 2\), got \(2,\)"),
        (np.zeros((2, 4, 4)), np.zeros((3, 2)), ["a"], "2 images but 1 names"),
    ],
)
def test_what_does_not_belong_together(images, scores, names, message):
    with pytest.raises(ValueError, match=f"ascent_sheet: .*{message}"):
        plots.ascent_sheet(images, scores, names=names)


@pytest.mark.parametrize("columns", [0, -1])
def test_rows_without_images(columns):
    with pytest.raises(ValueError, match=f"ascent_sheet: columns .* at least 1, got {columns}"):
        plots.ascent_sheet(np.zeros((2, 4, 4)), SCORES, columns=columns)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_without_a_height(bad):
    with pytest.raises(ValueError, match="ascent_sheet: expected finite scores, got"):
        plots.ascent_sheet(np.zeros((2, 4, 4)), [[0, 1], [2, bad]])


# --- rungs ------------------------------------------------------------------------------------


def test_each_rung_has_its_name_its_note_and_its_images(rng):
    images = rng.random((3, 4, 5, 5, 1))
    ax = plots.ladder(images, ["a", "b", "c"], ["1", "2", "3"])
    assert [text.get_text() for text in ax.texts] == ["a", "1", "b", "2", "c", "3"]
    shown = [np.asarray(image.get_array()) for image in ax.images]
    np.testing.assert_array_equal(shown, images.reshape(12, 5, 5))
    places = [tuple(image.get_extent()) for image in ax.images]
    assert len(set(places)) == 12
    assert [text.get_text() for text in plots.ladder(images, ["a", "b", "c"]).texts][1::2] == [
        ""
    ] * 3


@pytest.mark.parametrize(
    ("images", "names", "notes", "message"),
    [
        (np.zeros((2, 5, 5)), ["a", "b"], None, r"\(rows, n, H, W\), got \(2, 5, 5\)"),
        (np.zeros((0, 3, 5, 5)), [], None, "got"),
        (np.zeros((2, 3, 5, 5)), ["a"], None, "2 rows, 1 names and 2 notes"),
        (np.zeros((2, 3, 5, 5)), ["a", "b"], ["c"], "2 rows, 2 names and 1 notes"),
    ],
)
def test_rungs_that_do_not_belong_together_are_refused(images, names, notes, message):
    with pytest.raises(ValueError, match=f"ladder: .*{message}"):
        plots.ladder(images, names, notes)
