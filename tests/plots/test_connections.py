"""The fully connected layer in disguise shows what `reference.connections` computes."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lecturekit import lecture, plots
from lecturekit import reference as ref
from lecturekit.plots.connections import WEIGHT_COLORS


def test_the_matrix_shows_shared_weights_in_one_color():
    table = ref.connections((6, 6), (3, 3))
    picture = plots.connection_matrix(table, shared=True).images[0]
    colors = picture.cmap(picture.norm(picture.get_array()))
    for weight, color in enumerate(WEIGHT_COLORS, start=1):
        assert {to_hex(c) for c in colors[table == weight]} == {color.lower()}
    assert {to_hex(c) for c in colors[table == 0]} == {"#ffffff"}


def test_each_neuron_has_nine_lines():
    ax = plots.as_neurons(lecture.IMAGE, lecture.FILTER_1)
    assert len(ax.lines) == 18
    labels = {t.get_text() for t in ax.texts}
    seen = set(lecture.CONNECTED_PIXELS[3]) | set(lecture.CONNECTED_PIXELS[-1])
    assert {f"pixel {n}" for n in seen} | {"output 1", "output 2"} <= labels


@pytest.mark.parametrize("outputs", [[99], [0, 16], [-1]])
def test_a_neuron_that_is_not_there(outputs):
    message = f"as_neurons: output must be from 0 to 15, got {outputs[-1]}"
    with pytest.raises(ValueError, match=message):
        plots.as_neurons(lecture.IMAGE, lecture.FILTER_1, outputs=outputs)


def test_more_shared_weights_than_colors():
    table = ref.connections((6, 6), (4, 4))
    with pytest.raises(ValueError, match=r"connection_matrix: expected at most 9 .* got 16"):
        plots.connection_matrix(table, shared=True)
    with pytest.raises(ValueError, match=r"as_neurons: expected at most 9 weights, got \(4, 4\)"):
        plots.as_neurons(lecture.IMAGE, np.ones((4, 4)))
    assert plots.connection_matrix(table).images


@pytest.mark.parametrize("shape", [(36,), (0, 16)])
def test_what_is_no_table_of_connections(shape):
    with pytest.raises(ValueError, match=r"connection_matrix: expected \(pixels, outputs\), got"):
        plots.connection_matrix(np.zeros(shape))
