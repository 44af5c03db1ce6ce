"""Checks for the exercises: they say what went wrong.

Each exercise is an object. Called with an answer it says what it found; asked, it gives a hint,
and then the solution.

>>> from lecturekit import check
>>> check.feature_map_numbers(36)
→ Not yet. 36 is the size of the image. At its border the window would stick out, and there is
no padding here. See chapter 2, “Padding: keep the size”.
>>> check.feature_map_numbers.hint()
Hint 1 of 2. In which columns of the image can the left edge of the window stand?

Nothing is written and nothing is sent: what you answer stays in your notebook. A function may take
five seconds for one call, then it is stopped; only inside a long call of NumPy, or in a loop that
catches every exception, it cannot be.
"""

from difflib import get_close_matches

from lecturekit.check import (
    cnn_in_keras,
    convolution,
    max_pooling,
    the_whole_cnn,
    what_does_cnn_learn,
    what_does_cnn_see,
    why_cnn,
)
from lecturekit.check.cnn_in_keras import (
    accuracy,
    channels_first_bug,
    cross_entropy,
    flat_numbers,
    flatten_order,
    keras_shapes,
    old_keras_call,
    shape_after_first_pooling,
)
from lecturekit.check.convolution import (
    color,
    color_channels,
    conv2d,
    convolution_matrix,
    corner_filter,
    correlate2d,
    feature_map_numbers,
    output_size,
    stride_and_padding,
)
from lecturekit.check.exercise import Exercise
from lecturekit.check.max_pooling import (
    board_network,
    lost_rows,
    max_pool2d,
    mean_pool2d,
    odd_row,
    overlapping_pool,
    pooling_weights,
)
from lecturekit.check.the_whole_cnn import (
    channels_after,
    cnn_forward,
    conv2d_backward,
    conv_parameters,
    max_pool2d_backward,
    relu_backward,
    second_filter_weights,
    tied_gradient,
    total_parameters,
)
from lecturekit.check.verdict import Verdict
from lecturekit.check.what_does_cnn_learn import (
    ascent_step,
    climb,
    degree_of_activation,
    l1_gradient,
    numbers_in_a_k,
    same_image_other_start,
    three_networks_agree,
    total_variation,
)
from lecturekit.check.what_does_cnn_see import (
    dream_objective,
    gram,
    occlusion,
    saliency,
    saliency_question,
    sanity_check,
)
from lecturekit.check.why_cnn import (
    best_place,
    filter_weights,
    same_pattern_where,
    subsample,
    weights_of_a_layer,
)

CHAPTERS = {
    1: why_cnn,
    2: convolution,
    3: max_pooling,
    4: the_whole_cnn,
    5: cnn_in_keras,
    6: what_does_cnn_learn,
    7: what_does_cnn_see,
}
"""The modules of the exercises, by chapter."""

EXERCISES: dict[str, Exercise] = {
    name: value
    for module in CHAPTERS.values()
    for name, value in vars(module).items()
    if isinstance(value, Exercise)
}
"""All exercises by name, in the order of the book."""


def __getattr__(name: str) -> Exercise:
    close = get_close_matches(name, EXERCISES, n=1)
    advice = f" Did you mean check.{close[0]}?" if close else ""
    raise AttributeError(f"there is no exercise {name!r}.{advice}")


__all__ = [
    "CHAPTERS",
    "EXERCISES",
    "Exercise",
    "Verdict",
    "accuracy",
    "ascent_step",
    "best_place",
    "board_network",
    "channels_after",
    "channels_first_bug",
    "climb",
    "cnn_forward",
    "color",
    "color_channels",
    "conv2d",
    "conv2d_backward",
    "conv_parameters",
    "convolution_matrix",
    "corner_filter",
    "correlate2d",
    "cross_entropy",
    "degree_of_activation",
    "dream_objective",
    "feature_map_numbers",
    "filter_weights",
    "flat_numbers",
    "flatten_order",
    "gram",
    "keras_shapes",
    "l1_gradient",
    "lost_rows",
    "max_pool2d",
    "max_pool2d_backward",
    "mean_pool2d",
    "numbers_in_a_k",
    "occlusion",
    "odd_row",
    "old_keras_call",
    "output_size",
    "overlapping_pool",
    "pooling_weights",
    "relu_backward",
    "saliency",
    "saliency_question",
    "same_image_other_start",
    "same_pattern_where",
    "sanity_check",
    "second_filter_weights",
    "shape_after_first_pooling",
    "stride_and_padding",
    "subsample",
    "three_networks_agree",
    "tied_gradient",
    "total_parameters",
    "total_variation",
    "weights_of_a_layer",
]
