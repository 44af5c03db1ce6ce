"""A training that is killed and started again ends with the bytes of one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lecturekit.training import checkpoint_file

PROGRAM = Path(__file__).with_name("killed.py")
KILLS = int(os.environ.get("LECTUREKIT_KILLS", "2"))
"""How often the training is killed; each time costs a start of TensorFlow."""
LIMIT = 120
"""Seconds that one start may take."""


def started(checkpoint, result):
    environment = os.environ | {"TQDM_DISABLE": "1"}
    return subprocess.Popen(
        [sys.executable, PROGRAM, checkpoint, result],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finished(checkpoint, result):
    run = started(checkpoint, result)
    out, err = run.communicate(timeout=LIMIT)
    assert run.returncode == 0, err
    assert "done" in out
    with np.load(result) as archive:
        return dict(archive)


def killed_after(seconds, checkpoint, result):
    """Kill the training so long after its first steps; return where it was stored, or None.

    None says that it was over before, as on a fast machine it may be.
    """
    run = started(checkpoint, result)
    try:
        assert run.stdout.readline() == "begins\n"
        seen, end = {modified(checkpoint)}, time.monotonic() + LIMIT
        while len(seen) < 3 and time.monotonic() < end:  # written before and after the first steps
            time.sleep(0.005)
            seen.add(modified(checkpoint))
        time.sleep(seconds)
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    if run.returncode != -signal.SIGKILL:
        return None
    course = checkpoint_file.read(checkpoint).about["course"]
    return course["epoch"], course["batch"]


def modified(path):
    return path.stat().st_mtime_ns if path.exists() else 0


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_bytes(tmp_path, rng):
    expected = finished("-", tmp_path / "undisturbed.npz")
    checkpoint, result = tmp_path / "training.npz", tmp_path / "killed.npz"
    moments = rng.uniform(0.1, 3 / KILLS, KILLS)
    places = [killed_after(moment, checkpoint, result) for moment in moments]
    print(places)
    places = [place for place in places if place is not None]
    assert places == sorted(places)
    assert any(batch for _, batch in places), f"never within an epoch: {places}"
    got = finished(checkpoint, result)
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        assert array.tobytes() == got[name].tobytes(), name
