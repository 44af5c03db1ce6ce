"""GPUs: which ones TensorFlow sees, which ones it does not see, and why."""

import os
import platform
import shutil
import subprocess
import sys
from typing import Final, NamedTuple

from lecturekit.cli.checks.finding import Finding, State
from lecturekit.cli.checks.packages import version_of
from lecturekit.cli.checks.probe import Answer

_QUESTION: Final = ("--query-gpu=name,driver_version", "--format=csv,noheader")
_SECONDS: Final = 20
_HIDDEN: Final = ("", "-1")
"""Values of CUDA_VISIBLE_DEVICES that hide all GPUs."""


class Driver(NamedTuple):
    """What NVIDIA's driver says: a line for each GPU, or why there are none."""

    lines: list[str]
    problem: str = ""


def ask_driver() -> Driver:
    """Ask ``nvidia-smi``, which comes with NVIDIA's driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return Driver([], "no nvidia-smi")
    try:
        run = subprocess.run(
            [program, *_QUESTION], capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Driver([], f"nvidia-smi fails ({type(error).__name__})")
    lines = [line.strip() for line in run.stdout.splitlines() if line.strip()]
    if run.returncode:
        said = (lines or run.stderr.split("\n"))[0]
        return Driver([], f"nvidia-smi fails ({said})")
    return Driver(lines)


def gpus(answer: Answer) -> list[Finding]:
    """Look at what the driver has and what TensorFlow sees."""
    driver = ask_driver()
    seen = answer.said["gpus"] if answer.said else []
    if seen:
        return [Finding("gpu", f"TensorFlow sees {len(seen)}: {', '.join(seen)}")]
    if driver.lines:
        why, advice = _why_unseen(answer)
        there = "; ".join(driver.lines)
        return [Finding("gpu", f"{there}: TensorFlow does not see it, {why}", State.NOTE, advice)]
    if "fails" in driver.problem:
        advice = "start the machine again, or install NVIDIA's driver again; a CPU is enough, too"
        return [Finding("gpu", driver.problem, State.NOTE, advice)]
    return [Finding("gpu", f"none ({driver.problem}{_of_another_kind()}): a CPU is enough")]


def _why_unseen(answer: Answer) -> tuple[str, str]:
    """Return the reason, and what to do, where there is a GPU that TensorFlow does not see."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if answer.said is None:
        return "for it does not load", "see the line on tensorflow"
    version = answer.said["version"]
    cuda = f'pip install "tensorflow[and-cuda]=={version}"'
    if sys.platform == "win32":
        return "for it has no GPU support on Windows", "run it in WSL2, or use the CPU"
    if not answer.said["is_cuda_build"]:
        wheel = "tensorflow-cpu is installed" if version_of("tensorflow-cpu") else "built so"
        advice = f"pip uninstall tensorflow-cpu, then {cuda}; a CPU is enough, too"
        return f"for it is without CUDA ({wheel})", advice
    if visible is not None and visible.strip() in _HIDDEN:
        return (
            f"for CUDA_VISIBLE_DEVICES={visible!r} hides it",
            "unset the environment variable CUDA_VISIBLE_DEVICES",
        )
    reason = next((line for line in answer.log if "dlopen" in line or "cuda" in line.lower()), "")
    if "dlopen" in reason or not reason:
        return "for it finds no libraries of CUDA", cuda
    return f"and says: {reason.rpartition('] ')[2]}", cuda


def _of_another_kind() -> str:
    """Name what TensorFlow's own wheels cannot use."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return ", and Apple's GPU needs tensorflow-metal"
    if shutil.which("rocm-smi"):
        return ", and AMD's GPUs need tensorflow-rocm"
    return ""
