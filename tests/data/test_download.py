"""MNIST from a server on this machine that is slow, wrong, full of HTML, or not there."""

import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pooch
import pytest

from lecturekit import data
from lecturekit.data import _download, _mnist_checks
from lecturekit.data._mnist_files import FILES
from tests.data.local_server import begin, cut, in_turn
from tests.data.small_mnist import idx_files, npz
from tests.data.test_mnist import assert_is

NPZ = "/first/mnist.npz"


def give(server, arrays, folder="/second/"):
    """Let a mirror have the four files."""
    server.answers |= {folder + name: content for name, content in idx_files(arrays).items()}


def kept(cache):
    return sorted(file.name for file in cache.iterdir()) if cache.exists() else []


# --- all is well ------------------------------------------------------------------------------


def test_the_first_mirror_is_enough_and_the_cache_spares_the_second_download(
    server, mirrors, arrays, cache
):
    server.answers[NPZ] = npz(arrays)
    assert_is(data.load_mnist(), arrays)
    assert kept(cache) == ["mnist.npz"]
    assert_is(data.load_mnist(), arrays)
    assert server.asked == [NPZ]


def test_four_idx_files_are_kept_as_one_file(server, mirrors, arrays, cache):
    give(server, arrays)
    assert_is(data.load_mnist(), arrays)
    assert kept(cache) == ["mnist.npz"]
    assert server.asked == [NPZ, *(f"/second/{name}.gz" for name in FILES.values())]
    server.answers.clear()
    assert_is(data.load_mnist(), arrays)
    assert_is(data.load_mnist(cache / "mnist.npz"), arrays)


def test_what_the_server_packs_once_more_is_unpacked(server, mirrors, arrays):
    """Some storage sends .gz files as what they hold, and says that it was gzipped on the way."""

    def answer(handler):
        content = idx_files(arrays)[handler.path.removeprefix("/second/")]
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    server.answers |= {f"/second/{name}.gz": answer for name in FILES.values()}
    assert_is(data.load_mnist(), arrays)


def test_a_server_that_does_not_tell_the_length(server, mirrors, arrays):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(npz(arrays))

    server.answers[NPZ] = answer
    assert_is(data.load_mnist(), arrays)


@pytest.mark.parametrize("disabled", ["", "1"])
def test_progress_is_shown_unless_tqdm_is_disabled(
    server, mirrors, arrays, capsys, monkeypatch, disabled
):
    monkeypatch.setenv("TQDM_DISABLE", disabled)
    content = npz(arrays)
    server.answers[NPZ] = content
    data.load_mnist()
    shown = capsys.readouterr().err
    assert bool(shown) != bool(disabled)
    if shown:
        assert "mnist.npz: 100%" in shown


def test_a_file_that_was_put_into_the_cache_is_used(cache, arrays):
    cache.mkdir()
    (cache / "mnist.npz").write_bytes(npz(arrays))
    assert_is(data.load_mnist(), arrays)


def test_the_cache_is_where_the_system_keeps_caches_unless_it_is_named(monkeypatch, tmp_path):
    assert _download.cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("LECTUREKIT_CACHE")
    assert _download.cache_folder() == Path(pooch.os_cache("lecturekit"))
    monkeypatch.setenv("LECTUREKIT_CACHE", "~/here")
    assert _download.cache_folder() == Path.home() / "here"


def test_the_published_mirrors_are_three_and_secure():
    program = "from lecturekit.data import _download; print(*_download.MIRRORS)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    found = run.stdout.split()
    assert len(set(found)) == 3
    assert all(mirror.startswith("https://") for mirror in found)
    assert all(mirror.endswith(("/mnist.npz", "/mnist/")) for mirror in found)


# --- a mirror that is wrong: the next one is asked ----------------------------------------------


def swapped(arrays):
    return {name: arrays[f"{name[0]}_{'test' if 'train' in name else 'train'}"] for name in arrays}


def tampered(arrays):
    images = arrays["x_train"].copy()
    images[3, 14, 14] ^= 1
    return arrays | {"x_train": images}


