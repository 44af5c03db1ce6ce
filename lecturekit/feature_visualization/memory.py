"""Keep freed memory, so that the next array of the same size is there at once."""

import numpy as np

_BYTES = 31 << 20  # just below the largest size that the C library of Linux learns from


def keep_freed_memory() -> None:
    """Make the C library of Linux hold on to up to 62 MiB of what arrays have freed.

    By default it hands blocks of a megabyte back to the system as soon as they are free, and
    asks for them again a moment later: half of the time of a small network went into that. It
    learns from the largest block that is freed. This one is never written to, so it costs nothing;
    elsewhere it does nothing.
    """
    np.empty(_BYTES, np.uint8)
