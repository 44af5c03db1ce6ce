"""Two devices, and two processes that talk over loopback, train as one device does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from training.short import small_model, train

from lecturekit._tensorflow import tf
from lecturekit.training import checkpoint_file

PROGRAM = Path(__file__).with_name("shared.py")
LIMIT = 60
"""Seconds after which every process of a test is ended."""
TOLERANCE = 1e-4


class Processes:
    """Starts trainings in processes of their own, and never leaves one behind."""

    def __init__(self, folder):
        self.folder, self.running = folder, []

    def start(self, *arguments, worker=None, ports=()):
        result = self.folder / f"{arguments[0]}{worker}.json"
        result.unlink(missing_ok=True)
        environment = os.environ | {"TQDM_DISABLE": "1"}
        if worker is not None:
            cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
            task = {"type": "worker", "index": worker}
            environment["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
        command = [sys.executable, PROGRAM, arguments[0], result, *arguments[1:]]
        log = open(self.folder / f"{arguments[0]}{worker}.log", "w")  # noqa: SIM115
        run = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        log.close()
        run.result, run.log = result, Path(log.name)
        self.running.append(run)
        return run

    def start_two(self, *arguments):
        ports = free_ports(2)
        return [self.start(*arguments, worker=worker, ports=ports) for worker in range(2)]

    def end(self):
        for run in self.running:
            run.kill()
            run.wait()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def outcome(run):
    run.wait(LIMIT)
    assert run.returncode == 0, run.log.read_text()
    return json.loads(run.result.read_text())


@pytest.fixture
def processes(tmp_path):
    running = Processes(tmp_path)
    yield running
    running.end()


def assert_same(found, expected):
    for name, curve in expected.items():
        np.testing.assert_allclose(found[name], curve, rtol=TOLERANCE, err_msg=name)


CASES = ("sgd", "adam", "penalty", "weighted")


@pytest.mark.slow
def test_two_devices_train_as_one(processes):
    alone = outcome(processes.start("alone"))
    found = outcome(processes.start("mirrored"))
    for case in CASES:
        assert_same(found[case], alone[case])
        assert_same(found[f"{case} inside"], alone[case])
    assert "inside of `with strategy.scope():`" in found["refused"]
    assert found["stateful"]["loss"][-1] < 0.7 * found["stateful"]["loss"][0]
    assert "must be a mean over the batch" in found["sum"]
    assert "CentralStorageStrategy is not supported" in found["unknown"]
    for inside in (False, True):
        assert found[f"whole {inside}"] == found[f"resumed {inside}"]


@pytest.mark.slow
def test_two_processes_train_as_one(processes):
    alone = outcome(processes.start("alone"))
    for run in processes.start_two("workers"):
        found = outcome(run)
        assert found["replicas"] == 2
        for case in CASES:
            assert_same(found[case], alone[case])
            assert_same(found[f"{case} inside"], alone[case])
        assert "train: the processes do not begin alike" in found["unlike"]


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_is_killed_and_all_go_on_from_the_checkpoint(victim, processes, tmp_path):
    path = tmp_path / "training.npz"
    both = processes.start_two("long", path)
    wait_for_batch(path)
    both[victim].send_signal(signal.SIGKILL)
    assert both[1 - victim].wait(LIMIT) == 1
    assert "another process of this training is lost" in both[1 - victim].log.read_text()
    course = checkpoint_file.read(path).about["course"]
    assert 0 < 100 * course["epoch"] + course["batch"] < 400
    again = [outcome(run) for run in processes.start_two("long", path)]
    undisturbed = [outcome(run) for run in processes.start_two("long", "-")]
    assert again[0] == again[1]
    assert_same(again[0], undisturbed[0])


def wait_for_batch(path):
    """Wait until a checkpoint from within the training is there."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        stored = checkpoint_file.read(path)
        if stored is not None and stored.about["course"]["batch"]:
            return
        time.sleep(0.05)
    raise AssertionError("no checkpoint came")


def test_one_device_by_its_name_trains_as_none():
    one, other = small_model(), small_model()
    expected = train(one)
    found = train(other, strategy=tf.distribute.OneDeviceStrategy("/cpu:0"))
    np.testing.assert_allclose(found.step_loss, expected.step_loss, rtol=TOLERANCE)
    np.testing.assert_allclose(found.accuracy, expected.accuracy, rtol=TOLERANCE)
