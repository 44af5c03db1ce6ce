"""One line of what the doctor found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands.

    ``OK``: as it should be. ``NOTE``: something can be had that is not needed. ``MISSING``:
    something that is needed is not there.
    """

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do about it.

    Attributes
    ----------
    name : str
        The same in each run: scripts may rely on it.
    found : str
    state : State
    advice : str
        Empty where nothing is to be done.
    """

    name: str
    found: str
    state: State = State.OK
    advice: str = ""
