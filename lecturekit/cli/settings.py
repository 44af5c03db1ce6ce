"""What a run was asked for, and how two runs differ."""

import argparse
import json
import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any, Final

import lecturekit
from lecturekit.cli.run_folder import CHECKPOINT, SETTINGS, RunFolder
from lecturekit.cli.trouble import Trouble

ARGUMENTS: Final = (
    "data", "file", "no_check", "model", "epochs", "batch_size", "learning_rate", "seed",
    "augment", "decay", "patience", "class_weight", "validation", "images",
)  # fmt: skip
_MAY_DIFFER: Final = ("file", "epochs")  # what is in the file is compared later, by its checksum
_PACKAGES: Final = ("keras", "numpy", "tensorflow", "tensorflow-cpu")


def arguments_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what decides how a run turns out."""
    return {name: getattr(options, name) for name in ARGUMENTS}


def refuse_other(folder: RunFolder, arguments: dict[str, Any]) -> None:
    """Raise Trouble if the folder holds a run with other arguments, and name them."""
    stored = folder.settings()
    if stored is None or not (folder / CHECKPOINT).exists():
        return  # nothing was trained there
    found = list(_differences(stored["arguments"], arguments))
    if found:
        raise Trouble(
            f"{folder} holds a run with other settings: {'; '.join(found)}. Take what it was begun "
            "with, or another --out"
        )


def write(folder: RunFolder, arguments: dict[str, Any]) -> None:
    """Write what the run is asked for, and with which versions it was begun and went on."""
    now, stored = versions(), folder.settings()
    begun = stored["versions"] if stored and (folder / CHECKPOINT).exists() else []
    if not begun or begun[-1] != now:
        begun = [*begun, now]
    stored = {"arguments": arguments, "versions": begun}
    folder.write(SETTINGS, json.dumps(stored, indent=2) + "\n")


def versions() -> dict[str, str]:
    """Return the versions of what computes, as far as it is installed."""
    found = {"lecturekit": lecturekit.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _differences(there: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    for name, value in here.items():
        if name not in _MAY_DIFFER and there.get(name) != value:
            yield f"{_option(name)} is {_word(there.get(name))} there and {_word(value)} here"
    if there.get("epochs") != here["epochs"]:
        both = f"--epochs is {there.get('epochs')} there and {here['epochs']} here"
        if here["decay"] != "none":
            yield f"{both}, and with --decay it must stay"
        elif here["epochs"] < there.get("epochs", 0):
            yield f"{both}, and it may only grow"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _word(value: Any) -> str:
    if value is None:
        return "not given"
    return {True: "given", False: "not given"}[value] if isinstance(value, bool) else str(value)
