"""``lecturekit doctor``: what it says of machines that lack something, most of them made up."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest
import screenshots
from cli.commands import LIMIT, finished
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import lecturekit
from lecturekit.cli import main
from lecturekit.cli.checks import files, gpus, jupyter, machine, packages, probe, programs
from lecturekit.cli.checks.finding import Finding, State
from lecturekit.data import DataFileError, _mnist_checks

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CPU = {
    "version": "2.21.0",
    "cuda": None,
    "is_cuda_build": False,
    "gpus": [],
    "backend": "tensorflow",
}
CUDA = CPU | {"cuda": "12.5.1", "is_cuda_build": True}
NAMES = [
    "python", "lecturekit", "anywidget", "ipywidgets", "matplotlib", "numpy", "pooch", "tqdm",
    "traitlets", "tensorflow", "keras", "gpu", "processors", "memory", "disk", "bundled data",
    "mnist", "chapters", "ipykernel", "jupyterlab", "jupyterlab-myst", "widgets", "browser", "make",
]  # fmt: skip


@pytest.fixture
def installed(monkeypatch):
    """Change which packages seem to be installed: a version, or None."""

    def change(**versions):
        changed = {name.replace("_", "-"): version for name, version in versions.items()}

        def version(name):
            found = changed.get(name, "absent")
            if found is None:
                raise metadata.PackageNotFoundError(name)
            return real(name) if found == "absent" else found

        monkeypatch.setattr(packages.metadata, "version", version)

    real = metadata.version
    return change


@pytest.fixture
def on_path(monkeypatch):
    """Change which programs seem to be on the PATH."""

    def change(*programs):
        monkeypatch.setattr(shutil, "which", dict(programs).get)

    return change


def doctor(capsys, monkeypatch, answer=None):
    """Run the command with what TensorFlow is made to say; return exit code and findings."""
    monkeypatch.setattr(probe, "ask_tensorflow", lambda: answer or probe.Answer(said=CPU))
    code = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["complete"] == (code == 0)
    assert found["lecturekit"] == lecturekit.__version__
    assert [finding["name"] for finding in found["findings"]] == NAMES
    for finding in found["findings"]:
        assert finding["state"] in ("ok", "note", "missing")
        assert bool(finding["advice"]) == (finding["state"] != "ok"), finding
    return code, {finding.pop("name"): finding for finding in found["findings"]}


# --- all together -------------------------------------------------------------------------------


def test_where_all_is_there_the_exit_code_is_0(capsys, monkeypatch):
    code, found = doctor(capsys, monkeypatch)
    assert code == 0, found
    assert found["numpy"] == {"state": "ok", "found": metadata.version("numpy"), "advice": ""}


def test_where_something_needed_is_missing_it_is_1(capsys, monkeypatch, installed):
    installed(anywidget=None, numpy="1.26.4", make=None)
    code, found = doctor(capsys, monkeypatch)
    assert code == 1
    assert found["anywidget"] == {
        "state": "missing", "found": "not installed", "advice": 'pip install "anywidget>=0.9.21"',
    }  # fmt: skip
    assert found["numpy"]["found"] == "1.26.4, not >=2.0"


def test_what_is_not_needed_leaves_it_0(capsys, monkeypatch, installed, on_path):
    on_path()
    installed(jupyterlab=None, ipykernel=None)
    code, found = doctor(capsys, monkeypatch)
    assert code == 0
    notes = {name for name, finding in found.items() if finding["state"] == "note"}
    assert {"jupyterlab", "ipykernel", "widgets", "browser", "make"} <= notes


def test_the_table_says_the_same(capsys, monkeypatch):
    found = [
        Finding("python", "3.11.7"),
        Finding("mnist", "not found", State.NOTE, "download it"),
        Finding("tensorflow", "not installed", State.MISSING, "pip install it"),
    ]
    monkeypatch.setattr("lecturekit.cli.doctor.findings", lambda: iter(found))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == (
        "ok       python      3.11.7\n"
        "note     mnist       not found\n"
        "                     -> download it\n"
        "MISSING  tensorflow  not installed\n"
        "                     -> pip install it\n"
        "\n"
        "Missing: tensorflow. In a copy of the project, `make lab` installs all packages.\n"
    )
    monkeypatch.setattr("lecturekit.cli.doctor.findings", lambda: iter(found[:2]))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("\nEverything that is needed is there.\n")


def test_a_look_that_fails_does_not_hide_the_others(capsys, monkeypatch):
    def fail():
        raise OSError("no such device")

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: fail())
    monkeypatch.setattr(probe, "ask_tensorflow", lambda: probe.Answer(said=CPU))
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "note     disk             unknown (OSError: no such device)" in out
    assert "make" in out


@pytest.mark.slow
def test_this_machine_in_earnest():
    code, out, err = finished("doctor", "--json")
    found = {finding["name"]: finding for finding in json.loads(out)["findings"]}
    assert (code, err) == (0, "")
    assert found["tensorflow"]["state"] == "ok"
    assert found["keras"]["found"] == metadata.version("keras")


@pytest.mark.slow
def test_a_python_without_any_package(tmp_path):
    """A real one: no NumPy, no TensorFlow, nothing."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name != "nt")
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run = subprocess.run(
        [python, "-m", "lecturekit", "doctor", "--json"],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
    )
    assert (run.returncode, run.stderr) == (1, "")
    found = {finding["name"]: finding for finding in json.loads(run.stdout)["findings"]}
    missing = {name for name, finding in found.items() if finding["state"] == "missing"}
    assert missing == {*packages.NEEDED, *packages.TENSORFLOW}
    assert found["mnist"]["state"] == found["bundled data"]["state"] == "note"


