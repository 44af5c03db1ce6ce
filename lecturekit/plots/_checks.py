"""What several figures check of their arguments."""

from typing import SupportsIndex

from lecturekit.shapes import as_integer


def as_index(value: SupportsIndex, what: str, *, count: int, name: str) -> int:
    """Return `value` as one of the places 0 to ``count - 1``, or raise in the caller's terms.

    >>> as_index(2, "row", count=3, name="pixel_vector")
    2
    >>> as_index(3, "row", count=3, name="pixel_vector")
    Traceback (most recent call last):
        ...
    ValueError: pixel_vector: row must be from 0 to 2, got 3
    """
    place = as_integer(value, what, minimum=None, name=name)
    if not 0 <= place < count:
        raise ValueError(f"{name}: {what} must be from 0 to {count - 1}, got {place}")
    return place
