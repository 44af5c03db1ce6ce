"""The IDX format, in which MNIST was published: a magic number, the lengths, then the numbers.

The magic number is two zero bytes, the type of the numbers (8: unsigned bytes) and how many axes
they have. Each length is a big-endian integer of 4 bytes.
"""

import gzip
import math
import zlib

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import DataFileError

_UNSIGNED_BYTES = 0x08
_BEGINNINGS = {
    b"\x1f\x8b": "gzip",
    b"PK": "a zip archive, as .npz files are",
    b"\x93NUMPY": "a .npy file, one array alone",
    b"\x80": "a pickle, which is never loaded",
    b"\x00\x00\x08\x03": "an IDX file of images",
    b"\x00\x00\x08\x01": "an IDX file of labels",
    b"<": "HTML, perhaps a page that asks to log in or tells of an error",
}


def read_idx(content: bytes, *, axes: int) -> npt.NDArray[np.uint8]:
    """Return the numbers of an IDX file of unsigned bytes, gzipped or not.

    Parameters
    ----------
    content : bytes
        The whole file. Whether it is gzipped is seen from its first bytes and not from its name.
    axes : int
        How many axes are expected: 3 for images (N, H, W), 1 for labels (N,).

    Returns
    -------
    numpy.ndarray of uint8
        Read-only: a view of the bytes.

    Raises
    ------
    DataFileError
        If the magic number is another one, or there are more or fewer bytes than the header says.

    Examples
    --------
    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]), axes=1)
    array([5, 0, 4], dtype=uint8)
    """
    content = _unzipped(content)
    expected = bytes([0, 0, _UNSIGNED_BYTES, axes])
    if content[:4] != expected:
        raise DataFileError(
            f"expected the magic number 0x{expected.hex()} (IDX, unsigned bytes, {axes} axes), "
            f"found {magic(content)}"
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataFileError(f"ends within its header of {start} bytes, after {len(content)}")
    shape = tuple(np.frombuffer(content, ">u4", axes, offset=4).tolist())
    promised, held = math.prod(shape), len(content) - start
    if promised != held:
        sizes = " x ".join(map(str, shape))
        raise DataFileError(f"its header promises {sizes} = {promised} bytes, but it holds {held}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _unzipped(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise DataFileError(f"its gzip is cut short or damaged ({error})") from error


def magic(content: bytes) -> str:
    """Return the first bytes as text, and what they look like.

    >>> magic(b"<!DOCTYPE html>")
    '0x3c21444f (HTML, perhaps a page that asks to log in or tells of an error)'
    >>> magic(b"")
    'an empty file'
    """
    if not content:
        return "an empty file"
    text = content.lstrip() if content.lstrip().startswith(b"<") else content
    known = [name for start, name in _BEGINNINGS.items() if text.startswith(start)]
    return f"0x{text[:4].hex()}" + (f" ({known[0]})" if known else "")
