"""The benchmarks measure the same results, and their reports say what was measured.

Tried, for the pages: a wait counted as work, a forced layout counted twice, the frame before the
event, the state of the widgets counted as text too, limits compared the wrong way round, a long
task that ends last forgotten, a browser on all cores: each makes a test here fail.
"""

import gzip
import json
import os
import platform
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import ascent
import ascent_report
import cases
import chart
import climbs
import contenders
import kernel_memory
import limits
import loads
import machine
import moves
import nbformat
import numpy as np
import one_core
import page_server
import pages_report
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


@pytest.mark.parametrize("part", [report, pages_report, ascent_report])
def test_the_stored_page_has_the_text_of_its_template(part):
    page = part.TARGET.read_text(encoding="utf-8")
    for text in re.split(r"\$\w+", part.PAGE.read_text(encoding="utf-8")):
        assert text in page


# -------------------------------------------------------------- gradient ascent


@pytest.mark.parametrize("contender", [name for name in climbs.CLIMBS if name != climbs.NUMPY])
def test_every_contender_climbs_the_same_way(contender):
    if not climbs.takes_part(contender):
        pytest.skip("tf-keras-vis is not installed")
    images = climbs.starts(2)
    once, twice = (climbs.CLIMBS[contender](steps)(images) for steps in (1, 2))
    right = [climbs.CLIMBS[climbs.NUMPY](steps)(images) for steps in (1, 2)]
    assert np.abs(once - right[0]).max() <= 1e-4
    assert ascent.disagreement(climbs.reached(twice), climbs.reached(right[1])) <= 1e-3
    assert (
        climbs.reached(twice).mean() > climbs.reached(once).mean() > climbs.reached(images).mean()
    )


def test_the_images_start_grey_and_alike():
    images = climbs.starts(3)
    assert images.shape == (3, 28, 28, 1)
    assert (images[0] == images[2]).all()
    assert 0.45 <= images.min() < images.max() <= 0.55


def test_another_climb_is_noticed():
    right = np.linspace(50, 200, climbs.FILTERS)
    same = {"reached": (right + 1.9).tolist()}
    ascent.checked("it", same, right.tolist())
    wrong = right.copy()
    wrong[7] += 2.1
    with pytest.raises(ValueError, match=r"it does not do the same: its a\^k differ by 0\.01"):
        ascent.checked("it", {"reached": wrong.tolist()}, right.tolist())
    with pytest.raises(ValueError, match="does not do the same"):
        ascent.checked("it", {"reached": [float("nan")] * climbs.FILTERS}, right.tolist())
    with pytest.raises(ValueError, match="expected 50 filters, got 49"):
        ascent.disagreement(right[1:], right)


def test_a_contender_climbs_in_a_process_of_its_own(monkeypatch, tmp_path):
    script = tmp_path / "climbs.py"
    script.write_text(
        "import json, os, sys\n"
        "print('noise')\n"
        "print(json.dumps([sys.argv[1:], os.environ['OMP_NUM_THREADS']]))\n"
        "sys.exit(sys.argv[1] == 'bad')\n"
    )
    monkeypatch.setattr(ascent, "CLIMB", script)
    assert ascent.climb("good", 2, 3) == [["good", "3"], "2"]
    with pytest.raises(RuntimeError, match="bad failed"):
        ascent.climb("bad", 2, 3)


def test_what_takes_a_minute_climbs_once(monkeypatch):
    calls = []

    def climb(contender, threads, later):
        calls.append((contender, threads, later))
        return {"seconds": [1.0] * (1 + later), "reached": [3.0]}

    monkeypatch.setattr(ascent, "climb", climb)
    monkeypatch.setattr(climbs, "takes_part", lambda name: name != climbs.BATCH)
    found = ascent.measure([1, 2], rounds=3, calls=4)
    assert found.keys() == {"1", "2"}
    assert climbs.BATCH not in found["1"]
    assert len(found["2"][climbs.NUMPY]) == 3
    assert calls.count((climbs.NUMPY, 2, 4)) == 3
    assert calls.count((climbs.ONE_AT_A_TIME, 2, 0)) == 1


