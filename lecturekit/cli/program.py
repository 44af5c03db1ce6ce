"""The program: its commands, its exit codes, and how it says that something went wrong."""

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import lecturekit
from lecturekit.cli import doctor, evaluate, train
from lecturekit.cli.trouble import Trouble, one_line

COMMANDS = (train, evaluate, doctor)
_EXIT_CODES = """\
exit codes: 0 done, 1 something went wrong, 2 wrong arguments, 130 Ctrl-C.
What went wrong is one line on stderr that begins with "lecturekit: "."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands behind ``lecturekit``; by default what the program was started with.

    Returns
    -------
    int
        The exit code: 0 done, 1 something went wrong, 2 wrong arguments, 130 Ctrl-C.

    Examples
    --------
    >>> main(["--version"])
    lecturekit 0.1.0
    0
    """
    try:
        options = _parser().parse_args(arguments)
        with warnings.catch_warnings():
            warnings.showwarning = _note
            warnings.simplefilter("ignore", DeprecationWarning)  # they are for who writes code
            return _run(options)
    except SystemExit as error:  # argparse has said what is wrong, or helped
        return int(error.code or 0)


def _parser() -> argparse.ArgumentParser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="lecturekit",
        description="Train and measure the lecture's networks; see whether this machine is ready.",
        epilog=_EXIT_CODES,
        formatter_class=formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {lecturekit.__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            epilog=_EXIT_CODES,
            formatter_class=formatter,
            allow_abbrev=False,
        )
        module.add_options(command)
        command.add_argument(
            "--traceback", action="store_true", help="show where in the code an error arose"
        )
        command.set_defaults(run=module.run, parser=command)
    return parser


def _run(options: argparse.Namespace) -> int:
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read our output, as `head` does, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _failed(Trouble("interrupted", code=130))
    except Exception as error:
        if options.traceback:
            traceback.print_exc()
        return _failed(error)


def _failed(error: Exception) -> int:
    print(f"lecturekit: {one_line(error)}", file=sys.stderr)
    return error.code if isinstance(error, Trouble) else 1


def _note(message: Warning | str, *where: Any, **more: Any) -> None:
    """Show a warning without the line of code that gave it."""
    print(f"lecturekit: note: {' '.join(str(message).split())}", file=sys.stderr)
