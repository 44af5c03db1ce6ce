"""Call what a learner wrote, and leave the notebook as it was."""

import contextlib
import copy
import ctypes
import io
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SECONDS = 5.0
"""How long one call may take."""
_AGAIN = 0.1  # seconds until a call that swallowed the interruption is interrupted again


_NUMPY = dict(vars(np))  # as it was when this was loaded


class TimeIsUp(BaseException):
    """The time is over. Not an `Exception`, so that ``except Exception`` lets it pass."""


@dataclass(frozen=True)
class Given:
    """The arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


def given(*args: Any, **kwargs: Any) -> Given:
    """Return the arguments as one object."""
    return Given(args, kwargs)


@dataclass(frozen=True)
class Outcome:
    """What became of one call."""

    value: Any = None
    error: BaseException | None = None
    printed: bool = False
    seconds: float = 0.0
    changed: str | None = None  # the argument that the function changed
    changed_numpy: tuple[str, ...] = ()


def call(function: Callable[..., Any], what: Given) -> Outcome:
    """Call a function with copies of the arguments, for `SECONDS` at most.

    What it prints is hidden. Whatever it did to NumPy, to random numbers and to warnings is taken
    back. Its errors are returned, except for Ctrl-C.
    """
    mine = copy.deepcopy(what)
    value = error = None
    begun = time.perf_counter()
    with _as_before() as seen:
        try:
            value = _within(SECONDS, lambda: function(*mine.args, **mine.kwargs))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            error = raised
    return Outcome(
        value,
        error,
        bool(seen.printed.getvalue()),
        time.perf_counter() - begun,
        _changed(what, mine, function),
        tuple(seen.changed_numpy),
    )


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """Call a function; raise `TimeIsUp` in it when the time is over.

    Python looks for the interruption between two of its own steps: a long call inside C ends
    first. A function that catches every exception in an endless loop cannot be interrupted.
    """
    caller, running = threading.get_ident(), threading.Lock()
    running.acquire()

    def watch() -> None:
        wait = seconds
        while not running.acquire(timeout=wait):
            _interrupt(caller, ctypes.py_object(TimeIsUp))
            wait = _AGAIN

    def stop() -> None:
        if running.locked():
            running.release()
        watcher.join()
        _interrupt(caller, None)  # what was sent and has not arrived

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            return function()
        finally:
            stop()
    except TimeIsUp:  # it may also arrive while stopping
        stop()
        raise


def _interrupt(thread: int, error: Any) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)


def changed_numpy(before: Mapping[str, Any] = _NUMPY) -> list[str]:
    """Name what is no longer in NumPy as it was."""
    now = vars(np)
    public = (name for name in before if not name.startswith("_"))
    return [name for name in public if now.get(name) is not before[name]]


@dataclass
class _Seen:
    printed: io.StringIO = field(default_factory=io.StringIO)
    changed_numpy: list[str] = field(default_factory=list)


@contextlib.contextmanager
def _as_before() -> Iterator[_Seen]:
    """Hide what is printed, and put back NumPy, random numbers, warnings and Python's limits."""
    seen, before = _Seen(), dict(vars(np))
    limit, state, numpy_state = sys.getrecursionlimit(), random.getstate(), np.random.get_state()  # noqa: NPY002
    with (
        contextlib.redirect_stdout(seen.printed),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(),
        np.printoptions(),
    ):
        warnings.simplefilter("ignore")
        try:
            yield seen
        finally:
            seen.changed_numpy = changed_numpy(before)
            for name in seen.changed_numpy:
                setattr(np, name, before[name])
            sys.setrecursionlimit(limit)
            random.setstate(state)
            np.random.set_state(numpy_state)  # noqa: NPY002


def _changed(before: Given, after: Given, function: Callable[..., Any]) -> str | None:
    """Name the first argument that is no longer what it was."""
    pairs: list[tuple[int | str, Any, Any]] = [
        *zip(range(len(before.args)), before.args, after.args, strict=True),
        *((name, before.kwargs[name], after.kwargs[name]) for name in before.kwargs),
    ]
    for name, old, new in pairs:
        if not _same(old, new):
            return _name_of(name, function)
    return None


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, (list, tuple)):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, np.ndarray):
        return old.shape == new.shape and bool(np.array_equal(old, new, equal_nan=True))
    return callable(old) or bool(old == new)


def _name_of(which: int | str, function: Callable[..., Any]) -> str:
    if isinstance(which, str):
        return which
    names = getattr(getattr(function, "__code__", None), "co_varnames", ())
    return str(names[which]) if which < len(names) else f"argument {which + 1}"
