"""Options that several commands have, and what a number on the command line may be."""

import argparse
import math
from collections.abc import Callable

DATA = ("digits", "mnist")


def at_least(minimum: int) -> Callable[[str], int]:
    """Return what argparse calls to read a whole number.

    >>> at_least(1)("12")
    12
    """

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < minimum:
            raise argparse.ArgumentTypeError(f"must be at least {minimum}, got {number}")
        return number

    return whole


def positive(text: str) -> float:
    """Read a number above 0.

    >>> positive("1e-3")
    0.001
    """
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a finite number above 0, got {text}")
    return number


def add_data(parser: argparse.ArgumentParser, *, default: str | None, otherwise: str) -> None:
    """Add the options that name the images."""
    parser.add_argument(
        "--data",
        choices=DATA,
        default=default,
        help=f"digits comes with the package, mnist is downloaded once ({otherwise})",
    )
    parser.add_argument(
        "--file",
        metavar="PATH",
        help="MNIST in a file or folder of your own: mnist.npz, or the four IDX files",
    )
    parser.add_argument(
        "--no-check",
        action="store_true",
        help="the file may hold another data set of MNIST's form",
    )
