"""What TensorFlow says of itself, asked in a process of its own.

So a TensorFlow that ends the whole process, as it does on processors that it was not built for,
ends only that one, and what it logs about GPUs can be read.
"""

import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Final

from lecturekit.cli.checks.finding import Finding, State
from lecturekit.cli.checks.packages import TENSORFLOW, in_words, is_within, package, version_of

WHEELS: Final = ("tensorflow", "tensorflow-cpu")
SECONDS: Final = 120
"""How long TensorFlow may take to load, from a cold disk."""
_QUESTION: Final = """
import json, tensorflow as tf
try:
    import keras
    backend = keras.backend.backend()
except Exception as error:
    backend = f"fails: {type(error).__name__}: {error}"
gpus = tf.config.list_physical_devices("GPU")
details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
print(json.dumps({
    "version": tf.__version__,
    "cuda": dict(tf.sysconfig.get_build_info()).get("cuda_version"),
    "is_cuda_build": tf.test.is_built_with_cuda(),
    "gpus": [detail.get("device_name", "GPU") for detail in details],
    "backend": backend,
}))
"""


@dataclass(frozen=True)
class Answer:
    """What TensorFlow said, or why it said nothing.

    Attributes
    ----------
    said : dict or None
        ``version``, ``cuda``, ``is_cuda_build``, ``gpus``, ``backend``.
    problem : str
        Why there is no answer; empty if there is one.
    log : list of str
        What it logged.
    """

    said: dict[str, Any] | None = None
    problem: str = ""
    log: list[str] = field(default_factory=list)


def ask_tensorflow() -> Answer:
    """Load TensorFlow in another process and return what it says."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "0"}  # its reasons are in its log
    try:
        run = subprocess.run(
            [sys.executable, "-c", _QUESTION],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return Answer(problem=f"does not load within {SECONDS} seconds")
    log = [line for line in run.stderr.splitlines() if line.strip()]
    try:
        return Answer(said=json.loads(run.stdout.splitlines()[-1]), log=log)
    except (IndexError, ValueError):
        return Answer(problem=_problem(run.returncode, log), log=log)


def _problem(code: int, log: list[str]) -> str:
    if code == -getattr(signal, "SIGILL", 0):
        return "ends at once (illegal instruction)"
    if code < 0:
        return f"ends at once (signal {-code})"
    return f"cannot be loaded ({log[-1] if log else f'exit code {code}'})"


def tensorflow(answer: Answer) -> list[Finding]:
    """Look at TensorFlow and Keras."""
    installed = {name: version for name in WHEELS if (version := version_of(name))}
    keras = package("keras", TENSORFLOW["keras"], State.MISSING)
    if answer.said is None:
        return [_silent(installed, answer.problem), keras]
    backend = answer.said["backend"]
    if backend != "tensorflow" and keras.state is State.OK:
        advice = "set the environment variable KERAS_BACKEND=tensorflow, or leave it out"
        if backend.startswith("fails"):
            advice = f"pip install --force-reinstall keras=={keras.found}"
        found = f"{keras.found}, its back end {backend}"
        keras = Finding("keras", found, State.MISSING, advice)
    return [_speaking(installed, answer.said), keras]


def _silent(installed: dict[str, str], problem: str) -> Finding:
    if not installed and "No module named 'tensorflow'" in problem:
        return Finding("tensorflow", "not installed", State.MISSING, install())
    advice = f"install it again: {install('--force-reinstall ')}"
    if "illegal instruction" in problem:
        advice = (
            "its wheels need a processor with AVX; what needs no TensorFlow works here: "
            "lecturekit.reference, lecturekit.data.load_cnn"
        )
    found = " ".join([*(f"{name} {version}" for name, version in installed.items()), problem])
    return Finding("tensorflow", found, State.MISSING, advice)


def _speaking(installed: dict[str, str], said: dict[str, Any]) -> Finding:
    limits, wheels = TENSORFLOW["tensorflow"], " and ".join(installed)
    build = f"CUDA {said['cuda']}" if said["is_cuda_build"] else "without CUDA"
    found = f"{said['version']} ({wheels}, {build})" if wheels else f"{said['version']} ({build})"
    if not is_within(said["version"], limits):
        advice = f"tested with {in_words(limits)} only: {install()}"
        return Finding("tensorflow", found, State.NOTE, advice)
    if len(installed) > 1:
        advice = (
            "the two overwrite each other's files; pip uninstall both, then install one of them"
        )
        return Finding("tensorflow", found, State.NOTE, advice)
    return Finding("tensorflow", found)


def install(option: str = "") -> str:
    """Return what installs the TensorFlow that pyproject.toml names for this system."""
    small = sys.platform == "linux" and platform.machine() == "x86_64"
    name = "tensorflow-cpu" if small else "tensorflow"
    return f'pip install {option}"{name}{in_words(TENSORFLOW["tensorflow"])}"'
