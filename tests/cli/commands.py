"""How the tests call the command line, in this process and in one of its own."""

import os
import subprocess
import sys

from lecturekit.cli import main

SHORT = ("--epochs", "2", "--images", "120", "--batch-size", "30", "--model", "dnn")
"""Eight steps."""
LIMIT = 240
"""Seconds for a process; TensorFlow alone may take ten."""


def train(out, *more):
    return main(["train", "--out", str(out), *SHORT, *more])


def started(*arguments, **options):
    environment = os.environ | {"TQDM_DISABLE": "1"} | options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", "lecturekit", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )


def finished(*arguments, **options):
    """Run a command in a process of its own; return exit code, stdout, stderr."""
    process = started(*arguments, **options)
    out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


def only_line(err):
    """Return what a failure said after the program's name: it must be all that it said."""
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("lecturekit: ")
    return lines[0].removeprefix("lecturekit: ")


def contents(folder):
    """Return every byte of the run but the logs', whose names hold the time."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
