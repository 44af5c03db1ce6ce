"""A filter slides over an image: every product, every sum, every size."""

from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError, conv2d_shape
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
from lecturekit.widgets._shared import digits_model

Floats = npt.NDArray[np.float64]

_MOST_PIXELS = 64
_MOST_TAPS = 5
_MOST_FILTERS = 6
_MOST_CHANNELS = 3
_DEFAULT_FILTERS = np.array([lecture.FILTER_1, lecture.FILTER_2], float)
_DEFAULT_FILTERS = np.moveaxis(_DEFAULT_FILTERS, 0, -1)[:, :, np.newaxis, :]


class _Image(Numbers):
    """An image of numbers that are small enough to be read."""

    def validate(self, obj: Any, value: Any) -> Floats:
        array: Floats = super().validate(obj, value)
        owner = type(obj).__name__
        if max(array.shape[:2]) > _MOST_PIXELS or (*array.shape, 1)[2] > _MOST_CHANNELS:
            raise ShapeError(
                f"{owner}: image must be at most {_MOST_PIXELS}x{_MOST_PIXELS} pixels with "
                f"{_MOST_CHANNELS} channels, got shape {array.shape}"
            )
        return array


class _Filters(Numbers):
    """Filters as (kh, kw, C, F); one (kh, kw) filter, or several, are taken as such, too."""

    def validate(self, obj: Any, value: Any) -> Floats:
        array: Floats = super().validate(obj, value)
        if array.ndim == 2:
            array = array[np.newaxis]
        if array.ndim == 3:
            array = np.moveaxis(array, 0, -1)[:, :, np.newaxis, :]
        owner = type(obj).__name__
        most = (_MOST_TAPS, _MOST_TAPS, _MOST_CHANNELS, _MOST_FILTERS)
        if any(n > limit for n, limit in zip(array.shape, most, strict=True)):
            raise ShapeError(
                f"{owner}: filters must be at most {_MOST_TAPS}x{_MOST_TAPS}, {_MOST_CHANNELS} "
                f"channels deep and {_MOST_FILTERS} in number, got (kh, kw, C, F) = {array.shape}"
            )
        array.setflags(write=False)
        return array


