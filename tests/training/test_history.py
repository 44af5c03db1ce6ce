"""A history shows itself: as text, as a table in a notebook, and as curves."""

import re

import numpy as np
import pytest
from training.short import HELD_OUT, small_model, train

from lecturekit import plots
from lecturekit.training import History


def made(epochs, held_out=False, **settings):
    curve = np.linspace(1, 0.1, epochs)
    more = {"held_out_loss": 2 * curve, "held_out_accuracy": curve / 2} if held_out else {}
    return History(loss=curve, accuracy=1 - curve, step_loss=curve, settings=settings, **more)


def test_as_text():
    assert str(made(2, held_out=True)).splitlines() == [
        "epoch    loss  accuracy  held-out loss  held-out accuracy",
        "    1  1.0000     0.00%         2.0000             50.00%",
        "    2  0.1000    90.00%         0.2000              5.00%",
    ]
    assert str(made(0, interrupted="after batch 1 of 4 in epoch 1")).splitlines() == [
        "epoch  loss  accuracy",
        "interrupted after batch 1 of 4 in epoch 1",
    ]


def test_as_a_table_of_a_notebook_with_heads_for_rows_and_columns():
    html = made(3)._repr_html_()
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["epoch", "loss", "accuracy"]
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == ["1", "2", "3"]
    assert html.count("<td>") == 6


@pytest.mark.parametrize("epochs", [1, 12, 13, 30, 1000])
def test_of_many_epochs_some_are_shown(epochs):
    shown = [int(line.split()[0]) for line in str(made(epochs)).splitlines()[1:]]
    assert len(shown) == min(epochs, 12)
    assert shown == sorted(set(shown))
    assert (shown[0], shown[-1]) == (1, epochs)


def test_the_table_of_a_training_is_its_history():
    history = train(small_model(), held_out=HELD_OUT)
    last = str(history).splitlines()[-1].split()
    assert last[0] == "2"
    assert float(last[1]) == pytest.approx(history.loss[1], abs=1e-4)
    assert last[4] == f"{history.held_out_accuracy[1]:.2%}"


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_as_curves(measure):
    ax = plots.learning_curves(made(3, held_out=True), measure=measure)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    expected = [getattr(made(3, held_out=True), f"{part}{measure}") for part in ("", "held_out_")]
    assert [line.get_ydata().tolist() for line in lines] == [e.tolist() for e in expected]
    assert lines[0].get_xdata().tolist() == [1, 2, 3]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", measure)
    assert sorted(text.get_text() for text in ax.texts) == ["held out", "training"]


def test_what_is_no_curve():
    with pytest.raises(ValueError, match='measure must be "loss" or "accuracy", got \'error\''):
        plots.learning_curves(made(3), measure="error")
    with pytest.raises(ValueError, match="the history has no finished epoch"):
        plots.learning_curves(made(0))
