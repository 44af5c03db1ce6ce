"""The command line: ``lecturekit train``, ``lecturekit evaluate``, ``lecturekit doctor``."""

from lecturekit.cli.program import main

__all__ = ["main"]
