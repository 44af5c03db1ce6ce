"""The program as a script meets it: exit codes, one line on stderr, a quick start."""

import importlib
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from cli.commands import LIMIT, SHORT, finished, only_line, started

import lecturekit
from lecturekit.cli import main, program, run_folder, trouble

ROOT = Path(__file__).parents[2]
HEAVY = {"keras", "matplotlib", "numpy", "tensorflow", "pooch", "tqdm", "ipywidgets"}


def test_the_script_is_this_program():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["lecturekit"].partition(":")
    assert getattr(importlib.import_module(module), name) is main


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "train --help", "evaluate --help", "doctor --help"]
)
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys; from lecturekit.cli import main; "
        f"code = main({arguments.split()!r}); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0
    assert "lecturekit" in run.stdout
    assert not set(run.stderr.split()) & HEAVY


def test_help_names_the_commands_and_the_exit_codes(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for command in program.COMMANDS:
        assert f"    {command.__name__.rpartition('.')[2]:<9} {command.SUMMARY}" in out
    assert "0 done, 1 something went wrong, 2 wrong arguments, 130 Ctrl-C" in out


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lecturekit {lecturekit.__version__}\n"


WRONG = {
    "": "required: command",
    "fit": "invalid choice",
    "train": "required: --out",
    "train --out x --epochs 0": "must be at least 1, got 0",
    "train --out x --epochs 1.5": "'1.5' is not a whole number",
    "train --out x --seed -1": "must be at least 0, got -1",
    "train --out x --learning-rate 0": "must be a finite number above 0",
    "train --out x --learning-rate nan": "must be a finite number above 0",
    "train --out x --learning-rate fast": "'fast' is not a number",
    "train --out x --epoch 3": "unrecognized arguments: --epoch",
    "train --out x --model vit": "invalid choice: 'vit'",
    "train --out x --patience 2": "--patience needs --validation",
    "train --out x --file mnist.npz": "--file and --no-check need --data mnist",
    "evaluate": "required: FOLDER",
    "evaluate x --split all": "invalid choice: 'all'",
    "doctor --fix": "unrecognized arguments: --fix",
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.items(), ids=WRONG)
def test_wrong_arguments_are_code_2(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_more_images_than_there_are_is_code_2(tmp_path, capsys):
    arguments = ["train", "--out", str(tmp_path / "x"), "--images", "1400", "--validation", "38"]
    assert main(arguments) == 2
    said = only_line(capsys.readouterr().err)
    assert said == "--validation and --images ask for 1438 images, and there are 1437 to train on"


def test_a_warning_is_a_note_in_one_line(capsys, monkeypatch):
    import warnings

    def run(options):
        warnings.warn("two\nlines", stacklevel=1)
        return 0

    monkeypatch.setattr("lecturekit.cli.doctor.run", run)
    assert main(["doctor"]) == 0
    assert capsys.readouterr().err == "lecturekit: note: two lines\n"


def test_ctrl_c_outside_of_a_training_is_130(capsys, monkeypatch):
    def run(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("lecturekit.cli.doctor.run", run)
    assert main(["doctor"]) == 130
    assert only_line(capsys.readouterr().err) == "interrupted"


def test_an_error_of_the_system_names_its_file_and_what_to_do():
    error = PermissionError(13, "Permission denied", "x/y")
    assert trouble.one_line(error) == (
        "x/y: Permission denied; allow writing and reading there, or name another place"
    )


PAGE = (ROOT / "book" / "command_line.md").read_text(encoding="utf-8")


def test_the_page_of_the_book_names_every_option_and_no_other(capsys):
    options = set()
    for command in ("train", "evaluate", "doctor"):
        assert main([command, "--help"]) == 0
        options |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = set(re.findall(r"`(?:lecturekit [a-z]+ )?(--[a-z][a-z-]+)", PAGE))
    assert named == options


def test_the_page_of_the_book_names_every_file_of_a_run():
    named = set(re.findall(r"^`([a-z_.]+)`$", PAGE, flags=re.MULTILINE))
    assert named == run_folder.OWN - {".lock", "mistakes.png"}


# --- in a process of its own --------------------------------------------------------------------


def test_what_went_wrong_is_one_line_and_code_1(tmp_path):
    code, out, err = finished("evaluate", tmp_path)
    assert (code, out) == (1, "")
    assert "holds no run" in only_line(err)


def test_a_reader_that_reads_no_further_is_no_trouble(tmp_path):
    process = started("train", "--help")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=LIMIT)
    assert "Traceback" not in err


def seen(path):
    return path.stat().st_mtime_ns if path.exists() else 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_ctrl_c_is_130_and_the_run_goes_on(tmp_path):
    out = tmp_path / "x"
    arguments = ["train", "--out", out, *SHORT[2:]]
    process = started(*arguments, "--epochs", "100000")
    checkpoint, end = out / "checkpoint.npz", time.monotonic() + LIMIT
    times = {seen(checkpoint)}
    while len(times) < 5 and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
        times.add(seen(checkpoint))
    process.send_signal(signal.SIGINT)
    text, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, text) == (130, "")
    said = only_line(err)
    assert said.startswith("interrupted after ")
    assert said.endswith("is kept, and the same command goes on from there")
    assert {"history.csv", "model.keras", "settings.json"} <= set(os.listdir(out))
    code, text, err = finished("evaluate", out)
    assert (code, err) == (0, "")
    assert "(unfinished: after " in text


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_file_that_may_not_grow_is_one_line(tmp_path):
    """A real failure while a checkpoint is written, and not a pretended one."""
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    code, text, err = finished("train", "--out", tmp_path / "x", *SHORT, preexec_fn=limited)
    assert (code, text) == (1, "")
    said = only_line(err)
    assert "checkpoint.npz could not be written: File too large; the system lets no file" in said
    assert not list((tmp_path / "x").glob("*unfinished*"))
