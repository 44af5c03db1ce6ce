"""A convolution drawn as a fully connected layer: fewer lines, then shared weights."""

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from lecturekit import lecture
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError, output_size
from lecturekit.widgets._page import (
    Numbers,
    OneOf,
    PageWidget,
    RefusedError,
    Whole,
    joined_module,
    joined_style,
)

Floats = npt.NDArray[np.float64]

_LONGEST = 8
_MOST_WEIGHTS = 9


class _Drawable(Numbers):
    """A matrix that is small enough to be drawn number by number."""

    def validate(self, obj: Any, value: Any) -> Floats:
        array: Floats = super().validate(obj, value)
        name = f"{type(obj).__name__}: {self.name}"
        if self.name == "image" and max(array.shape) > _LONGEST:
            raise ShapeError(
                f"{name} must be at most {_LONGEST}x{_LONGEST}, or its lines cannot be told "
                f"apart, got {array.shape[0]}x{array.shape[1]}"
            )
        if self.name == "kernel" and array.size > _MOST_WEIGHTS:
            raise ShapeError(
                f"{name} must have at most {_MOST_WEIGHTS} weights, or their colors cannot be "
                f"told apart, got {array.shape[0]}x{array.shape[1]}"
            )
        return array


class FullyConnectedView(PageWidget):
    """The same convolution as inputs, neurons and lines: dense, then sparse, then shared.

    Parameters
    ----------
    image : (H, W) array
        At most 8x8. By default the lecture's image: 36 inputs.
    kernel : (kh, kw) array
        At most 9 weights. By default filter 1: 16 neurons.
    stage : "dense", "sparse" or "shared"
        Every pixel is joined to every neuron; or only those under the filter; or these lines carry
        the weights of the filter, the same ones for every neuron.
    neuron : int, at least 0
        Which neuron is looked at, row by row. The page counts neurons and pixels from 1, as the
        slide does.
    weight : int, at least 0
        Which shared weight is looked at, counted from 1; 0 for none.

    Attributes
    ----------
    weights : dict of str to int
        How many weights there are in each stage.
    inputs : array of int
        The pixels that the neuron is joined to, counted from 1.
    matrix : (pixels, neurons) array
        The weights of the stage "shared" as those of a fully connected layer, most of them 0.
    output : (rows, columns) array
        What the neurons say in the stage "shared": the feature map.

    Raises
    ------
    ShapeError
        If image or kernel is not 2-D or too large to be drawn, the kernel is larger than the
        image, or there is no such neuron or weight.
    ValueError, TypeError
        For a value of the wrong kind, negative, too large or not finite.

    Notes
    -----
    Before they are shared, weights have no values here: a network might choose any.

    References
    ----------
    Slide: *Convolution v.s. Fully Connected*.

    Examples
    --------
    >>> view = FullyConnectedView(stage="shared")
    >>> view
    FullyConnectedView(stage='shared', neuron=0)
    >>> view.weights
    {'dense': 576, 'sparse': 144, 'shared': 9}
    >>> view.inputs
    array([ 1,  2,  3,  7,  8,  9, 13, 14, 15])
    """

    _esm = joined_module("fully_connected_view.mjs")
    _css = joined_style("widget.css", "fully_connected_view.css")
    shown = ("stage", "neuron")

    image = _Drawable(lecture.IMAGE, ranks=(2,), what="(H, W)")
    kernel = _Drawable(lecture.FILTER_1, ranks=(2,), what="(kh, kw)")
    stage = OneOf("dense", "sparse", "shared")
    neuron = Whole(0)
    weight = Whole(0)
    start = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        image: npt.ArrayLike = lecture.IMAGE,
        kernel: npt.ArrayLike = lecture.FILTER_1,
        **values: Any,
    ) -> None:
        super().__init__(image=image, kernel=kernel, **values)
        self.start = {name: getattr(self, name) for name in ("stage", "neuron", "weight")}

    @property
    def weights(self) -> dict[str, int]:
        """How many weights there are in each stage."""
        table = self._table
        return {
            "dense": table.size,
            "sparse": int(np.count_nonzero(table)),
            "shared": int(table.max()),
        }

    @property
    def inputs(self) -> npt.NDArray[np.int64]:
        """The pixels that the neuron is joined to, counted from 1."""
        joined = self._table[:, self.neuron] > 0
        return np.flatnonzero(joined | (self.stage == "dense")) + 1

    @property
    def matrix(self) -> Floats:
        """The convolution as the weights of a fully connected layer, (pixels, neurons)."""
        return ref.convolution_matrix(self.kernel, self.image.shape)

    @property
    def output(self) -> Floats:
        """The feature map: what the neurons say when they share the weights of the filter."""
        return ref.correlate2d(self.image, self.kernel)

    @property
    def _table(self) -> npt.NDArray[np.int64]:
        return ref.connections(self.image.shape, self.kernel.shape)

    def _neurons(self, **changed: Any) -> int:
        """How many neurons there are if these values changed, or an error."""
        image, kernel = changed.get("image", self.image), changed.get("kernel", self.kernel)
        if any(k > n for n, k in zip(image.shape, kernel.shape, strict=True)):
            raise RefusedError(
                f"{type(self).__name__}: kernel {kernel.shape[0]}x{kernel.shape[1]} is larger than "
                f"the image {image.shape[0]}x{image.shape[1]}"
            )
        rows, columns = map(output_size, image.shape, kernel.shape)
        return rows * columns

    @traitlets.validate("image", "kernel")
    def _fits_together(self, proposal: Any) -> Any:
        self._neurons(**{proposal.trait.name: proposal.value})
        return proposal.value

    @traitlets.validate("neuron")
    def _is_a_neuron(self, proposal: Any) -> int:
        count = self._neurons()
        if proposal.value >= count:
            raise RefusedError(
                f"{type(self).__name__}: neuron must be below {count}, the number of neurons, "
                f"got {proposal.value}"
            )
        return int(proposal.value)

    @traitlets.validate("weight")
    def _is_a_weight(self, proposal: Any) -> int:
        if proposal.value > self.kernel.size:
            raise RefusedError(
                f"{type(self).__name__}: weight must be at most {self.kernel.size}, the number of "
                f"shared weights, or 0 for none, got {proposal.value}"
            )
        return int(proposal.value)

    @traitlets.observe("image", "kernel")
    def _stay_inside(self, _: Any) -> None:
        self.set_trait("neuron", min(int(self.neuron), self._neurons() - 1))
        if self.weight > self.kernel.size:
            self.set_trait("weight", 0)