WRONG_FILES = {
    "truncated": (lambda a: npz(a)[:9000], "the .npz file is cut short or damaged"),
    "HTML": (lambda _: b"<!DOCTYPE html><title>Log in</title>", "HTML"),
    "empty": (lambda _: b"", "an empty file"),
    "tampered": (lambda a: npz(tampered(a)), r"not the public MNIST:\n *x_train \(30, 28, 28\)"),
    "train for test": (lambda a: npz(swapped(a)), "which is MNIST's x_test"),
    "labels for images": (
        lambda a: npz(a | {"x_train": a["y_train"]}),
        r"x_train must be \(N, 28, 28\)",
    ),
    "pickled": (
        lambda a: npz(a | {"y_test": np.array([print] * 20, dtype=object)}),
        "y_test holds pickled Python objects",
    ),
    "gone": (lambda _: 404, "the server answered 404 Not Found"),
    "forbidden": (lambda _: 403, "the server answered 403 Forbidden"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_mirror_is_passed_over_and_asked_once(server, mirrors, arrays, cache, case):
    server.answers[NPZ] = WRONG_FILES[case][0](arrays)
    give(server, arrays)
    assert_is(data.load_mnist(), arrays)
    assert server.asked.count(NPZ) == 1
    assert kept(cache) == ["mnist.npz"]


@pytest.mark.parametrize("case", WRONG_FILES)
def test_where_all_are_wrong_each_reason_is_told_and_nothing_is_left(
    server, mirrors, arrays, cache, case
):
    server.answers[NPZ], reason = WRONG_FILES[case][0](arrays), WRONG_FILES[case][1]
    with pytest.raises(ConnectionError, match=f"{mirrors[0]}: (.|\n)*{reason}") as error:
        data.load_mnist()
    assert f"{mirrors[1]}: the server answered 404" in str(error.value)
    assert len(server.asked) == 3  # nobody a second time
    assert kept(cache) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "wrong", [lambda _: b"<html>", lambda good: good[: len(good) // 2], lambda _: 404]
)
def test_one_wrong_file_of_four_spoils_its_mirror(server, mirrors, arrays, name, wrong):
    give(server, arrays)
    give(server, arrays, "/third/")
    path = f"/second/{FILES[name]}.gz"
    server.answers[path] = wrong(server.answers[path])
    assert_is(data.load_mnist(), arrays)
    assert server.asked[-1] == f"/third/{FILES['y_test']}.gz"


# --- a mirror that is out of reach: it is asked again -------------------------------------------


def stop(handler):
    """Close the connection without a word."""
    handler.close_connection = True


PASSING = {"cut": lambda a: cut(npz(a)), "silent": lambda _: stop, "busy": lambda _: 503}


@pytest.mark.parametrize("case", PASSING)
def test_what_may_pass_is_tried_again(server, mirrors, arrays, cache, case):
    server.answers[NPZ] = in_turn(PASSING[case](arrays), npz(arrays))
    assert_is(data.load_mnist(), arrays)
    assert server.asked.count(NPZ) == 2
    assert kept(cache) == ["mnist.npz"]


@pytest.mark.parametrize("case", PASSING)
def test_other_mirrors_are_asked_before_one_is_asked_again(server, mirrors, arrays, case):
    server.answers[NPZ] = PASSING[case](arrays)
    give(server, arrays, "/third/")
    assert_is(data.load_mnist(), arrays)
    assert server.asked.count(NPZ) == 1


def test_a_server_that_falls_silent_is_given_up(server, mirrors, arrays, monkeypatch):
    monkeypatch.setattr(_download, "TIMEOUT", (5.0, 0.2))
    over = threading.Event()

    def stall(handler):
        begin(handler, 1000)
        handler.wfile.write(b"PK")
        over.wait(20)

    server.answers[NPZ] = stall
    give(server, arrays)
    start = time.monotonic()
    assert_is(data.load_mnist(), arrays)
    assert time.monotonic() - start < 10
    over.set()


def test_offline_the_error_says_what_to_do(monkeypatch, cache, capsys):
    """Nobody listens on these ports."""
    monkeypatch.setenv("TQDM_DISABLE", "")
    mirrors = ("http://127.0.0.1:9/mnist.npz", "http://127.0.0.1:9/mnist/")
    monkeypatch.setattr(_download, "MIRRORS", mirrors)
    with pytest.raises(ConnectionError) as error:
        data.load_mnist()
    message = str(error.value)
    for mirror in mirrors:
        assert f"{mirror}: no answer, or not a whole one (ConnectionError)" in message
    assert f"put mnist.npz here: {cache / 'mnist.npz'}" in message
    for word in ("load_mnist(path)", "LECTUREKIT_MNIST", *FILES.values(), "load_digits()"):
        assert word in message
    assert kept(cache) == []
    assert capsys.readouterr().err == ""  # no bar for what did not begin


def test_a_host_that_no_one_knows(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(_download, "MIRRORS", ("http://nowhere.invalid/mnist.npz",))
    with pytest.raises(ConnectionError, match=r"nowhere\.invalid/mnist\.npz: no answer"):
        data.load_mnist()


# --- the cache --------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [lambda c: c[:5000], lambda _: b"", lambda _: b"<html>"])
def test_a_damaged_cache_is_downloaded_again_with_a_warning(server, mirrors, arrays, cache, damage):
    cache.mkdir()
    (cache / "mnist.npz").write_bytes(damage(npz(arrays)))
    server.answers[NPZ] = npz(arrays)
    with pytest.warns(UserWarning, match=r"mnist.npz is downloaded again, for it is damaged: "):
        digits = data.load_mnist()
    assert_is(digits, arrays)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.load_mnist()
    assert server.asked == [NPZ]


def test_check_false_does_not_let_a_wrong_cache_or_a_wrong_download_through(
    server, mirrors, arrays, cache
):
    server.answers[NPZ] = npz(tampered(arrays))
    with pytest.raises(ConnectionError, match="not the public MNIST"):
        data.load_mnist(check=False)
    assert kept(cache) == []


def test_a_wrong_download_leaves_the_old_file_as_it_is(server, mirrors, arrays, cache):
    cache.mkdir()
    old = npz(tampered(arrays))
    (cache / "mnist.npz").write_bytes(old)
    server.answers[NPZ] = b"<html>"
    with pytest.warns(UserWarning, match="damaged"), pytest.raises(ConnectionError):
        data.load_mnist()
    assert (cache / "mnist.npz").read_bytes() == old
    assert kept(cache) == ["mnist.npz"]


# --- the disk ---------------------------------------------------------------------------------


class FullDisk(io.BytesIO):
    def write(self, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_no_space_while_downloading(server, mirrors, arrays, cache, monkeypatch):
    server.answers[NPZ] = npz(arrays)
    monkeypatch.setattr(pooch.downloaders, "open", lambda *_: FullDisk(), raising=False)
    with pytest.raises(OSError, match=r"No space left.*LECTUREKIT_CACHE") as error:
        data.load_mnist()
    assert error.value.errno == errno.ENOSPC
    assert error.value.filename == str(cache)
    assert server.asked == [NPZ]  # another mirror would not help
    assert kept(cache) == []


def test_no_space_while_four_files_become_one(server, mirrors, arrays, cache, monkeypatch):
    def full(file, **_):
        file.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    give(server, arrays)
    monkeypatch.setattr(_download.np, "savez_compressed", full)
    with pytest.raises(OSError, match=r"No space left.*LECTUREKIT_CACHE"):
        data.load_mnist()
    assert kept(cache) == []


@pytest.mark.parametrize("what", ["mkdir", "TemporaryDirectory", "replace"])
def test_no_permission(server, mirrors, arrays, cache, monkeypatch, what):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    server.answers[NPZ] = npz(arrays)
    owner = {"mkdir": Path, "TemporaryDirectory": _download.tempfile, "replace": _download.os}
    monkeypatch.setattr(owner[what], what, refuse)
    with pytest.raises(PermissionError, match=r"Permission denied.*LECTUREKIT_CACHE"):
        data.load_mnist()
    assert kept(cache) == []


def test_a_folder_that_may_not_be_written_to(server, mirrors, arrays, cache):
    cache.mkdir(mode=0o500)
    if os.access(cache, os.W_OK):
        pytest.skip("this user, root perhaps, may write everywhere")
    server.answers[NPZ] = npz(arrays)
    with pytest.raises(PermissionError, match=r"Permission denied.*LECTUREKIT_CACHE"):
        data.load_mnist()
    assert server.asked == []


def test_a_cache_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LECTUREKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match=r"MNIST cannot be stored.*LECTUREKIT_CACHE"):
        data.load_mnist()


def test_on_windows_a_file_that_another_process_has_just_put_there_is_enough(
    server, mirrors, arrays, cache, monkeypatch
):
    def taken(_, target):
        Path(target).write_bytes(npz(arrays))
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    server.answers[NPZ] = npz(arrays)
    monkeypatch.setattr(_download.os, "replace", taken)
    assert_is(data.load_mnist(), arrays)


# --- processes --------------------------------------------------------------------------------

PROGRAM = """
import json, sys
from lecturekit import data
from lecturekit.data import _download, _mnist_checks
_download.MIRRORS, checksums = tuple(json.loads(sys.argv[1])), json.loads(sys.argv[2])
_mnist_checks.CHECKSUMS.update(checksums)
print(data.load_mnist().x_train.sum(dtype=float))
"""


def start(mirrors):
    """Begin to load MNIST in another process."""
    arguments = [json.dumps(mirrors), json.dumps(_mnist_checks.CHECKSUMS)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_two_processes_that_download_at_once_both_end_with_the_right_file(
    server, mirrors, arrays, cache
):
    both, content = threading.Barrier(2), npz(arrays)

    def together(handler):
        begin(handler, len(content))
        handler.wfile.write(content[:5000])
        handler.wfile.flush()
        both.wait(30)
        handler.wfile.write(content[5000:])

    server.answers[NPZ] = together
    processes = [start(mirrors), start(mirrors)]
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    exact = arrays["x_train"].sum(dtype=float) / 255
    assert [float(out) for out, _ in said] == pytest.approx([exact] * 2)
    assert server.asked == [NPZ, NPZ]
    assert kept(cache) == ["mnist.npz"]
    assert_is(data.load_mnist(), arrays)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_during_a_download_leaves_nothing_half_written(server, mirrors, arrays, cache):
    content, halfway, over = npz(arrays), threading.Event(), threading.Event()

    def pause(handler):
        begin(handler, len(content))
        handler.wfile.write(content[:5000])
        handler.wfile.flush()
        halfway.set()
        over.wait(30)

    server.answers[NPZ] = pause
    process = start(mirrors)
    assert halfway.wait(30)
    assert [name[:11] for name in kept(cache)] == ["unfinished-"]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    over.set()
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in said
    assert kept(cache) == []
