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

from lecturekit.check import (
    cnn_in_keras,
    convolution,
    max_pooling,
    the_whole_cnn,
    what_does_cnn_learn,
    what_does_cnn_see,
    why_cnn,
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
from lecturekit.check.verdict import Verdict

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

__all__ = [
    "CHAPTERS",
    "EXERCISES",
    "Exercise",
    "Verdict",
    "color",
    "color_channels",
    "conv2d",
    "convolution_matrix",
    "corner_filter",
    "correlate2d",
    "feature_map_numbers",
    "output_size",
    "stride_and_padding",
]