class ConvolutionExplorer(PageWidget):
    """One filter slides over one image: the window, the products, their sum, the feature map.

    Parameters
    ----------
    image : (H, W) or (H, W, C) array, optional
        Your own image, at most 64x64 with 3 channels. By default the lecture's 6x6 image.
    filters : (kh, kw, C, F) array, (kh, kw) array or list of (kh, kw) arrays, optional
        At most 6 filters, at most 5x5. By default the lecture's filters 1 and 2.
    stride : int, 1 to 6
        How many pixels the window moves.
    padding : int, 0 to 4
        Rows and columns of zeros on each side.
    dilation : int, 1 to 4
        How many pixels lie from one weight to the next.
    position : int, at least 0
        Which output the window stands at, row by row.
    selected : int, at least 0
        Which filter is shown.
    source : "lecture", "color", "digit" or "custom", optional
        Which image is shown: the lecture's, the same in color, a handwritten digit or `image`.
    digit : int, 0 to 39, optional
        Which held-out digit. 0 to 9 are one of each kind.
    speed : int, 1 to 8
        Steps of the window in a second while it plays.
    covered : bool
        Whether a "?" stands in the map where the window has not been yet, to be predicted.

    Attributes
    ----------
    input : (H, W, C) array
        The image that is shown.
    output : (rows, columns, F) array
        The feature maps, computed by NumPy.

    Raises
    ------
    ShapeError
        If image and filters do not fit together, or the window is larger than the padded image.
    ValueError, TypeError
        For a value of the wrong kind, too small, too large or not finite.

    Notes
    -----
    To set `image` shows it (`source` becomes "custom"), and to set `digit` shows the digit. A new
    `source` with more channels gives each filter a slice for each: those of the next filters.

    References
    ----------
    Slides: *CNN - Convolution*, *Convolution, stride = 1*, *if stride = 2*, *Colorful image*.

    Examples
    --------
    >>> explorer = ConvolutionExplorer(stride=2)
    >>> explorer
    ConvolutionExplorer(source='lecture', stride=2, padding=0, dilation=1)
    >>> explorer.output[:, :, 0].astype(int)
    array([[ 3, -3],
           [-3,  0]])
    """

    _esm = joined_module("convolution_explorer.mjs")
    _css = joined_style("widget.css", "number_grid.css", "playing.css", "convolution_explorer.css")
    shown = ("source", "stride", "padding", "dilation")

    source = OneOf("lecture", "color", "digit", "custom")
    digit = Whole(5, maximum=39)
    image = _Image(lecture.IMAGE, ranks=(2, 3), what="(H, W) or (H, W, C)")
    filters = _Filters(
        _DEFAULT_FILTERS, ranks=(2, 3, 4), what="(kh, kw, C, F) or a list of equal (kh, kw)"
    )
    stride = Whole(1, minimum=1, maximum=6)
    padding = Whole(0, maximum=4)
    dilation = Whole(1, minimum=1, maximum=4)
    position = Whole(0)
    selected = Whole(0)
    speed = Whole(2, minimum=1, maximum=8)
    covered = traitlets.Bool(False).tag(sync=True)
    digits = traitlets.Any().tag(sync=True, **ipywidgets.widget_serialization)
    slides = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    _following = False

    def __init__(
        self, image: npt.ArrayLike | None = None, filters: Any = None, **values: Any
    ) -> None:
        if image is not None:
            values = {"source": _source_of(image), "image": image, **values}
        elif "digit" in values:
            values = {"source": "digit", **values}
        if filters is not None:
            values["filters"] = filters
        else:
            channels = {"color": 3, "custom": _depth(image)}.get(values.get("source", "lecture"), 1)
            values["filters"] = with_channels(_DEFAULT_FILTERS, channels)
        super().__init__(digits=digits_model(), slides=_slides(), **values)
        self._fit()
        self.start = {name: plain(getattr(self, name)) for name in _STATE}
        self._following = True

    @property
    def input(self) -> Floats:
        """The image that is shown, (H, W, C)."""
        return self._picture(self.source, self.digit, self.image)

    @property
    def output(self) -> Floats:
        """The feature maps, (rows, columns, F), computed by NumPy."""
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return ref.conv2d(self.input[np.newaxis], self.filters, **options)[0]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take a state from the page, where everything that changes comes together."""
        self._following = False
        try:
            super().set_state(sync_data)
        finally:
            self._following = True

    def _picture(self, source: str, digit: int, image: Floats) -> Floats:
        if source == "digit":
            pixels = np.frombuffer(self.digits.images, np.uint8).reshape(-1, 28, 28, 1)
            return pixels[digit] / np.float64(255)
        shown = image if source == "custom" else np.array(self.slides[source], float)
        return shown if shown.ndim == 3 else shown[:, :, np.newaxis]

    def _shape(self, **changed: Any) -> tuple[int, int]:
        """Rows and columns of the map if these values changed, or an error."""
        if "image" in changed and "source" not in changed:
            changed["source"] = "custom"
        state = {name: changed.get(name, getattr(self, name)) for name in _STATE}
        picture = self._picture(state["source"], state["digit"], state["image"])
        filters = state["filters"]
        if not changed.keys() & {"image", "filters"}:
            filters = with_channels(filters, picture.shape[2])
        options = {name: state[name] for name in ("stride", "padding", "dilation")}
        name = type(self).__name__
        try:
            shape = conv2d_shape((1, *picture.shape), filters.shape, **options, name=name)
        except ShapeError as error:
            raise RefusedError(
                _explained(error, picture.shape, filters.shape, options, name)
            ) from None
        return shape[1], shape[2]

    @traitlets.validate("source", "digit", "image", "filters", "stride", "padding", "dilation")
    def _fits_together(self, proposal: Any) -> Any:
        name = proposal.trait.name
        # Under a hold, what came with it counts; alone, a digit or an image is what will be shown.
        if name == "digit" and self._following:
            self._shape(digit=proposal.value, source="digit")
        elif name == "image" and not self._following:
            self._shape(image=proposal.value, source=self.source)
        else:
            self._shape(**{name: proposal.value})
        return proposal.value

    @traitlets.validate("position")
    def _is_a_position(self, proposal: Any) -> int:
        return position_within(self, proposal.value, self._shape(), "map")

    @traitlets.validate("selected")
    def _is_a_filter(self, proposal: Any) -> int:
        count = self.filters.shape[3]
        if proposal.value >= count:
            raise RefusedError(
                f"{type(self).__name__}: selected must be below {count}, the number of filters, "
                f"got {proposal.value}"
            )
        return int(proposal.value)

    @traitlets.observe("source", "digit", "image", "filters", "stride", "padding", "dilation")
    def _follow(self, change: Any) -> None:
        if self._following and change.name in ("image", "digit"):
            self.set_trait("source", "custom" if change.name == "image" else "digit")
        self._fit()

    def _fit(self) -> None:
        """Let filters have the image's channels, and position and filter exist."""
        channels = self.input.shape[2]
        if self.filters.shape[2] != channels:
            self.set_trait("filters", with_channels(self.filters, channels))
        rows, columns = self._shape()
        self.set_trait("position", min(int(self.position), rows * columns - 1))
        self.set_trait("selected", min(int(self.selected), self.filters.shape[3] - 1))


