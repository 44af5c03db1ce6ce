"""Small random changes to training images, so that a network learns what does not matter.

An augmentation is anything that is called with ``(images, rng)`` and returns images of the same
shape. Everything random comes from `rng`, so the same generator gives the same images.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import ShapeError, as_integer

__all__ = ["RandomAffine", "RandomStroke", "move"]

Images = npt.NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class RandomAffine:
    """Move, turn, scale, slant and stretch each image by its own random amount, about its middle.

    Every amount is drawn evenly between minus and plus the number given. New pixels come by
    bilinear interpolation; what comes from outside of the image is 0, black.

    Parameters
    ----------
    shift : float
        Pixels, down and to the right independently.
    rotate : float
        Degrees.
    scale : float, below 1
        A fraction: 0.1 makes a digit up to 10 % smaller or larger.
    shear : float
        How far a stroke slants, in pixels to the side for each pixel up.
    stretch : float, below 1
        A fraction: 0.1 makes a digit up to 10 % narrower or wider, its height unchanged.

    Examples
    --------
    >>> image = np.zeros((1, 6, 6, 1), dtype=np.float32)
    >>> image[0, 2, 3] = 1
    >>> still = RandomAffine(shift=0, rotate=0, scale=0)
    >>> np.array_equal(still(image, np.random.default_rng(0)), image)
    True
    """

    shift: float = 2
    rotate: float = 10
    scale: float = 0.1
    shear: float = 0
    stretch: float = 0

    def __post_init__(self) -> None:
        for name in ("shift", "rotate", "scale", "shear", "stretch"):
            _check_amount(getattr(self, name), f"RandomAffine: {name}")
        for name in ("scale", "stretch"):
            if getattr(self, name) >= 1:
                raise ValueError(f"RandomAffine: {name} must be below 1, got {getattr(self, name)}")

    def __call__(self, images: Images, rng: np.random.Generator) -> Images:
        """Return changed copies of images (N, H, W, C)."""
        images = _check_images(images, "RandomAffine")
        matrices, shifts = self._draw(len(images), rng)
        return transform(images, matrices, shifts)

    def _draw(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Matrices (N, 2, 2) and shifts (N, 2): where each new pixel looks in the old image."""
        draw = functools.partial(rng.uniform, size=count)
        angle = np.deg2rad(draw(-self.rotate, self.rotate))
        scale = 1 + draw(-self.scale, self.scale)
        shear, stretch = draw(-self.shear, self.shear), 1 + draw(-self.stretch, self.stretch)
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        rows = np.stack([cos, -sin / stretch], axis=-1)
        columns = np.stack([sin + shear * cos, (cos - shear * sin) / stretch], axis=-1)
        return np.stack([rows, columns], axis=1), rng.uniform(-self.shift, self.shift, (count, 2))


@dataclass(frozen=True, kw_only=True)
class RandomStroke:
    """Make the strokes of each image thinner or thicker by its own random amount.

    The image is mixed with the largest (thicker) or the smallest (thinner) value of each pixel's
    3x3 neighborhood. Half of the images become thicker, half thinner.

    Parameters
    ----------
    amount : float in [0, 1]
        The largest share of the neighborhood's value in the mixture; 1 moves an edge by one pixel.
    """

    amount: float = 0.5

    def __post_init__(self) -> None:
        _check_amount(self.amount, "RandomStroke: amount")
        if self.amount > 1:
            raise ValueError(f"RandomStroke: amount must be at most 1, got {self.amount}")

    def __call__(self, images: Images, rng: np.random.Generator) -> Images:
        """Return changed copies of images (N, H, W, C)."""
        images = _check_images(images, "RandomStroke")
        mix = rng.uniform(-self.amount, self.amount, (len(images), 1, 1, 1)).astype(images.dtype)
        thicker = mix[:, 0, 0, 0] > 0
        target = np.empty_like(images)
        target[thicker] = _neighborhood(np.maximum, images[thicker])
        target[~thicker] = _neighborhood(np.minimum, images[~thicker])
        return images + np.abs(mix) * (target - images)


