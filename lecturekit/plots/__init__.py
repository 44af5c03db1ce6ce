"""Every figure of the book. Each function takes and returns a Matplotlib Axes.

One quantity has one appearance: pixels are grey, weights and maps before the activation run from
vermillion over white (exactly 0) to blue, maps after ReLU from white to blue, and the sliding
window is amber.

>>> from lecturekit import lecture, plots
>>> fig, (left, right) = plots.panels(2)
>>> ax = plots.image(lecture.IMAGE, ax=left, title="image")
>>> ax = plots.weights(lecture.FILTER_1, ax=right, title="filter 1", outline=plots.VERMILLION)
"""

from lecturekit.plots._style import AMBER, BLUE, VERMILLION, number, panels
from lecturekit.plots.ascent import ascent_sheet, ladder
from lecturekit.plots.cells import (
    contact_sheet,
    feature_map,
    frame,
    hatch,
    image,
    scale,
    weights,
)
from lecturekit.plots.charts import curves, probabilities
from lecturekit.plots.connections import as_neurons, connection_matrix, weight_key
from lecturekit.plots.convolution import (
    arithmetic,
    color_channels,
    convolution_step,
    filtered_digit,
)
from lecturekit.plots.digits import data_set
from lecturekit.plots.gradients import backward_pass, step_errors
from lecturekit.plots.network import architecture, parameter_counts
from lecturekit.plots.patterns import amounts, cnn_steps, pattern_search
from lecturekit.plots.pooling import block_lines, board, pooling_step
from lecturekit.plots.receptive import receptive_field, strongest_unit
from lecturekit.plots.repeated import dots, spread
from lecturekit.plots.training import learning_curves, pixel_vector, reading, stacked_parameters

__all__ = [
    "AMBER",
    "BLUE",
    "VERMILLION",
    "amounts",
    "architecture",
    "arithmetic",
    "as_neurons",
    "ascent_sheet",
    "backward_pass",
    "block_lines",
    "board",
    "cnn_steps",
    "color_channels",
    "connection_matrix",
    "contact_sheet",
    "convolution_step",
    "curves",
    "data_set",
    "dots",
    "feature_map",
    "filtered_digit",
    "frame",
    "hatch",
    "image",
    "ladder",
    "learning_curves",
    "number",
    "panels",
    "parameter_counts",
    "pattern_search",
    "pixel_vector",
    "pooling_step",
    "probabilities",
    "reading",
    "receptive_field",
    "scale",
    "spread",
    "stacked_parameters",
    "step_errors",
    "strongest_unit",
    "weight_key",
    "weights",
]
