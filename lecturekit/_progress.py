"""The package's progress bar: tqdm's, silent wherever TQDM_DISABLE is set.

tqdm's own bar for notebooks overlooks that variable, and a stored bar would hold the time it took.
"""

import os
from typing import Any

from tqdm.auto import tqdm


def progress_bar(*args: Any, **options: Any) -> Any:
    """Return ``tqdm.auto.tqdm(*args, **options)``, disabled where TQDM_DISABLE says so."""
    return tqdm(*args, disable=bool(os.environ.get("TQDM_DISABLE")), **options)