def move(images: Images, *, right: int = 0, down: int = 0) -> Images:
    """Move images by whole pixels; what comes in from outside is 0, black.

    Parameters
    ----------
    images : (N, H, W, C) float
    right, down : int
        Pixels; negative numbers move to the left and up.

    Returns
    -------
    (N, H, W, C) of the images' dtype
        A new array. What leaves the image is lost.

    Raises
    ------
    ShapeError, TypeError
        If the images are not (N, H, W, C) floating point, or an amount is no integer.

    Examples
    --------
    >>> image = np.arange(1.0, 5.0).reshape(1, 2, 2, 1)
    >>> print(move(image, right=1)[0, :, :, 0])
    [[0. 1.]
     [0. 3.]]
    """
    images = _check_images(images, "move")
    new_rows, old_rows = _overlap(images.shape[1], down, "down")
    new_columns, old_columns = _overlap(images.shape[2], right, "right")
    moved = np.zeros_like(images)
    moved[:, new_rows, new_columns] = images[:, old_rows, old_columns]
    return moved


def _overlap(size: int, by: int, what: str) -> tuple[slice, slice]:
    """Return which places of the new axis are taken from which places of the old one."""
    by = max(-size, min(as_integer(by, what, minimum=None, name="move"), size))
    new, old = max(by, 0), max(-by, 0)
    return slice(new, size - old), slice(old, size - new)


def _neighborhood(extreme: np.ufunc, images: Images) -> Images:
    """The largest or smallest value of each 3x3 neighborhood: of three rows, then three columns."""
    x = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    x = extreme(extreme(x[:, :-2], x[:, 1:-1]), x[:, 2:])
    return extreme(extreme(x[:, :, :-2], x[:, :, 1:-1]), x[:, :, 2:])


def transform(images: Images, matrices: np.ndarray, shifts: np.ndarray) -> Images:
    """Map images by bilinear interpolation: new(p) = old(matrix @ (p - middle - shift) + middle).

    Parameters
    ----------
    images : (N, H, W, C) float
    matrices : (N, 2, 2) float
        From new coordinates (row, column) to old ones.
    shifts : (N, 2) float
        Pixels down and to the right.

    Returns
    -------
    (N, H, W, C) of the images' dtype
        Pixels that come from outside of the old image are 0.
    """
    height, width = images.shape[1:3]
    middle = (np.array([height, width]) - 1) / 2
    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1)
    offsets = grid - middle - shifts[:, None, None, :]
    places = np.einsum("nij,nhwj->nhwi", matrices, offsets) + middle
    corner = np.floor(places).astype(np.int64)
    share = (places - corner).astype(images.dtype)[..., None, :]
    row_0, row_1 = 1 - share[..., 0], share[..., 0]
    column_0, column_1 = 1 - share[..., 1], share[..., 1]
    return row_0 * (
        column_0 * _pick(images, corner, 0, 0) + column_1 * _pick(images, corner, 0, 1)
    ) + row_1 * (column_0 * _pick(images, corner, 1, 0) + column_1 * _pick(images, corner, 1, 1))


def _pick(images: Images, corner: np.ndarray, down: int, right: int) -> Images:
    """Pixels at ``corner + (down, right)``, one for each new pixel; 0 outside of the image."""
    height, width = images.shape[1:3]
    row, column = corner[..., 0] + down, corner[..., 1] + right
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    number = np.arange(len(images))[:, None, None]
    picked = images[number, np.where(inside, row, 0), np.where(inside, column, 0)]
    return np.where(inside[..., None], picked, np.zeros((), images.dtype))


def _check_amount(value: float, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{what} must be a number, got {value!r}")
    if not 0 <= value < np.inf:
        raise ValueError(f"{what} must be a finite number of at least 0, got {value}")


def _check_images(images: Images, name: str) -> Images:
    images = np.asarray(images)
    if images.ndim != 4:
        raise ShapeError(f"{name}: images must be (N, H, W, C), got shape {images.shape}")
    if not np.issubdtype(images.dtype, np.floating):
        raise TypeError(f"{name}: images must be floating point, got {images.dtype}")
    return images
