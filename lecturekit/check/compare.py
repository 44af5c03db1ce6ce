"""Compare an answer with what was expected: first the type, then the shape, then the values."""

from typing import Any, Literal, NamedTuple

import numpy as np

RELATIVE = 1e-4
"""How far an answer may be away, as a part of the largest number that was expected."""


class Difference(NamedTuple):
    """The first thing that is not as expected."""

    kind: Literal["wrong type", "wrong shape", "wrong values"]
    message: str
    part: int | None = None  # which of several results
    place: tuple[int, ...] | None = None  # of the first wrong number


def difference(value: Any, expected: Any, names: tuple[str, ...] = ()) -> Difference | None:
    """Return how an answer differs from the expected one, or None.

    `names` are those of several results; without them there is one.
    """
    if not names:
        return _one(value, expected, "the result")
    if not isinstance(value, (tuple, list)):
        message = f"Expected {len(names)} results, ({', '.join(names)}), and got {kind_of(value)}."
        return Difference("wrong type", message)
    if len(value) != len(names):
        message = f"Expected {len(names)} results, ({', '.join(names)}), and got {len(value)}."
        return Difference("wrong type", message)
    for part, (name, mine, other) in enumerate(zip(names, value, expected, strict=True)):
        found = _one(mine, other, f"`{name}`")
        if found:
            return found._replace(part=part)
    return None


def _one(value: Any, expected: Any, what: str) -> Difference | None:
    wanted = np.asarray(expected)
    if isinstance(expected, (str, bool, tuple)):
        return _plain(value, expected, what)
    found = _wrong_type(value, wanted, what)
    if found:
        return found
    if np.shape(value) != wanted.shape:  # looked at first: the values may be 10 GB
        return Difference(
            "wrong shape",
            f"Expected the shape {wanted.shape} for {what}, got {np.shape(value)}.",
        )
    return _wrong_values(np.asarray(value), wanted, what)


def _plain(value: Any, expected: Any, what: str) -> Difference | None:
    """Texts, yes or no, and pairs of whole numbers: equal or not."""
    if isinstance(expected, tuple):
        numbers = _numbers(value)
        if numbers is None or not numbers.ndim:
            message = f"Expected {_numbers_of(expected)} for {what}, got {kind_of(value)}."
            return Difference("wrong type", message)
        if len(numbers) != len(expected):
            message = f"Expected {_numbers_of(expected)} for {what}, got {len(numbers)}."
            return Difference("wrong shape", message)
        same = bool(numbers.ndim == 1 and np.all(numbers == expected))
    else:
        if not isinstance(value, (type(expected), np.bool_)):
            message = f"Expected {kind_of(expected)} for {what}, got {kind_of(value)}."
            return Difference("wrong type", message)
        same = bool(value == expected)
    if same:
        return None
    shown = tuple(np.asarray(value).tolist()) if isinstance(expected, tuple) else value
    return Difference("wrong values", f"Expected {expected!r} for {what}, got {shown!r}.")


def _numbers_of(expected: tuple[Any, ...]) -> str:
    if len(expected) == 1:
        return "a tuple of one number, such as `(3,)`,"
    return f"{len(expected)} numbers"


def _numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """Return what is made of real numbers as an array."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "biuf" else None


def _wrong_type(value: Any, wanted: np.ndarray[Any, Any], what: str) -> Difference | None:
    number = wanted.ndim == 0
    expected = "a number" if number else "a NumPy array"
    good = (np.ndarray, np.generic, int, float) if number else (np.ndarray, np.generic)
    if isinstance(value, good):
        dtype = np.asarray(value).dtype
        if dtype.kind in "biuf":
            return None
        return Difference(
            "wrong type", f"Expected real numbers for {what}, got an array of dtype {dtype}."
        )
    advice = ""
    if value is None:
        advice = " Does the function end with `return`?"
    elif isinstance(value, (list, tuple)):
        advice = " `np.array` makes an array of it."
    elif hasattr(value, "numpy"):
        advice = " Its method `.numpy()` makes an array of it."
    return Difference(
        "wrong type", f"Expected {expected} for {what}, got {kind_of(value)}.{advice}"
    )


def _wrong_values(
    value: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any], what: str
) -> Difference | None:
    largest = float(np.abs(wanted).max(initial=0.0))
    value = value.astype(np.float64)
    good = np.abs(value - wanted) <= RELATIVE * max(largest, 1e-30)
    if good.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~good)[0]) if wanted.ndim else ()
    mine, right = _number(value[index]), _number(wanted[index])
    if not wanted.ndim:
        message = f"Expected {right}, got {mine}."
    else:
        share = _share(int((~good).sum()), good.size)
        name = "The output" if what == "the result" else what
        message = f"{share} {name} at {index} should be {right}, got {mine}."
    return Difference("wrong values", message, place=index)


def _share(differ: int, of: int) -> str:
    if differ == of:
        return "All numbers differ." if of > 1 else "The one number differs."
    return f"{differ} of {of} numbers differ{'s' if differ == 1 else ''}."


def _number(number: Any) -> str:
    number = float(number) + 0  # + 0 writes -0 as 0
    whole = number.is_integer() and abs(number) < 1e9
    return f"{number:,.0f}" if whole else f"{number:.4g}"


def kind_of(value: Any) -> str:
    """Name the kind of a value in a reader's words."""
    names = {
        "NoneType": "None", "list": "a list", "tuple": "a tuple", "str": "a text", "bool": "a bool",
        "int": "an integer", "float": "a number", "ndarray": "a NumPy array",
        "function": "a function", "ellipsis": "`...`", "dict": "a dict",
    }  # fmt: skip
    name = type(value).__name__
    if isinstance(value, np.integer | np.floating):
        name = "int" if isinstance(value, np.integer) else "float"
    return names.get(name, f"an object of type {name}")
