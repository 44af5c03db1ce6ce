"""Write the book's page on speed from what was measured, and print which limits are met.

Usage: python benchmarks/report.py FILE.json ...

Each file holds the run with one number of threads, written by ``pytest --benchmark-json``. The
page is book/benchmarks.md, its picture book/images/benchmarks.png, its text benchmarks/page.md.
"""

import argparse
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import chart
import limits
from cases import CASES, CONVOLUTIONS, OPERATIONS, POOLINGS, TRAINING, Case
from measurements import Run, in_words, read, short, thread_count

BOOK = Path(__file__).parents[1] / "book"
TARGET = BOOK / "benchmarks.md"
PAGE = Path(__file__).with_name("page.md")
COLUMNS = {
    "NumPy": "NumPy",
    "PyTorch": "PyTorch",
    "tf.function": "tf.function",
    "tensors": "not copied",
}
SLOW = ("SciPy", "loops")
MEBI = 1 << 20


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: words to the left in the first column, numbers to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def label(case: Case) -> str:
    """Write the name of a row so that it stays on one line."""
    return case.name.replace(" ", "\N{NO-BREAK SPACE}")


def ratio_cell(run: Run, case: Case, contender: str) -> str:
    """Write a ratio, or why there is none."""
    ratio = run.ratio(case.name, contender)
    if ratio is not None:
        return short(ratio)
    missing = contender == "PyTorch" and run.machine["versions"][contender] is None
    return "not installed" if missing else "n/a"


def time_cell(milliseconds: float | None) -> str:
    """Write a time in milliseconds."""
    return (
        "n/a"
        if milliseconds is None
        else f"{milliseconds:,.{2 if milliseconds < 10 else 1 if milliseconds < 1000 else 0}f}"
    )


def operation_table(run: Run) -> str:
    """Write the times and ratios of all operations."""
    head = ["", "NumPy, ms", *COLUMNS.values()]
    rows = [
        [
            label(case),
            time_cell(run.milliseconds(case.name, "NumPy")),
            *(ratio_cell(run, case, contender) for contender in COLUMNS),
        ]
        for case in OPERATIONS
    ]
    return f"### With {thread_count(run)}\n\n{table(head, rows)}"


def slow_table(runs: Sequence[Run]) -> str:
    """Write the times and ratios of what is far slower: one row for each layer and run."""
    rows = [
        [
            f"{label(case)}, {thread_count(run)}",
            *(time_cell(run.milliseconds(case.name, contender)) for contender in SLOW),
            *(ratio_cell(run, case, contender) for contender in SLOW),
        ]
        for case in OPERATIONS
        if case.slow_ways
        for run in runs
    ]
    return table(["", *(f"{name}, ms" for name in SLOW), *SLOW], rows)


def training_table(runs: Sequence[Run]) -> str:
    """Write how long an epoch takes."""
    rows = [
        [
            thread_count(run),
            *(time_cell(run.milliseconds(TRAINING.name, name)) for name in ("TensorFlow", "NumPy")),
            ratio_cell(run, TRAINING, "NumPy"),
        ]
        for run in runs
    ]
    return table(["", "Keras, ms", "NumPy, ms", "ratio"], rows)


def memory_table(run: Run) -> str:
    """Write the memory that the NumPy code holds."""
    rows = []
    for name, (peak, patches) in run.memory.items():
        block = [f"{patches / MEBI:.2f}", f"{peak / patches:.2f}"] if patches else ["n/a", "n/a"]
        rows.append([label(CASES[name]), f"{peak / MEBI:.2f}", *block])
    return table(["", "held, MiB", "one block, MiB", "ratio"], rows)


def sizes() -> str:
    """Describe the images and filters of each layer."""
    lines = []
    for layer in (*CONVOLUTIONS, *POOLINGS):
        case = CASES[f"{layer}, forward"]
        images, image = case.x[0], "×".join(map(str, case.x[1:]))
        window = "×".join(map(str, case.w[:2]))
        filters = f"{case.w[3]} filters {window}" if layer in CONVOLUTIONS else window
        stride = f", stride {case.stride}" if case.stride > 1 and layer in CONVOLUTIONS else ""
        padding = ', padding "same"' if case.padding == "same" else ""
        lines.append(f"| {layer} | {images} of {image} | {filters}{stride}{padding} |")
    return "\n".join(lines)


def summary(run: Run) -> str:
    """Say where NumPy is faster than TensorFlow and where it is slower."""
    ratios = {case.name: run.ratio(case.name, "NumPy") for case in (*OPERATIONS, TRAINING)}
    measured = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    slower = [f"{name} ({short(ratio)})" for name, ratio in measured.items() if ratio > 1]
    count = len(measured) - len(slower)
    text = f"With {thread_count(run)}, NumPy takes no longer than TensorFlow in {count} of "
    text += f"{len(measured)} cases."
    text += f" It takes longer in: {'; '.join(slower)}." if slower else ""
    return textwrap.fill(text, 120)


def machine_lines(machine: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Describe the machine and the versions of the programs."""
    caches = ", ".join(f"{level} {size}" for level, size in machine["caches"].items())
    facts = {
        "Processor": machine["processor"],
        "Cores": str(machine["cores"]),
        "Caches that a core sees": caches or "unknown",
        "System": machine["system"],
        **versions,
        "Date": machine["date"],
    }
    return "\n".join(f"| {name} | {fact} |" for name, fact in facts.items())


def versions(machine: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of Python and of each library."""
    found = {name: version or "not installed" for name, version in machine["versions"].items()}
    found["NumPy"] += f", with {machine['blas']}"
    return {"Python": machine["python"], **found}


def page(runs: Sequence[Run]) -> str:
    """Fill the text with the numbers."""
    spreads = sorted(spread for run in runs for spread in run.spreads())
    usual, worst = (spreads[len(spreads) // 2], spreads[-1]) if spreads else (math.nan, math.nan)
    blocks = max(len(stretches) for run in runs for stretches in run.stretches.values())
    alt, caption = chart.describe(runs)
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        summary="\n\n".join(map(summary, runs)),
        alt=textwrap.fill(alt, 110, subsequent_indent="  "),
        caption=caption,
        operations="\n\n".join(map(operation_table, runs)),
        slow=slow_table(runs),
        sizes=sizes(),
        training=training_table(runs),
        memory=memory_table(runs[0]),
        blocks=in_words(blocks),
        usual=f"{100 * usual:.0f} %",
        worst=f"{100 * worst:.0f} %",
        machine=machine_lines(runs[0].machine, versions(runs[0].machine)),
    )


def main() -> None:
    """Write the page and its picture, and print the limits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    runs = sorted(map(read, parser.parse_args().files), key=lambda run: -run.threads)
    TARGET.write_text(page(runs), encoding="utf-8", newline="\n")
    picture = BOOK / "images" / "benchmarks.png"
    chart.save(runs, picture)
    for path in (TARGET, picture):
        print(f"{path.relative_to(BOOK.parent)}  {path.stat().st_size / 1000:.0f} kB")
    print(*limits.verdicts(runs), sep="\n")


if __name__ == "__main__":
    main()
