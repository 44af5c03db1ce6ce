"""Write the book's page on the speed of gradient ascent, and print which limits are met.

Usage: python benchmarks/ascent_report.py FILE.json

The file is what `ascent.py` has written. The page is book/ascent_speed.md, its text
benchmarks/ascent.md.
"""

import argparse
import json
import statistics
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import climbs
import limits
from ascent import TOLERANCE, disagreement
from measurements import in_words, short
from pages_report import whole
from report import machine_lines, table, versions

TARGET = Path(__file__).parents[1] / "book" / "ascent_speed.md"
PAGE = Path(__file__).with_name("ascent.md")
Stored = Mapping[str, Any]


def first(rounds: list[Any]) -> float:
    """Return the seconds of the first call, the median of all rounds."""
    return statistics.median(one["seconds"][0] for one in rounds)


def later(rounds: list[Any]) -> float:
    """Return the seconds of a later call: the median of the rounds' medians.

    What is called only once has nothing to compile, so this call stands for the later ones.
    """
    return statistics.median(statistics.median(s[1:] or s) for s in (r["seconds"] for r in rounds))


def threads_of(count: str) -> str:
    """Write "one thread", "two threads"."""
    return f"{in_words(int(count))} thread{'s' * (count != '1')}"


def time_cell(seconds: float) -> str:
    """Write seconds."""
    return f"{seconds:.{2 if seconds < 9.995 else 1}f}"


def climb_table(row: Mapping[str, list[Any]]) -> str:
    """Write the times of all contenders with one number of threads."""
    rows = []
    for name in climbs.CLIMBS:
        measured = row.get(name)
        if not measured:
            rows.append([whole(name), *["not installed"] * 2, *["n/a"] * 2])
            continue
        before = "n/a" if name in climbs.SLOW else time_cell(first(measured))
        unit = row.get(climbs.BATCH)
        ratio = f"{later(measured) / later(unit):.3g}" if unit else "n/a"
        mean = statistics.fmean(measured[-1]["reached"])
        rows.append([whole(name), before, time_cell(later(measured)), ratio, f"{mean:.1f}"])
    return table(["", "first call, s", "later call, s", "ratio", "mean of all $a^k$"], rows)


def checks(stored: Stored) -> Iterator[tuple[str, str, float | None, float]]:
    """Yield the number of threads, what is compared, the ratio if it is known, and its limit."""
    for count, row in stored["climbs"].items():
        for (one, unit), limit in limits.ASCENT.items():
            known = row.get(one) and row.get(unit)
            ratio = later(row[one]) / later(row[unit]) if known else None
            yield count, f"{one} / {unit}", ratio, limit


def word(ratio: float | None, limit: float) -> str:
    """Say whether a limit is met."""
    return "not measured" if ratio is None else "met" if ratio <= limit else "missed"


def limit_table(stored: Stored) -> str:
    """Write the limits and whether they are met."""
    rows = [
        [
            f"{what}, {threads_of(count)}",
            f"{limit:g}",
            whole(word(ratio, limit) if ratio is None else f"{ratio:.2g}, {word(ratio, limit)}"),
        ]
        for count, what, ratio, limit in checks(stored)
    ]
    return table(["", "limit", "measured"], rows)


def summary(stored: Stored) -> str:
    """Say how long `maximize` needs, and how many limits are met."""
    sentences = []
    for count, row in stored["climbs"].items():
        times = [f"{time_cell(later(row[k]))} s in {k.split()[-1]}" for k in _ours(row)]
        text = f"With {threads_of(count)} `maximize` takes {' and '.join(times)}"
        unit = row.get(climbs.BATCH)
        text += f"; tf-keras-vis takes {time_cell(later(unit))} s" if unit else ""
        sentences.append(f"{text}.")
    every = [word(ratio, limit) for _, _, ratio, limit in checks(stored)]
    sentences.append(f"{every.count('met')} of {len(every)} limits are met.")
    return textwrap.fill(" ".join(sentences), 120)


def _ours(row: Mapping[str, list[Any]]) -> list[str]:
    return [name for name in (climbs.KERAS, climbs.NUMPY) if name in row]


def furthest(stored: Stored) -> float:
    """Return the largest disagreement of all, with the first contender of each row."""
    return max(
        disagreement(one["reached"], next(iter(row.values()))[0]["reached"])
        for row in stored["climbs"].values()
        for rounds in row.values()
        for one in rounds
    )


def page(stored: Stored) -> str:
    """Fill the text with the numbers."""
    about = stored["machine"]
    rows = list(stored["climbs"].values())
    rounds = next(one for name, one in rows[0].items() if name not in climbs.SLOW)
    tables = [
        f"### With {threads_of(count)}\n\n{climb_table(row)}"
        for count, row in stored["climbs"].items()
    ]
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        summary=summary(stored),
        climbs="\n\n".join(tables),
        limits=limit_table(stored),
        filters=climbs.FILTERS,
        steps=climbs.STEPS,
        step_size=climbs.STEP_SIZE,
        tolerance=f"{100 * TOLERANCE:g} %",
        furthest=f"{short(100 * furthest(stored))} %",
        rounds=f"{in_words(len(rounds))} time{'s' * (len(rounds) != 1)}",
        calls=in_words(len(rounds[0]["seconds"]) - 1),
        machine=machine_lines(about, versions(about)),
    )


def verdicts(stored: Stored) -> Iterator[str]:
    """Say which limits are met, one line each."""
    for count, what, ratio, limit in checks(stored):
        number = "?" if ratio is None else f"{ratio:.3g}"
        said = word(ratio, limit).replace("missed", "MISSED")
        yield f"{said:6}  {what}, {threads_of(count)}: {number} <= {limit:g}"


def main() -> None:
    """Write the page, and print the limits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    stored = json.loads(parser.parse_args().file.read_text(encoding="utf-8"))
    TARGET.write_text(page(stored), encoding="utf-8", newline="\n")
    print(*verdicts(stored), sep="\n")


if __name__ == "__main__":
    main()