@pytest.fixture
def climbed():
    """What `ascent.py` would write: two rounds with one thread."""

    def row(*times, apart=0.0):
        return [
            {"seconds": [9.0 + t, t, 3 * t, t], "reached": [100.0, 50.0 + apart]} for t in times
        ]

    names = {name: row(0.2) for name in climbs.CLIMBS}
    names |= {climbs.BATCH: row(1.0, 3.0), climbs.KERAS: row(0.5, 0.6), climbs.NUMPY: row(0.6)}
    names[climbs.ONE_AT_A_TIME] = [{"seconds": [60.0], "reached": [100.0, 50.4]}]
    about = machine.describe("A processor")
    about["versions"] = about["versions"] | {"tf-keras-vis": "1.2.3"}
    return {"machine": about, "climbs": {"1": names}}


def test_the_page_of_climbs_has_times_ratios_and_what_was_reached(climbed):
    page = ascent_report.page(climbed).replace("\N{NO-BREAK SPACE}", " ")
    for row in (
        "| tf-keras-vis | 11.0 | 2.00 | 1 | 75.0 |",
        "| tf-keras-vis, one at a time | n/a | 60.0 | 30 | 75.2 |",
        "| maximize on Keras | 9.55 | 0.55 | 0.275 | 75.0 |",
        "| maximize on Keras / tf-keras-vis, one thread | 0.3 | 0.28, met |",
        "| maximize on Keras / tf-keras-vis, one at a time, one thread | 0.015 | 0.0092, met |",
        "| maximize on NumPy / maximize on Keras, one thread | 1 | 1.1, missed |",
        "| tf-keras-vis | 1.2.3 |",
    ):
        assert row in page
    text = " ".join(page.split())
    assert "With one thread `maximize` takes 0.55 s in Keras and 0.60 s in NumPy" in text
    assert "2 of 3 limits are met." in text
    assert "the largest difference was 0.40 %" in text
    assert "two times: a first call, then three more" in text


def test_the_page_of_climbs_says_if_tf_keras_vis_is_missing(climbed):
    for name in (climbs.BATCH, climbs.ONE_AT_A_TIME):
        del climbed["climbs"]["1"][name]
    page = ascent_report.page(climbed).replace("\N{NO-BREAK SPACE}", " ")
    assert "| tf-keras-vis | not installed | not installed | n/a | n/a |" in page
    assert "| maximize on Keras | 9.55 | 0.55 | n/a | 75.0 |" in page
    assert "| maximize on Keras / tf-keras-vis, one thread | 0.3 | not measured |" in page
    assert "0 of 3 limits are met." in " ".join(page.split())


def test_limits_of_the_climbs_are_printed(climbed):
    lines = list(ascent_report.verdicts(climbed))
    assert lines[0] == "met     maximize on Keras / tf-keras-vis, one thread: 0.275 <= 0.3"
    assert lines[-1] == "MISSED  maximize on NumPy / maximize on Keras, one thread: 1.09 <= 1"


# ------------------------------------------------------------- the book's pages


def traced(name, begin, end, *, thread=1, of_type=None):
    """One entry of a trace, in milliseconds; a thread computes half of the time."""
    microseconds = {"ts": 1000 * begin, "dur": 1000 * (end - begin), "tdur": 500 * (end - begin)}
    args = {"data": {"type": of_type}} if of_type else {}
    return {"name": name, "ph": "X", "pid": 7, "tid": thread, "args": args, **microseconds}


