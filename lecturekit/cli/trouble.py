"""What went wrong, as one line that says what to do."""

import errno
import re

_ADVICE = {
    errno.ENOSPC: "free some space on the disk, then run the same command again",
    errno.EDQUOT: "free some of your quota on the disk, then run the same command again",
    errno.EFBIG: "the system lets no file grow so large; allow it, or write to another disk",
    errno.EACCES: "allow writing and reading there, or name another place",
    errno.EPERM: "allow writing and reading there, or name another place",
    errno.EROFS: "nothing can be written there; name another place",
}
_OUT_OF_MEMORY = (
    "there is not enough memory; end other programs, or begin in another --out with a smaller "
    "--batch-size"
)


class Trouble(Exception):
    """Something went wrong that the user can put right.

    Parameters
    ----------
    message : str
        What is wrong, and what to do.
    code : int
        The exit code: 1 something went wrong, 2 wrong arguments, 130 Ctrl-C.
    """

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def one_line(error: BaseException) -> str:
    """Return what to say of an error, in one line and in the terms of the command line.

    >>> one_line(ValueError("train: labels must lie between 0 and 9"))
    'labels must lie between 0 and 9'
    >>> one_line(KeyError("x"))
    "unexpected KeyError: 'x' (--traceback shows where)"
    """
    return " ".join(_said(error).split())


def advice(error: OSError) -> str:
    """Return what to do about an error of the system, beginning with a semicolon, or nothing."""
    known = _ADVICE.get(error.errno or 0)
    return f"; {known}" if known else ""


def _said(error: BaseException) -> str:
    if isinstance(error, Trouble):
        return str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return _OUT_OF_MEMORY
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, (ValueError, ImportError)):
        return without_function(str(error)).replace(
            "call load_mnist with check=False", "add --no-check"
        )
    return f"unexpected {type(error).__name__}: {error} (--traceback shows where)"


def _of_the_system(error: OSError) -> str:
    said = without_function(error.strerror or str(error))
    if error.filename is not None and str(error.filename) not in said:
        said = f"{error.filename}: {said}"
    return said + advice(error)


def without_function(message: str) -> str:
    """Take away the name of the function that the message begins with."""
    return re.sub(r"^(train|evaluate|load_mnist): ", "", message)
