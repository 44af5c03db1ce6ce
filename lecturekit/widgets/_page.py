"""What all widgets share: how their JavaScript is joined, checked traits, a short repr."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from lecturekit.shapes import ShapeError, as_integer

HERE = Path(__file__).parent
LARGEST = 1000  # larger numbers do not fit into a cell, nor into a field of the page
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.mjs)";\n', re.MULTILINE)


def joined_module(name: str) -> str:
    """Return a module with all that it imports, as one text: a notebook cannot hold several.

    Imports are ``import { a, b } from "./file.mjs";`` and nothing else, so that node and a browser
    can load the files as they are, too.
    """
    return _joined(name, done=set())


def _joined(name: str, *, done: set[str]) -> str:
    text = (HERE / name).read_text(encoding="utf-8")
    parts = []
    for needed in _IMPORT.findall(text):
        if needed not in done:
            done.add(needed)
            parts.append(re.sub(r"^export (?!default)", "", _joined(needed, done=done), flags=re.M))
    return "".join([*parts, _IMPORT.sub("", text)])


def joined_style(*names: str) -> str:
    """Return several style sheets as one text."""
    return "".join((HERE / name).read_text(encoding="utf-8") for name in names)


class RefusedError(ShapeError, traitlets.TraitError):
    """Values that do not fit together. As a TraitError it makes traitlets take them all back."""


class PageWidget(anywidget.AnyWidget):
    """A widget that computes in the page: it moves without a kernel, in the built book too.

    With a kernel, the page and Python see each other's changes. A bad value raises at once, in
    the constructor and when an attribute is set, and the last good state stays.
    """

    shown: ClassVar[Sequence[str]] = ()
    """The traits that `repr` tells: few, short, the same on every machine."""

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if name not in self.trait_names()]
        if unknown:
            raise TypeError(f"{type(self).__name__}: unknown argument {', '.join(unknown)}")
        super().__init__(**values)

    def notify_change(self, change: Any) -> None:
        """Tell the page of a change together with what follows from it, in one message."""
        with self.hold_sync():
            super().notify_change(change)

    @contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Take several values at once. The page, too, gets them at once."""
        with self.hold_sync(), super().hold_trait_notifications():
            yield

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)
        return f"{type(self).__name__}({values})"


def plain(value: Any) -> Any:
    """Return an array as nested lists, and all else as it is: as a dict of the page holds it."""
    return value.tolist() if isinstance(value, np.ndarray) else value


def position_within(owner: Any, value: int, shape: tuple[int, int], noun: str) -> int:
    """Return a position of a window, or raise `RefusedError`: `noun` has rows and columns."""
    rows, columns = shape
    if value >= rows * columns:
        raise RefusedError(
            f"{_owner(owner)}: position must be below {rows * columns}, the positions of a "
            f"{rows}x{columns} {noun}, got {value}"
        )
    return int(value)


def _owner(obj: Any) -> str:
    return type(obj).__name__


class Whole(traitlets.TraitType[int, int]):
    """An integer from `minimum` to `maximum`."""

    def __init__(self, default: int, *, minimum: int = 0, maximum: int | None = None) -> None:
        super().__init__(default_value=default)
        self.minimum, self.maximum = minimum, maximum
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        """Return an int, or raise TypeError or ValueError."""
        number = as_integer(value, str(self.name), minimum=self.minimum, name=_owner(obj))
        if self.maximum is not None and number > self.maximum:
            raise ValueError(
                f"{_owner(obj)}: {self.name} must be at most {self.maximum}, got {number}"
            )
        return number


class Real(traitlets.TraitType[float, float]):
    """A finite number from `minimum` to `maximum`."""

    def __init__(self, default: float, *, minimum: float, maximum: float) -> None:
        super().__init__(default_value=default)
        self.minimum, self.maximum = minimum, maximum
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        """Return a float, or raise TypeError or ValueError."""
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise TypeError(f"{_owner(obj)}: {self.name} must be a number, got {value!r}")
        if not self.minimum <= value <= self.maximum:
            raise ValueError(
                f"{_owner(obj)}: {self.name} must lie between {self.minimum} and {self.maximum}, "
                f"got {value}"
            )
        return float(value)


class OneOf(traitlets.TraitType[Any, Any]):
    """One of a few values."""

    def __init__(self, *values: Any) -> None:
        super().__init__(default_value=values[0])
        self.values = values
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value, or raise ValueError."""
        if value not in self.values or isinstance(value, bool):
            known = ", ".join(repr(known) for known in self.values)
            raise ValueError(f"{_owner(obj)}: {self.name} must be one of {known}, got {value!r}")
        return value


class Numbers(traitlets.TraitType[Any, Any]):
    """An array of numbers from -1000 to 1000; the page gets it as nested lists.

    Parameters
    ----------
    default : array
    ranks : sequence of int
        How many axes it may have.
    what : str
        The shape that a message asks for, such as ``"(H, W)"``.
    """

    def __init__(self, default: Any, *, ranks: Sequence[int], what: str) -> None:
        super().__init__(default_value=np.asarray(default, float))
        self.ranks, self.what = ranks, what
        self.tag(sync=True, to_json=_to_list)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return a read-only float64 array, or raise TypeError, ValueError or ShapeError."""
        try:
            array = np.array(value, float)
        except (TypeError, ValueError):
            raise TypeError(
                f"{_owner(obj)}: {self.name} must be {self.what} numbers, got {value!r}"
            ) from None
        if array.ndim not in self.ranks or array.size == 0:
            raise ShapeError(
                f"{_owner(obj)}: {self.name} must be {self.what}, got shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{_owner(obj)}: {self.name} holds a number that is not finite")
        largest = array.flat[np.abs(array).argmax()]
        if abs(largest) > LARGEST:
            raise ValueError(
                f"{_owner(obj)}: {self.name} must hold numbers from {-LARGEST} to {LARGEST}, "
                f"got {largest:g}"
            )
        array.setflags(write=False)
        return array


def _to_list(value: Any, _: Any) -> Any:
    return None if value is None else np.asarray(value).tolist()