def test_a_move_is_the_work_from_its_event_to_its_frame_without_the_wait():
    events = [
        traced("RunTask", 0, 9),
        traced("Commit", 8, 9),  # a frame before the event
        traced("RunTask", 10, 16),
        traced("EventDispatch", 11, 15, of_type="keydown"),
        traced("EventDispatch", 12, 14, of_type="input"),
        traced("Layout", 12, 13),  # asked for by the script
        traced("RunTask", 17, 18),
        traced("RunTask", 5, 40, thread=2),
        traced("RunTask", 30, 36),
        traced("UpdateLayoutTree", 31, 33),
        traced("Commit", 34, 35),
        traced("RunTask", 40, 49),
        traced("Commit", 41, 42),
    ]
    [move] = moves.moves(events[::-1], "keydown")
    assert (move.script, move.layout, move.paint) == (3, 3, 6)
    assert move.total == 5 + 1 + 6
    assert move.processor == pytest.approx(6)
    assert moves.moves(events, "click") == []


def test_a_move_may_begin_inside_the_task_of_its_frame():
    events = [
        traced("RunTask", 0, 10),
        traced("FireAnimationFrame", 1, 5),
        traced("Layout", 6, 7),
        traced("Commit", 8, 9),
        traced("RunTask", 20, 30),
        traced("FireAnimationFrame", 22, 28),
    ]
    [move] = moves.moves(events[:4], "FireAnimationFrame")
    assert (move.script, move.layout, move.paint) == (4, 1, 4)
    with pytest.raises(ValueError, match="ends before the last move was painted"):
        moves.moves(events, "FireAnimationFrame")


def test_every_widget_that_is_moved_has_a_limit():
    assert {scene.widget for scene in moves.SCENES} == set(limits.MOVES)
    assert len({scene.name for scene in moves.SCENES}) == len(moves.SCENES)


TIMES_OF_A_LOAD = {
    "painted": 300, "listening": 500, "long": [[100, 280], [250, 380], [520, 600]],
    "widgets": [700, 900], "tops": [2000, 3000], "height": 900,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (600, 130, 900, 0)),
        ({"long": []}, (500, 0, 900, 0)),
        ({"long": [], "painted": 550}, (550, 0, 900, 0)),
        ({"tops": [899, 3000]}, (700, 130, 900, 1)),
        ({"widgets": [], "tops": []}, (600, 130, None, 0)),
    ],
)
def test_a_page_is_interactive_when_the_last_of_all_it_waits_for_has_come(changed, expected):
    load = loads.as_load(TIMES_OF_A_LOAD | changed)
    assert (load.interactive, load.longest, load.widgets, load.first) == expected


STATE = json.dumps({"state": {str(n): "let" for n in range(500)}})
WITH_WIDGETS = f"""<script type="application/vnd.jupyter.widget-state+json">{STATE}</script>
<p>A page</p><script type="application/vnd.jupyter.widget-view+json">{{"model_id": "1"}}</script>"""


def test_what_was_sent_is_sorted_and_nothing_is_lost():
    responses = [
        ("_static/theme.css", 10),
        ("notebooks/01.html", 5000),
        ("_static/lecturekit.css", 20),
        ("_static/widgets/page_widgets.js", 30),
        ("_static/mathjax/tex-chtml.js", 50),
        ("_images/picture.png", 60),
        ("searchindex.js", 70),
    ]
    page = loads.account(responses, "notebooks/01.html", WITH_WIDGETS)
    state = len(gzip.compress(STATE.encode(), one_core.GZIP_LEVEL))
    assert page.parts == {
        "text": 5000 - state, "pictures": 60, "own": state + 50, "MathJax": 50, "theme": 80,
    }  # fmt: skip
    assert page.total == sum(size for _, size in responses)
    assert page.widgets
    assert page.scripts == ["_static/widgets/page_widgets.js"]
    plain = loads.account([("a.html", 100)], "a.html", "<p>A page</p>")
    assert (plain.total, plain.parts["own"], plain.widgets, plain.scripts) == (100, 0, False, [])


