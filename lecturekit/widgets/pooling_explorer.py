"""A pooling window moves over a feature map: what it keeps, and what it never meets."""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from lecturekit import data, lecture
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError, pool2d_shape
from lecturekit.widgets._page import (
    Numbers,
    OneOf,
    PageWidget,
    RefusedError,
    Whole,
    joined_module,
    joined_style,
    plain,
    position_within,
)

Floats = npt.NDArray[np.float64]

_LONGEST = 12
_STATE = ("feature_map", "size", "stride", "kind", "position", "speed")


class _Map(Numbers):
    """A feature map that is small enough to be read."""

    def validate(self, obj: Any, value: Any) -> Floats:
        array: Floats = super().validate(obj, value)
        name = f"{type(obj).__name__}: {self.name}"
        if max(array.shape) > _LONGEST:
            raise ShapeError(
                f"{name} must be at most {_LONGEST}x{_LONGEST}, got shape {array.shape}"
            )
        return array


class PoolingExplorer(PageWidget):
    """A window moves over a feature map and keeps the largest number, or the mean.

    Parameters
    ----------
    feature_map : (H, W) array
        At most 12x12. By default feature map 1 of the slides.
    size : int, 1 to 12
        Height and width of the window.
    stride : int, 1 to 12, optional
        How far the window moves; by default its own size, so windows do not overlap.
    kind : "max" or "mean"
    position : int, at least 0
        Which output the window stands at, row by row.
    speed : int, 1 to 8, optional
        Steps of the window in a second while it plays.

    Attributes
    ----------
    output : (rows, columns) array
        The pooled map, computed by NumPy.
    winner : (int, int) or None
        Row and column of the number that the window keeps, the first of several that are equal.
        None for the mean, which keeps no number.

    Raises
    ------
    ShapeError
        If the window is larger than the map, the map is not 2-D or larger than 12x12, or there is
        no such position.
    ValueError, TypeError
        For a value of the wrong kind, too small, too large or not finite.

    References
    ----------
    Slide: *CNN - Max Pooling*.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> explorer = PoolingExplorer(lecture.FEATURE_MAP_1)
    >>> explorer
    PoolingExplorer(size=2, stride=2, kind='max')
    >>> explorer.output.astype(int)
    array([[3, 0],
           [3, 1]])
    >>> explorer.winner
    (0, 0)
    """

    _esm = joined_module("pooling_explorer.mjs")
    _css = joined_style("widget.css", "number_grid.css", "playing.css", "pooling_explorer.css")
    shown = ("size", "stride", "kind")

    feature_map = _Map(lecture.FEATURE_MAP_1, ranks=(2,), what="(H, W)")
    size = Whole(2, minimum=1, maximum=_LONGEST)
    stride = Whole(2, minimum=1, maximum=_LONGEST)
    kind = OneOf("max", "mean")
    position = Whole(0)
    speed = Whole(2, minimum=1, maximum=8)
    examples = traitlets.List().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        feature_map: npt.ArrayLike = lecture.FEATURE_MAP_1,
        *,
        size: int = 2,
        stride: int | None = None,
        **values: Any,
    ) -> None:
        stride = size if stride is None else stride
        super().__init__(
            feature_map=feature_map, size=size, stride=stride, examples=_examples(), **values
        )
        self.start = {name: plain(getattr(self, name)) for name in _STATE}

    @property
    def output(self) -> Floats:
        """The pooled map, (rows, columns), computed by NumPy."""
        pool = ref.max_pool2d if self.kind == "max" else ref.avg_pool2d
        x = np.asarray(self.feature_map)[np.newaxis, :, :, np.newaxis]
        return pool(x, self.size, stride=self.stride)[0, :, :, 0]

    @property
    def winner(self) -> tuple[int, int] | None:
        """Row and column of the number that the window keeps, or None for the mean."""
        if self.kind == "mean":
            return None
        top, left = (n * self.stride for n in divmod(int(self.position), self.output.shape[1]))
        window = self.feature_map[top : top + self.size, left : left + self.size]
        row, column = divmod(int(window.argmax()), self.size)
        return top + row, left + column

    def _shape(self, **changed: Any) -> tuple[int, int]:
        """Rows and columns of the output if these values changed, or an error."""
        state = {name: changed.get(name, getattr(self, name)) for name in _STATE}
        height, width = state["feature_map"].shape
        size = state["size"]
        if size > min(height, width):
            raise RefusedError(
                f"{type(self).__name__}: a window of {size}x{size} is larger than the feature map, "
                f"{height}x{width}"
            )
        shape = pool2d_shape((1, height, width, 1), size, stride=state["stride"])
        return shape[1], shape[2]

    @traitlets.validate("feature_map", "size", "stride")
    def _fits_together(self, proposal: Any) -> Any:
        self._shape(**{proposal.trait.name: proposal.value})
        return proposal.value

    @traitlets.validate("position")
    def _is_a_position(self, proposal: Any) -> int:
        return position_within(self, proposal.value, self._shape(), "output")

    @traitlets.observe("feature_map", "size", "stride")
    def _stay_inside(self, _: Any) -> None:
        rows, columns = self._shape()
        self.set_trait("position", min(int(self.position), rows * columns - 1))


@functools.cache
def _examples() -> list[tuple[str, list[list[int]]]]:
    """What the page offers: the maps of the slides, and two with sides that do not divide by 2."""
    padded = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)
    return [
        ("map 1 of the slides, 4\N{MULTIPLICATION SIGN}4", lecture.FEATURE_MAP_1.tolist()),
        ("map 2 of the slides, 4\N{MULTIPLICATION SIGN}4", lecture.FEATURE_MAP_2.tolist()),
        ("filter 1, padding 1, 6\N{MULTIPLICATION SIGN}6", padded.tolist()),
        ("a convolved digit, 11\N{MULTIPLICATION SIGN}11", _eleven().tolist()),
    ]


def _eleven() -> npt.NDArray[np.int64]:
    """Filter 2, pooling and filter 2 again on a handwritten 1, in tenths: whole numbers fit."""
    line = lecture.FILTER_2.reshape(3, 3, 1, 1) / 3
    digit = data.load_digits().x_train[37:38].astype(float)
    y = ref.conv2d(ref.max_pool2d(ref.conv2d(digit, line)), line)
    return np.rint(10 * y[0, :, :, 0]).astype(np.int64)