def test_nothing_is_downloaded(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("LECTUREKIT_MNIST", raising=False)
    monkeypatch.setenv("LECTUREKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("socket.socket.connect", lambda *where: pytest.fail(f"asks {where}"))
    doctor(capsys, monkeypatch)
    assert list(tmp_path.iterdir()) == []


# --- Python and packages ------------------------------------------------------------------------


def as_range(specifiers):
    low = [s.version for s in specifiers if s.operator == ">="]
    high = [s.version for s in specifiers if s.operator == "<"]
    return low[0], (high or [None])[0]


def test_the_ranges_are_those_of_the_project():
    extras = PROJECT["optional-dependencies"]
    for table, lines in (
        (packages.NEEDED, PROJECT["dependencies"]),
        (packages.TENSORFLOW, extras["tensorflow"]),
        (packages.LAB, extras["lab"]),
    ):
        asked = [Requirement(line) for line in lines]
        expected = {one.name.removesuffix("-cpu"): as_range(one.specifier) for one in asked}
        assert table == expected
    assert as_range(SpecifierSet(PROJECT["requires-python"])) == packages.PYTHON


@pytest.mark.parametrize(
    ("version", "fits"), [("3.10.14", False), ("3.13.1", True), ("3.14.0rc1", False)]
)
def test_python_must_be_one_that_we_promise(version, fits, monkeypatch):
    monkeypatch.setattr("platform.python_version", lambda: version)
    found = packages.python()[0]
    assert found.state is (State.OK if fits else State.MISSING)
    assert found.found.startswith(version)


# --- TensorFlow ---------------------------------------------------------------------------------


def test_no_tensorflow(installed):
    installed(tensorflow=None, tensorflow_cpu=None)
    problem = "cannot be loaded (ModuleNotFoundError: No module named 'tensorflow')"
    tensorflow, keras = probe.tensorflow(probe.Answer(problem=problem))
    assert (tensorflow.found, tensorflow.state) == ("not installed", State.MISSING)
    assert tensorflow.advice == probe.install()
    assert keras.state is State.OK


@pytest.mark.parametrize(
    ("system", "processor", "wheel"),
    [("linux", "x86_64", "tensorflow-cpu"), ("darwin", "arm64", "tensorflow"),
     ("linux", "aarch64", "tensorflow")],
)  # fmt: skip
def test_the_wheel_is_that_of_the_project(system, processor, wheel, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: processor)
    environment = {"sys_platform": system, "platform_machine": processor}
    lines = map(Requirement, PROJECT["optional-dependencies"]["tensorflow"])
    [wanted] = [line for line in lines if line.marker and line.marker.evaluate(environment)]
    assert wanted.name == wheel
    assert probe.install() == f'pip install "{wheel}>=2.19,<2.22"'


FAILURES = {
    "a processor without AVX": (-4, "", "illegal instruction", "need a processor with AVX"),
    "a crash": (-11, "", "ends at once (signal 11)", "install it again: pip install --force"),
    "a broken installation": (
        1, "Traceback\n  File\nImportError: libx.so", "cannot be loaded (ImportError: libx.so)",
        "install it again",
    ),
    "nothing said": (3, "", "cannot be loaded (exit code 3)", "install it again"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "err", "found", "advice"), FAILURES.values(), ids=FAILURES)
def test_a_tensorflow_that_does_not_load(code, err, found, advice, monkeypatch):
    run = subprocess.CompletedProcess([], code, "", err)
    monkeypatch.setattr(subprocess, "run", lambda *what, **how: run)
    tensorflow, _ = probe.tensorflow(probe.ask_tensorflow())
    assert tensorflow.state is State.MISSING
    assert found in tensorflow.found
    assert advice in tensorflow.advice


def test_a_tensorflow_that_does_not_end(monkeypatch):
    def wait(*what, **how):
        raise subprocess.TimeoutExpired("python", how["timeout"])

    monkeypatch.setattr(subprocess, "run", wait)
    tensorflow, _ = probe.tensorflow(probe.ask_tensorflow())
    assert (tensorflow.state, "within 120 seconds" in tensorflow.found) == (State.MISSING, True)


def test_another_back_end_of_keras():
    _, keras = probe.tensorflow(probe.Answer(said=CPU | {"backend": "jax"}))
    assert keras.state is State.MISSING
    assert "KERAS_BACKEND=tensorflow" in keras.advice
    _, keras = probe.tensorflow(probe.Answer(said=CPU | {"backend": "fails: ImportError: x"}))
    assert "--force-reinstall keras" in keras.advice


def test_both_wheels_at_once(installed):
    installed(tensorflow="2.21.0", tensorflow_cpu="2.21.0")
    tensorflow, _ = probe.tensorflow(probe.Answer(said=CPU))
    assert tensorflow.state is State.NOTE
    assert "overwrite each other's files" in tensorflow.advice


def test_an_untested_version_is_a_note():
    tensorflow, _ = probe.tensorflow(probe.Answer(said=CPU | {"version": "2.30.0"}))
    assert (tensorflow.state, ">=2.19,<2.22" in tensorflow.advice) == (State.NOTE, True)


# --- GPUs ---------------------------------------------------------------------------------------


def gpu(said, monkeypatch, *, driver, log=(), visible=None):
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr(gpus, "ask_driver", lambda: driver)
    [found] = gpus.gpus(probe.Answer(said=said, log=list(log)))
    assert found.state is not State.MISSING  # a CPU is enough
    return found


T4 = gpus.Driver(["Tesla T4, 550.54"])
DLOPEN = "W0000 00:00:1 gpu_device.cc:2344] Cannot dlopen some GPU libraries. Please make sure"


def test_a_gpu_that_tensorflow_sees(monkeypatch):
    found = gpu(CUDA | {"gpus": ["Tesla T4"]}, monkeypatch, driver=T4)
    assert found == Finding("gpu", "TensorFlow sees 1: Tesla T4")


def test_no_gpu(monkeypatch):
    found = gpu(CPU, monkeypatch, driver=gpus.Driver([], "no nvidia-smi"))
    assert found.state is State.OK
    assert "a CPU is enough" in found.found


UNSEEN = {
    "tensorflow-cpu": (CPU, {}, "tensorflow-cpu is installed", '"tensorflow[and-cuda]=='),
    "hidden": (CUDA, {"visible": "-1"}, "CUDA_VISIBLE_DEVICES='-1' hides it", "unset"),
    "no libraries": (CUDA, {"log": [DLOPEN]}, "finds no libraries of CUDA", "[and-cuda]==2.21.0"),
    "another reason": (
        CUDA, {"log": ["E0000 x.cc:1] failed call to cuInit: UNKNOWN ERROR (303) cuda"]},
        "and says: failed call to cuInit: UNKNOWN ERROR (303) cuda", "[and-cuda]",
    ),
    "no reason": (CUDA, {}, "finds no libraries of CUDA", "[and-cuda]"),
    "no tensorflow": (None, {}, "does not load", "see the line on tensorflow"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "how", "why", "advice"), UNSEEN.values(), ids=UNSEEN)
def test_a_gpu_that_tensorflow_does_not_see(said, how, why, advice, monkeypatch, installed):
    installed(tensorflow_cpu="2.21.0")
    found = gpu(said, monkeypatch, driver=T4, **how)
    assert found.state is State.NOTE
    assert found.found.startswith("Tesla T4, 550.54: TensorFlow does not see it, ")
    assert why in found.found
    assert advice in found.advice


def test_windows_has_no_gpu_support(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "WSL2" in gpu(CPU, monkeypatch, driver=T4).advice


def test_a_driver_that_fails(monkeypatch, on_path, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    smi = tmp_path / "nvidia-smi"
    smi.write_text(
        "#!/bin/sh\necho 'Failed to initialize NVML: Driver/library version mismatch'\nexit 18\n"
    )
    smi.chmod(0o755)
    on_path(("nvidia-smi", str(smi)))
    [found] = gpus.gpus(probe.Answer(said=CUDA))
    assert found.state is State.NOTE
    assert "Failed to initialize NVML: Driver/library version mismatch" in found.found
    smi.write_text("#!/bin/sh\necho 'Tesla T4, 550.54'\n")
    assert gpus.ask_driver() == T4
    smi.write_text("no program")
    assert "fails" in gpus.ask_driver().problem


# --- machine ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "state", "advice"),
    [
        (50 * 2**20, State.MISSING, "free some space"),
        (2**30, State.NOTE, "enough for runs"),
        (2**40, State.OK, ""),
    ],
)
def test_little_disk(free, state, advice, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2**41, 0, free))
    [found] = machine.disk()
    assert found.state is state
    assert advice in found.advice


@pytest.fixture
def container(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


def test_the_memory_of_a_container_counts(container):
    if machine._memory() is None:
        pytest.skip("this system does not tell its memory")
    (container / "memory.max").write_text("max\n")
    whole = machine._memory()
    (container / "memory.max").write_text(f"{2**29}\n")
    assert machine._memory() == 2**29 < whole
    [found] = machine.memory()
    assert (found.found, found.state) == ("0.5 GB", State.NOTE)


def test_the_processors_of_a_container_and_limits_of_threads(container, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(8), raising=False)
    for name in machine._THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert machine.processors()[0].found.startswith("8 of 64 (")
    (container / "cpu.max").write_text("200000 100000\n")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    [found] = machine.processors()
    assert found.found.startswith("2 of 64 (")
    assert found.found.endswith(", OMP_NUM_THREADS=1")


# --- data ---------------------------------------------------------------------------------------


def test_a_damaged_bundled_file(monkeypatch):
    def damaged(name):
        raise DataFileError("digits.npz is missing or damaged:\n restore it")

    monkeypatch.setattr("lecturekit.data._bundled.read_npz", damaged)
    [found] = files.bundled()
    assert (found.state, found.advice) == (
        State.MISSING, "digits.npz is missing or damaged: restore it",
    )  # fmt: skip


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A small set that is taken for MNIST, in the cache."""
    from data.small_mnist import checksums, npz, small_mnist

    monkeypatch.delenv("LECTUREKIT_MNIST", raising=False)
    monkeypatch.setenv("LECTUREKIT_CACHE", str(tmp_path))
    monkeypatch.setattr(_mnist_checks, "CHECKSUMS", checksums(small_mnist()))
    path = tmp_path / "mnist.npz"
    path.write_bytes(npz(small_mnist()))
    return path


def test_mnist_in_the_cache(mnist):
    [found] = files.mnist()
    assert found == Finding("mnist", f"{mnist} (cache), all checksums right")


def test_mnist_that_is_named(mnist, monkeypatch, tmp_path):
    named = mnist.rename(tmp_path / "mine.npz")
    monkeypatch.setenv("LECTUREKIT_MNIST", str(named))
    [found] = files.mnist()
    assert found == Finding("mnist", f"{named} (LECTUREKIT_MNIST), all checksums right")
    monkeypatch.setenv("LECTUREKIT_MNIST", str(tmp_path / "other.npz"))
    [found] = files.mnist()
    assert (found.state, "there is no such file" in found.found) == (State.NOTE, True)
    assert "or unset it" in found.advice


def test_no_mnist_and_damaged_mnist(mnist):
    mnist.write_bytes(mnist.read_bytes()[:-500])
    [found] = files.mnist()
    assert (found.state, found.advice) == (State.NOTE, "the next use downloads it again")
    mnist.unlink()
    [found] = files.mnist()
    assert found.found == f"not found ({mnist})"
    assert "downloads 11 MB" in found.advice


def test_another_set_in_the_form_of_mnist(mnist, monkeypatch):
    monkeypatch.setitem(_mnist_checks.CHECKSUMS, "y_test", "0" * 64)
    monkeypatch.setenv("LECTUREKIT_MNIST", str(mnist))
    [found] = files.mnist()
    assert found.found.endswith(": not the public MNIST")
    assert "--no-check" in found.advice


@pytest.mark.parametrize(
    ("name", "found", "state"),
    [
        (None, "work with the book's digits", State.OK),
        ("", "work with the book's digits", State.OK),
        ("mnist", "work with digits of MNIST (LECTUREKIT_DATA)", State.OK),
        ("MNIST", "LECTUREKIT_DATA=MNIST: unknown", State.NOTE),
    ],
)
def test_which_digits_the_chapters_work_with(monkeypatch, name, found, state):
    monkeypatch.delenv("LECTUREKIT_DATA", raising=False)
    if name is not None:
        monkeypatch.setenv("LECTUREKIT_DATA", name)
    [finding] = files.chapters()
    assert (finding.found, finding.state) == (found, state)


# --- widgets, programs --------------------------------------------------------------------------


def test_widgets_need_their_part_in_jupyterlab(installed, tmp_path, monkeypatch, on_path):
    on_path()
    installed(jupyterlab="4.4.0")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    [found] = jupyter.widgets()
    assert found.found == "JupyterLab has no part of anywidget and ipywidgets"
    for folder in jupyter._EXTENSIONS.values():
        (tmp_path / "share" / "jupyter" / "labextensions" / folder).mkdir(parents=True)
    assert jupyter.widgets() == [Finding("widgets", "will show in JupyterLab")]


def test_another_jupyterlab_on_the_path(installed, monkeypatch, on_path):
    installed(jupyterlab="4.4.0")
    monkeypatch.setattr(jupyter, "_installed", lambda folder: True)
    on_path(("jupyter-lab", "/opt/other/bin/jupyter-lab"))
    [found] = jupyter.widgets()
    assert found.state is State.NOTE
    assert "/opt/other/bin/jupyter-lab" in found.found
    on_path(("jupyter-lab", str(jupyter._program())))
    assert jupyter.widgets()[0].state is State.OK


def test_the_browsers_are_those_of_the_tests():
    assert programs.CHROMIUMS == screenshots.CHROMIUMS


def test_programs_that_are_there(on_path):
    on_path(("google-chrome", "/opt/chrome"), ("make", "/usr/bin/make"))
    assert programs.browser() == [Finding("browser", "/opt/chrome")]
    assert programs.make() == [Finding("make", "/usr/bin/make")]