def test_the_server_sends_text_with_gzip_and_pictures_as_they_are(tmp_path):
    page, picture = b"<p>" + b"one " * 1000, bytes(range(256)) * 9
    (tmp_path / "a.html").write_bytes(page)
    (tmp_path / "a.png").write_bytes(picture)
    with one_core.serving(tmp_path) as address:
        with urllib.request.urlopen(f"{address}/a.html") as answer:
            sent = answer.read()
            assert answer.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(sent) == page
            assert len(sent) == int(answer.headers["Content-Length"]) < 200
        with urllib.request.urlopen(f"{address}/a.png?v=1") as answer:
            assert answer.read() == picture
            assert answer.headers["Content-Encoding"] is None
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/b.html")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system chooses the core")
def test_the_browser_gets_one_core(tmp_path):
    core = max(os.sched_getaffinity(0))
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    script = one_core.wrapper(folder, sys.executable, core)
    code = "import os, sys; print(os.sched_getaffinity(0), *sys.argv[1:])"
    run = subprocess.run([script, "-c", code, "a b"], capture_output=True, text=True, check=True)
    assert run.stdout == f"{{{core}}} a b\n"


def load(interactive, **changed):
    return {
        "painted": 300.0, "listening": 400.0, "interactive": interactive, "longest": 60.0,
        "widgets": None, "first": 0, **changed,
    }  # fmt: skip


def sent(total, own=4000, *, widgets=False, scripts=()):
    parts = dict.fromkeys(loads.PARTS, 0) | {"own": own, "theme": total - own}
    return {"parts": parts, "widgets": widgets, "scripts": list(scripts)}


@pytest.fixture
def stored():
    """What `pages.py` would write: two rounds of one move each, two chapters, four pages."""

    def times(*totals):
        rest = {"layout": 1.0, "paint": 2.0, "processor": 1.5}
        return [[{"script": total - 3, **rest} for total in totals]] * 2

    return {
        "machine": machine.hardware("A processor") | {"browser": "1.2.3", "one core": True},
        "moves": {
            "NetworkExplorer: a point": {"widget": "NetworkExplorer", "rounds": times(16.0)},
            "PoolingExplorer: size": {"widget": "PoolingExplorer", "rounds": times(7.0, 7.5, 8.01)},
        },
        "loads": {
            "notebooks/01": [load(500.0), load(700.0), load(2000.0)],
            "notebooks/02": [load(1000.6, widgets=1200.0)] * 3,
        },
        "sent": {
            "book/intro": sent(1_000_001),
            "book/small": sent(900_000),
            "notebooks/01": sent(1_000_000),
            "notebooks/02": sent(2_000_000, 250_001, widgets=True, scripts=["a"]),
        },
    }


def test_the_page_of_pages_has_a_word_beside_each_limit(stored):
    page = pages_report.page(stored).replace("\N{NO-BREAK SPACE}", " ")
    for row in (
        "| NetworkExplorer: a point | 16 | 16.0, met | 16.0, met |",
        "| NetworkExplorer: a point | 13.0 | 1.00 | 2.00 | 1.50 |",
        "| PoolingExplorer: size | 8 | 7.50, met | 8.01, missed |",
        "| PoolingExplorer: size | 4.50 | 1.00 | 2.00 | 1.50 |",
        "| {doc}`/notebooks/01` | 300 | 400 | 700, met | 500 to 2,000 | 60 | none |",
        "| {doc}`/notebooks/02` | 300 | 400 | 1,001, missed | 1,001 to 1,001 | 60 | 1,200 |",
        "| {doc}`/notebooks/02` | 2,000 | 2,000, met | 250 | 250, missed |",
        "| {doc}`/notebooks/02` | 0 | 0 | 250 | 0 | 1,750 |",
        "| {doc}`/book/intro` | 1,000 | 1,000, missed | 250 | 4, met |",
        "| {doc}`/book/small`, the largest of the other one | 1,000 | 900, met | 250 | 4, met |",
    ):
        assert row in page
    assert "$" not in page


