"""What is in a data set: how many images of each digit, how much ink, which pixels are used."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lecturekit.data._digits import Digits
from lecturekit.data._mnist_checks import CLASSES

_HEADINGS = ("digit", "train", "test", "mean ink")


@dataclass(frozen=True, repr=False)
class Description:
    """A data set in a few numbers. In Jupyter it shows itself, elsewhere ``print`` it.

    Attributes
    ----------
    images : (int, int)
        How many to train on, and how many held out.
    size : (int, int)
        Height and width of an image, in pixels.
    train_counts, test_counts : tuple of 10 int
        How many images each digit has.
    mean_ink : tuple of 10 float
        The sum of an image's pixels, where white is 1: its mean over the training images of each
        digit. NaN for a digit that has none.
    never_inked : float
        Which share of the pixels is 0 in every training image, from 0 to 1.
    """

    images: tuple[int, int]
    size: tuple[int, int]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    mean_ink: tuple[float, ...]
    never_inked: float

    def __str__(self) -> str:
        rows = [
            f"{name:>5}" + "".join(f"{cell:>10}" for cell in cells)
            for name, *cells in (_HEADINGS, *self._rows())
        ]
        return "\n".join([self._title(), *rows, *self._footnotes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in _HEADINGS)
        body = "".join(
            f'<tr><th scope="row">{name}</th>'
            + "".join(f'<td style="text-align:right">{cell}</td>' for cell in cells)
            + "</tr>"
            for name, *cells in self._rows()
        )
        return (
            '<table style="width:auto"><caption style="caption-side:top;text-align:left">'
            f"{self._title()}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{'<br>'.join(self._footnotes())}</p>"
        )

    def _title(self) -> str:
        train, test = self.images
        height, width = self.size
        return f"{train:,} images to train on and {test:,} held out, {height}x{width} pixels"

    def _rows(self) -> list[list[str]]:
        """One row for each digit, and one for all together."""
        counts = np.array(self.train_counts)
        there = counts > 0
        overall = float(counts[there] @ np.array(self.mean_ink)[there]) / self.images[0]
        names = [*map(str, range(CLASSES)), "all"]
        columns = zip(
            names,
            [*self.train_counts, self.images[0]],
            [*self.test_counts, self.images[1]],
            [*self.mean_ink, overall],
            strict=True,
        )
        return [[name, f"{a:,}", f"{b:,}", _one_digit(ink)] for name, a, b, ink in columns]

    def _footnotes(self) -> tuple[str, str]:
        return (
            "Ink: the sum of an image's pixels, where white is 1.",
            f"Never inked in the training images: {self.never_inked:.1%} of the pixels.",
        )


def describe(digits: Digits) -> Description:
    """Count the images of each digit, and measure their ink.

    Ink and unused pixels are those of the training images: what is held out stays out of sight.

    Parameters
    ----------
    digits : Digits
        Images (N, H, W, 1) in [0, 1], labels (N,) integers from 0 to 9, at least one of each part.

    Returns
    -------
    Description

    Raises
    ------
    ValueError
        If images and labels are not of this form.
    TypeError
        If `digits` are not four arrays.

    Examples
    --------
    >>> from lecturekit import data
    >>> print(describe(data.load_digits()))
    1,437 images to train on and 360 held out, 28x28 pixels
    digit     train      test  mean ink
        0       142        36     105.9
        1       146        36     112.2
        2       141        36     110.1
        3       147        36     106.3
        4       144        37     109.8
        5       146        36     105.4
        6       145        36     110.6
        7       143        36     105.9
        8       139        35     116.8
        9       144        36     108.2
      all     1,437       360     109.1
    Ink: the sum of an image's pixels, where white is 1.
    Never inked in the training images: 46.2% of the pixels.
    """
    if not isinstance(digits, tuple) or len(digits) != 4:
        raise TypeError(
            f"describe: expected Digits (x_train, y_train, x_test, y_test), got {type(digits)}"
        )
    x_train, y_train, x_test, y_test = map(np.asarray, digits)
    _check_part("train", x_train, y_train)
    _check_part("test", x_test, y_test)
    if x_train.shape[1:] != x_test.shape[1:]:
        raise ValueError(
            "describe: expected images of one size, got "
            f"x_train {x_train.shape} and x_test {x_test.shape}"
        )
    ink = x_train.sum(axis=(1, 2, 3), dtype=np.float64)
    counts = np.bincount(y_train, minlength=CLASSES)
    sums = np.bincount(y_train, weights=ink, minlength=CLASSES)
    means = np.divide(sums, counts, out=np.full(CLASSES, np.nan), where=counts > 0)
    height, width = x_train.shape[1:3]
    return Description(
        images=(len(x_train), len(x_test)),
        size=(height, width),
        train_counts=_integers(counts),
        test_counts=_integers(np.bincount(y_test, minlength=CLASSES)),
        mean_ink=tuple(means.tolist()),
        never_inked=float(np.mean(~x_train.any(axis=0))),
    )


def _check_part(
    part: str, images: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]
) -> None:
    if images.ndim != 4 or images.shape[-1] != 1 or not images.size:
        raise ValueError(
            f"describe: x_{part} must be (N, H, W, 1), N at least 1, got {images.shape}"
        )
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"describe: y_{part} must be ({len(images)},) integers, "
            f"got {labels.shape} {labels.dtype}"
        )
    # So written, the comparison also refuses NaN.
    if not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"describe: x_{part} must hold pixels in [0, 1], got {images.min()} to {images.max()}"
        )
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise ValueError(
            f"describe: y_{part} must hold labels from 0 to {CLASSES - 1}, "
            f"got {labels.min()} to {labels.max()}"
        )


def _integers(counts: npt.NDArray[np.integer]) -> tuple[int, ...]:
    return tuple(counts.tolist())


def _one_digit(ink: float) -> str:
    return "none" if np.isnan(ink) else f"{ink:.1f}"
