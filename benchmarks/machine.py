"""The machine that was measured on: processor, threads and versions, but no name and no path."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = {
    "NumPy": ("numpy",),
    "TensorFlow": ("tensorflow-cpu", "tensorflow"),
    "Keras": ("keras",),
    "PyTorch": ("torch",),
    "SciPy": ("scipy",),
}
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
"""The variables that tell libraries how many threads to use."""
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")  # Linux


def installed(names: tuple[str, ...]) -> str | None:
    """Return the version of the first of these packages that is installed."""
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def caches(folder: Path = CACHES) -> dict[str, str]:
    """Return the sizes of a core's caches, such as ``{"L2": "1024K"}``, if the system says them."""
    found = {}
    for cache in sorted(folder.glob("index*")):
        kind, level, size = (
            (cache / name).read_text(encoding="ascii").strip() for name in ("type", "level", "size")
        )
        if kind != "Instruction":
            found[f"L{level}"] = size
    return found


def hardware(brand: str | None) -> dict[str, Any]:
    """Describe processor and system: nothing that names this machine or its user."""
    return {
        "processor": brand or platform.machine(),
        "cores": os.cpu_count(),
        "caches": caches(),
        "system": platform.system(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def describe(brand: str | None) -> dict[str, Any]:
    """Describe processor, threads and versions."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        **hardware(brand),
        "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)),
        "python": platform.python_version(),
        "blas": f"{blas['name']} {blas['version']}",
        "versions": {package: installed(names) for package, names in PACKAGES.items()},
    }