def test_the_page_of_pages_says_how_many_limits_are_met(stored):
    text = " ".join(pages_report.page(stored).split())
    assert "the median meets the limit in 2 of 2 cases, the 95th percentile in 1 of 2." in text
    assert "First views: 1 of 2 chapters are interactive in time." in text
    assert (
        "Size: 3 of 4 pages meet the limit. Our own part of them meets its limit on 3 of 4." in text
    )
    assert "No chapter has a widget in its first view" in text
    assert "had one core of the processor" in text
    stored["machine"]["one core"] = False
    stored["loads"]["notebooks/02"][0]["first"] = 1
    text = " ".join(pages_report.page(stored).split())
    assert "the times are not those that the limits are meant for" in text
    assert "Widgets stand in the first view of {doc}`/notebooks/02`." in text


def test_scripts_of_widgets_on_a_page_without_them_are_named(stored):
    assert pages_report.scripts_sentence(stored).startswith("Met: ")
    stored["sent"]["book/intro"]["scripts"] = ["_static/widgets/page_widgets.js"]
    stored["sent"]["notebooks/02"]["scripts"] = []
    found = pages_report.scripts_sentence(stored)
    assert found.startswith("Missed: ")
    assert found.endswith("{doc}`/book/intro`, {doc}`/notebooks/02`.")


def test_limits_of_the_pages_are_printed(stored):
    lines = list(pages_report.verdicts(stored))
    assert "met     NetworkExplorer: a point, median: 16.0 <= 16 ms" in lines
    assert "MISSED  PoolingExplorer: size, 95 of 100: 8.01 <= 8 ms" in lines
    assert "MISSED  notebooks/02, interactive: 1,001 <= 1,000 ms" in lines
    assert "MISSED  book/intro, sent: 1,000 <= 1,000 kB" in lines
    assert "met     notebooks/02, sent: 2,000 <= 2,000 kB" in lines


def test_how_far_the_medians_moved_between_rounds(stored):
    assert pages_report.move_spreads(stored) == [0, 0]
    scene = stored["moves"]["NetworkExplorer: a point"]
    scene["rounds"] = [scene["rounds"][0], [{"script": 21, "layout": 1, "paint": 2}]]
    assert pages_report.move_spreads(stored) == [0, pytest.approx(8 / 20)]


def test_a_percentile_is_one_of_the_values():
    assert pages_report.percentile(range(1, 101), 0.95) == 95
    assert pages_report.percentile([3, 1, 2], 0.95) == 3


# --- a class -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The port of a server with two small files."""
    folder = tmp_path_factory.mktemp("served")
    for name in ("one.html", "two.css"):
        (folder / name).write_text(name, encoding="utf-8")
    with page_server.serving(folder, None) as port:
        yield port


def test_a_page_is_all_its_files_and_what_is_missing_stops_the_count(served):
    assert page_server.fetch(["/one.html", "/two.css"], served) == len("one.html" + "two.css")
    with pytest.raises(ConnectionError, match=r"/three.js: 404"):
        page_server.pages_a_second(["/one.html", "/three.js"], served, seconds=0.1)


def test_pages_are_counted_by_the_time_that_all_of_them_took(served, monkeypatch):
    monkeypatch.setattr(page_server, "fetch", lambda *_: time.sleep(0.05))
    rate = page_server.pages_a_second(["/one.html"], served, seconds=0.5)
    assert 0.5 * page_server.READERS / 0.05 < rate <= page_server.READERS / 0.05


def test_the_memory_of_a_kernel_is_what_its_notebook_holds(tmp_path):
    ours = bytearray(b"1") * 800_000_000  # what this process holds does not count
    path = tmp_path / "holds.ipynb"
    cells = ["held = bytearray(b'1') * 200_000_000", "gone = held * 2", "del gone"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbformat.write(notebook, path)
    before = path.read_bytes()
    (empty, _), (now, most) = kernel_memory.of_kernel(), kernel_memory.of_kernel(path)
    assert 190e6 < now - empty < 300e6
    assert 350e6 < most - now < 450e6
    assert path.read_bytes() == before
    assert len(ours) == 800_000_000