_STATE = (
    "source", "digit", "image", "filters", "stride", "padding", "dilation", "position",
    "selected", "speed", "covered",
)  # fmt: skip


def with_channels(filters: Floats, channels: int) -> Floats:
    """Give filters as many slices as an image has channels. The first ones stay.

    A slice that is missing is taken from the next filter: two filters 1, 2 become 1, 2, 1 and
    2, 1, 2 for a color image.
    """
    depth = filters.shape[2]
    slices = [
        filters[:, :, c] if c < depth else np.roll(filters[:, :, c % depth], -c, axis=-1)
        for c in range(channels)
    ]
    return np.stack(slices, axis=2)


def _source_of(image: Any) -> str:
    try:
        return "lecture" if np.array_equal(image, lecture.IMAGE) else "custom"
    except ValueError:  # rows of several lengths: the trait says so
        return "custom"


def _depth(image: Any) -> int:
    """How many channels an image has; 1 if it is none, about which the trait complains."""
    try:
        shape = np.shape(image)
    except ValueError:
        return 1
    return min(shape[2], _MOST_CHANNELS) or 1 if len(shape) == 3 else 1


def _slides() -> dict[str, Any]:
    """What the page offers: the lecture's image, the same in color, and filters."""
    color = np.zeros((6, 6, 3), int)
    color[:, :4, 0] = lecture.IMAGE[:, :4]
    color[:, 4:, 2] = lecture.IMAGE[:, 4:]
    filters = {
        "filter 1 of the lecture": lecture.FILTER_1.tolist(),
        "filter 2 of the lecture": lecture.FILTER_2.tolist(),
        "of the slide CNN in Keras": lecture.KERAS_SLIDE_FILTER.tolist(),
        "a vertical edge": [[-1, 0, 1]] * 3,
    }
    return {"lecture": lecture.IMAGE.tolist(), "color": color.tolist(), "filters": filters}


def _explained(
    error: ShapeError,
    image: tuple[int, ...],
    filters: tuple[int, ...],
    options: dict[str, int],
    name: str,
) -> str:
    """Say in the terms of the widget what does not fit."""
    if image[2] != filters[2]:
        return (
            f"{name}: the image has {image[2]} channels but the filters expect {filters[2]} "
            f"(image {image}, filters {filters})"
        )
    return (
        f"{name}: kernel {filters[0]}x{filters[1]} with dilation {options['dilation']} is larger "
        f"than the image {image[0]}x{image[1]} with padding {options['padding']} "
        f"({str(error).removeprefix(name + ': ')})"
    )
