"""A training that is killed and started again ends with the bytes of one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training.killed import BATCH, EPOCHS, IMAGES

from lecturekit.training import checkpoint_file

PROGRAM = Path(__file__).with_name("killed.py")
KILLS = int(os.environ.get("LECTUREKIT_KILLS", "5"))
"""How often the training is killed; each time costs a start of TensorFlow."""
LIMIT = 120
"""Seconds that one start may take."""
STEPS = IMAGES // BATCH
"""Steps of one epoch."""


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


def killed_at(step, seconds, checkpoint, result):
    """Kill the training so long after its checkpoint passed a step; return the step it holds."""
    run = started(checkpoint, result)
    try:
        end = time.monotonic() + LIMIT
        while stored_step(checkpoint) < step and run.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(seconds)
    finally:
        run.send_signal(signal.SIGKILL)
        _, err = run.communicate()
    assert run.returncode == -signal.SIGKILL, f"over before it was killed: {err}"
    return stored_step(checkpoint)


def stored_step(path):
    if not path.exists():
        return -1
    course = checkpoint_file.read(path).about["course"]
    return course["epoch"] * STEPS + course["batch"]


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_bytes(tmp_path, rng):
    expected = finished("-", tmp_path / "undisturbed.npz")
    checkpoint, result = tmp_path / "training.npz", tmp_path / "killed.npz"
    # Whatever the machine's speed, half of the training is left to be killed in.
    steps = sorted(rng.integers(1, STEPS * EPOCHS // 2, KILLS))
    places = [killed_at(step, rng.uniform(0, 0.02), checkpoint, result) for step in steps]
    print(f"killed after {places} of {STEPS * EPOCHS} steps")
    assert all(place >= step for place, step in zip(places, steps, strict=True))
    assert any(place % STEPS for place in places), f"never within an epoch: {places}"
    got = finished(checkpoint, result)
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        assert array.tobytes() == got[name].tobytes(), name
