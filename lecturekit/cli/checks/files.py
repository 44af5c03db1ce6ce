"""The data: what comes with the package, and MNIST. Nothing is downloaded."""

import os
from pathlib import Path

from lecturekit.cli.checks.finding import Finding, State


def bundled() -> list[Finding]:
    """Compare the checksums of the files that come with the package."""
    try:
        from lecturekit.data import DataFileError, _bundled
    except ModuleNotFoundError as error:
        return [_unseen("bundled data", error)]
    try:
        names = _bundled.read_checksums()
        for name in names:
            _bundled.read_npz(name)
    except DataFileError as error:
        return [Finding("bundled data", "damaged", State.MISSING, " ".join(str(error).split()))]
    return [Finding("bundled data", f"{len(names)} files, all checksums right")]


def mnist() -> list[Finding]:
    """Look where MNIST may be, and compare its checksums."""
    try:
        from lecturekit.data import DataFileError, _mnist_checks, _mnist_files

        path, source = _place()
    except ModuleNotFoundError as error:
        return [_unseen("mnist", error)]
    if not path.exists() and source == "cache":
        advice = "the first use downloads 11 MB; without a network, name a file in LECTUREKIT_MNIST"
        return [Finding("mnist", f"not found ({path})", State.NOTE, advice)]
    try:
        arrays = _mnist_files.read_arrays(path)
        _mnist_checks.check_form(arrays)
        _mnist_checks.check_content(arrays)
    except DataFileError as error:
        return [_not_mnist(path, source, " ".join(str(error).split()))]
    return [Finding("mnist", f"{path} ({source}), all checksums right")]


def chapters() -> list[Finding]:
    """Say which digits the chapters work with."""
    name = os.environ.get("LECTUREKIT_DATA") or "digits"
    if name == "digits":
        return [Finding("chapters", "work with the book's digits")]
    if name == "mnist":
        return [Finding("chapters", "work with digits of MNIST (LECTUREKIT_DATA)")]
    advice = "the chapters will stop; set LECTUREKIT_DATA to digits or mnist, or unset it"
    return [Finding("chapters", f"LECTUREKIT_DATA={name}: unknown", State.NOTE, advice)]


def _not_mnist(path: Path, source: str, said: str) -> Finding:
    advice = (
        "the next use downloads it again"
        if source == "cache"
        else "name another file in LECTUREKIT_MNIST, or unset it"
    )
    if said.startswith("not the public MNIST"):
        said = "not the public MNIST"
        if source != "cache":
            advice += "; if another data set is meant, `lecturekit train --no-check` takes it"
    return Finding("mnist", f"{path} ({source}): {said}", State.NOTE, advice)


def _place() -> tuple[Path, str]:
    """Return where `load_mnist` would look, and what names that place."""
    from lecturekit.data._download import NAME, cache_folder

    named = os.environ.get("LECTUREKIT_MNIST")
    return (
        (Path(named).expanduser(), "LECTUREKIT_MNIST")
        if named
        else (cache_folder() / NAME, "cache")
    )


def _unseen(name: str, error: ModuleNotFoundError) -> Finding:
    package = error.name or "a package"
    return Finding(
        name,
        f"not looked at, for {package} is not installed",
        State.NOTE,
        f"see the line on {package}",
    )
