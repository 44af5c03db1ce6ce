"""What the tests of MNIST share: no network, an empty cache, a small set for the public one."""

from pathlib import Path

import pytest

from lecturekit.data import _download, _mnist_checks
from tests.data import small_mnist
from tests.data.local_server import Server, local_server


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache; no mirrors; and no file or proxy that the environment names."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LECTUREKIT_CACHE", str(folder))
    monkeypatch.delenv("LECTUREKIT_MNIST", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_download, "MIRRORS", ())
    monkeypatch.setattr(_download, "PAUSE", 0.0)
    return folder


@pytest.fixture
def arrays(monkeypatch: pytest.MonkeyPatch) -> small_mnist.Arrays:
    """The small set, whose checksums stand in the place of the public ones."""
    made = small_mnist.small_mnist()
    monkeypatch.setattr(_mnist_checks, "CHECKSUMS", small_mnist.checksums(made))
    return made


@pytest.fixture
def server():
    with local_server() as running:
        yield running


@pytest.fixture
def mirrors(server: Server, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A mirror with an .npz file and two with four files each, that have nothing yet."""
    found = tuple(server.address + path for path in ("/first/mnist.npz", "/second/", "/third/"))
    monkeypatch.setattr(_download, "MIRRORS", found)
    return found
