"""The benchmarks measure the same results, and their report says what was measured."""

import json
import platform
import re
from pathlib import Path

import cases
import chart
import contenders
import limits
import machine
import numpy as np
import pytest
import report
import test_speed
from measurements import read

ROOT = Path(__file__).resolve().parents[1]
PAIRS = [
    pytest.param(case, contender, id=f"{case.name}-{contender}")
    for case in cases.CASES.values()
    for contender in contenders.CONTENDERS
    if contender not in ("TensorFlow", "loops") and contenders.takes_part(contender, case)
]
TIMES = {"TensorFlow": 0.002, "NumPy": 0.001, "tensors": 0.0015, "SciPy": 0.06, "loops": 8.0}


def measured(case: str, contender: str, block: int) -> dict[str, object]:
    """What pytest-benchmark stores of one stretch; the second of three is out of line."""
    calls = 3 if case == "one epoch" else 1
    about = {"case": case, "contender": contender, "block": block, "calls": calls}
    if contender == "NumPy" and block == 0:
        about |= {"peak": 2 << 20, "patches": 1 << 20}
    median = TIMES[contender] * calls * (1.0, 9.0, 1.1)[block]
    return {"extra_info": about, "stats": {"median": median}}


@pytest.fixture
def files(tmp_path):
    """Two files of measurements, with one thread and with two, without PyTorch."""
    paths = []
    for threads in (1, 2):
        about = machine.describe("A processor") | {"threads": threads}
        about["versions"] = about["versions"] | {"PyTorch": None}
        stretches = [
            measured(case.name, contender, block)
            for block in range(3)
            for case in cases.CASES.values()
            for contender in TIMES
            if contenders.takes_part(contender, case)
        ]
        paths.append(tmp_path / f"threads_{threads}.json")
        paths[-1].write_text(json.dumps({"machine_info": about, "benchmarks": stretches}))
    return paths


@pytest.mark.parametrize(("case", "contender"), PAIRS)
def test_every_contender_computes_what_tensorflow_computes(case, contender):
    call, collect = contenders.prepare(case, contender)
    found = collect(None if case.operation == "train" else call())
    assert contenders.disagreement(case, found) <= test_speed.TOLERANCE


def test_a_wrong_result_is_noticed():
    case = cases.CASES["layer 1, forward"]
    [right] = contenders.expected(case)
    assert contenders.disagreement(case, [right]) == 0
    wrong = right.copy()
    wrong[0, 0, 0, 0] += 1e-3 * np.abs(right).max()
    assert contenders.disagreement(case, [wrong]) > test_speed.TOLERANCE
    with pytest.raises(ValueError, match="expected results of shapes"):
        contenders.disagreement(case, [right[:1]])


def test_memory_is_the_peak_without_the_result():
    def call():
        held = np.ones(3 << 20, np.uint8)
        return held[: 1 << 20].copy()

    assert test_speed.peak_memory(call) == pytest.approx(3 << 20, abs=1 << 14)


def test_a_block_of_patches_is_at_most_what_the_package_makes():
    whole = cases.CASES["layer 1, forward"]
    assert whole.patches == 32 * 26 * 26 * 9 * 4 <= cases.BLOCK
    assert cases.CASES["wide layer, forward"].patches == cases.BLOCK


def test_one_number_is_the_median_of_the_stretches(files):
    run = read(files[0])
    assert run.threads == 1
    assert run.milliseconds("layer 1, forward", "NumPy") == pytest.approx(1.1)
    assert run.milliseconds("one epoch", "TensorFlow") == pytest.approx(2.2)
    assert run.ratio("layer 1, forward", "NumPy") == pytest.approx(0.5)
    assert run.ratio("layer 1, forward", "PyTorch") is None
    assert run.spreads()[0] == pytest.approx((9 - 1) / 1.1)


def test_the_page_has_a_table_for_each_number_of_threads(files):
    page = report.page([read(path) for path in reversed(files)])
    assert re.findall(r"^### With (.+)$", page, flags=re.MULTILINE) == ["two threads", "one thread"]
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    row = "| layer 1, forward | 1.10 | 0.50 | not installed | n/a | 0.75 |"
    assert page.count(row) == 2
    assert "| photo layer, gradients | 1.10 | 0.50 |" in page
    assert "| layer 2, forward, one thread | 66.0 | 8,800 | 30 | 4,000 |" in page
    assert "| one thread | 2.20 | 1.10 | 0.50 |" in page
    assert "| layer 1, forward | 2.00 | 1.00 | 2.00 |" in page
    assert "$" not in page


def test_the_page_says_where_numpy_is_slower(files):
    run = read(files[1])
    assert report.summary(run) == (
        "With two threads, NumPy takes no longer than TensorFlow in 13 of 13 cases."
    )
    run.stretches["layer 2, forward", "NumPy"] = [0.0033]
    assert report.summary(run).replace("\n", " ") == (
        "With two threads, NumPy takes no longer than TensorFlow in 12 of 13 cases. "
        "It takes longer in: layer 2, forward (1.50)."
    )


def test_limits_are_met_or_missed(files):
    run = read(files[1])
    lines = list(limits.verdicts([run]))
    assert "met     layer 1, forward, 2 threads: 0.50 <= 0.5" in lines
    assert "        (0.67 of TensorFlow without its copy)" in lines
    assert "met     memory of layer 1, forward: 2.00 <= 3.0" in lines
    missed = [line.split(", 2")[0] for line in lines if line.startswith("MISSED")]
    assert missed == ["MISSED  pooling 1, gradient", "MISSED  pooling 2, gradient"]


def test_the_picture_is_small_and_described(files, tmp_path):
    runs = [read(path) for path in files]
    chart.save(runs, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size < 60_000
    alt, caption = chart.describe(runs)
    assert "With one thread NumPy lies between 0.50" in alt
    assert "PyTorch" not in alt
    assert "0.50 with two threads" in caption


def test_the_description_of_the_machine_does_not_name_it():
    text = json.dumps(machine.describe(None))
    assert platform.node() not in text
    assert str(Path.home()) not in text


def test_the_caches_are_those_that_the_system_names(tmp_path):
    for index, about in enumerate(
        [("Data", 1, "32K"), ("Instruction", 1, "32K"), ("Unified", 2, "1M")]
    ):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        for name, value in zip(("type", "level", "size"), about, strict=True):
            (folder / name).write_text(f"{value}\n")
    assert machine.caches(tmp_path) == {"L1": "32K", "L2": "1M"}
    assert machine.caches(tmp_path / "none") == {}


def test_the_stored_page_has_the_text_of_its_template():
    page = (ROOT / "book" / "benchmarks.md").read_text(encoding="utf-8")
    for text in re.split(r"\$\w+", report.PAGE.read_text(encoding="utf-8")):
        assert text in page
