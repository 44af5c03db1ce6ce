"""Whole numbers as arguments: what a size, a stride or a padding may be."""

import operator
from typing import Literal, SupportsIndex

Pair = int | tuple[int, int]
Padding = Literal["valid", "same"] | int | tuple[int, int]


def as_integer(value: SupportsIndex, what: str, *, minimum: int | None, name: str) -> int:
    """Return `value` as an int that is at least `minimum`, or raise in the caller's terms.

    Parameters
    ----------
    value : int or an integer of NumPy
        A boolean is refused.
    what, name : str
        The argument and the function that an error message speaks of.
    minimum : int or None
        None sets no limit.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If `value` is not an integer, or too small.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {what} must be an integer, got {value!r}") from None
    if isinstance(value, bool):
        raise TypeError(f"{name}: {what} must be an integer, got {value!r}")
    if minimum is not None and number < minimum:
        raise ValueError(f"{name}: {what} must be at least {minimum}, got {number}")
    return number


def as_pair(value: Pair, what: str, *, minimum: int, name: str) -> tuple[int, int]:
    """Return ``(vertical, horizontal)`` from one integer or two.

    The other parameters and the errors are those of `as_integer`.

    >>> as_pair(2, "stride", minimum=1, name="conv2d")
    (2, 2)
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{name}: {what} must be one integer or two, got {value!r}")
        first, second = value
    else:
        first = second = value
    return (
        as_integer(first, what, minimum=minimum, name=name),
        as_integer(second, what, minimum=minimum, name=name),
    )


def as_size(value: tuple[int, int], what: str, *, minimum: int, name: str) -> tuple[int, int]:
    """Return ``(height, width)``, both of which must be given.

    The other parameters and the errors are those of `as_integer`.

    >>> as_size((6, 6), "image", minimum=0, name="connections")
    (6, 6)
    """
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{name}: {what} must be (height, width), got {value!r}")
    if len(value) != 2:
        raise ValueError(f"{name}: {what} must be (height, width), got {value!r}")
    return as_pair(value, what, minimum=minimum, name=name)


def as_padding(padding: Padding, *, name: str) -> tuple[int, int] | Literal["valid", "same"]:
    """Return a word for padding as it is, and integers as a pair, or raise.

    >>> as_padding(1, name="conv2d")
    (1, 1)
    """
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(
                f'{name}: padding must be "valid", "same", an integer or two, got {padding!r}'
            )
        return padding
    return as_pair(padding, "padding", minimum=0, name=name)
