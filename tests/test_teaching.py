"""What the page for teachers tells them to run does what it says."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
MARKING, COUNTING = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.slow
def test_notebooks_that_are_handed_in_are_run_again_and_marked(tmp_path, monkeypatch, capsys):
    """What they store says that everything is right; only the solutions are."""
    (tmp_path / "handed_in").mkdir()
    for name in ("exercises", "solutions"):
        source = ROOT / "notebooks" / name / "03_max_pooling.ipynb"
        shutil.copy(source, tmp_path / "handed_in" / f"{name}.ipynb")
    pretended = tmp_path / "handed_in" / "exercises.ipynb"
    text = pretended.read_text(encoding="utf-8")
    pretended.write_text(text.replace("… Not attempted yet.", "✓ Right."), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(MARKING, "teaching.md", "exec"), {})
    nothing, everything = capsys.readouterr().out.splitlines()
    right, of = map(int, re.fullmatch(r"solutions: (\d+) of (\d+)", everything).groups())
    assert right == of > 3
    assert nothing == f"exercises: 0 of {of}"


def test_misconceptions_are_counted(capsys):
    exec(compile(COUNTING, "teaching.md", "exec"), {})
    said = capsys.readouterr().out
    assert said == "Counter({None: 1, 'kernel turned by 180 degrees': 1})\n"


def test_the_programs_that_the_page_names_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tasks = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", PAGE, flags=re.MULTILINE)
    assert len(tasks) > 2
    assert [task for task in tasks if f"\n{''.join(task)}:" not in makefile] == []
    scripts = re.findall(r"benchmarks/\w+\.py", makefile)
    assert {"benchmarks/page_server.py", "benchmarks/kernel_memory.py"} <= set(scripts)
    assert [script for script in scripts if not (ROOT / script).is_file()] == []
