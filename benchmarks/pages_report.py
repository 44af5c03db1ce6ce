"""Write the book's page on its own speed and size, and print which limits are met.

Usage: python benchmarks/pages_report.py FILE.json

The file is what `pages.py` has written. The page is book/page_speed.md, its text
benchmarks/pages.md.
"""

import argparse
import json
import math
import statistics
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any, Literal

import limits
import one_core
from loads import PARTS
from measurements import in_words
from moves import COUNTED, WARM_UPS
from report import machine_lines, table, time_cell

TARGET = Path(__file__).parents[1] / "book" / "page_speed.md"
PAGE = Path(__file__).with_name("pages.md")
Stored = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """A number and the limit that it is held against."""

    subject: str
    value: float
    limit: float
    unit: Literal["ms", "bytes"] = "ms"

    @property
    def word(self) -> str:
        """Say whether the limit is met."""
        return "met" if self.value <= self.limit else "missed"

    @property
    def cell(self) -> str:
        """Write the number with this word."""
        return whole(f"{self.number}, {self.word}")

    @property
    def number(self) -> str:
        """Write the number alone."""
        if self.unit == "bytes":
            return kilobytes(self.value)
        return f"{self.value:,.0f}" if self.limit >= 100 else time_cell(self.value)

    @property
    def line(self) -> str:
        """Write all of it in one line."""
        limit = f"{kilobytes(self.limit)} kB" if self.unit == "bytes" else f"{self.limit:,} ms"
        return (
            f"{self.word.replace('missed', 'MISSED'):6}  {self.subject}: {self.number} <= {limit}"
        )


def whole(text: str) -> str:
    """Write a text so that it stays on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def kilobytes(count: float) -> str:
    """Write a number of bytes in kB of 1,000.

    >>> kilobytes(1_203_957)
    '1,204'
    """
    return f"{count / 1000:,.0f}"


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that `part` of all values do not exceed.

    >>> percentile([4, 1, 3, 2], 0.95), percentile([4, 1, 3, 2], 0.5)
    (4, 2)
    """
    return sorted(values)[math.ceil(part * len(values)) - 1]


# -------------------------------------------------------------------- moves


def total(move: Mapping[str, float]) -> float:
    """Return the time of a move."""
    return move["script"] + move["layout"] + move["paint"]


def move_checks(stored: Stored) -> tuple[list[Check], list[Check]]:
    """Return the medians and the 95th percentiles, one for each scene."""
    medians, late = [], []
    for name, scene in stored["moves"].items():
        times = [total(move) for moves in scene["rounds"] for move in moves]
        limit = limits.MOVES[scene["widget"]]
        medians.append(Check(name, statistics.median(times), limit))
        late.append(Check(name, percentile(times, 0.95), limit))
    return medians, late


def move_table(stored: Stored) -> str:
    """Write the times of all moves beside their limits."""
    rows = [
        [whole(median.subject), str(median.limit), median.cell, late.cell]
        for median, late in zip(*move_checks(stored), strict=True)
    ]
    return table(["", "limit", "median", "95 of 100 within"], rows)


def work_table(stored: Stored) -> str:
    """Write what the moves consist of: medians."""
    parts = {"script": "scripts", "layout": "layout", "paint": "painting", "processor": "own work"}
    rows = []
    for name, scene in stored["moves"].items():
        made = [move for moves in scene["rounds"] for move in moves]
        medians = (statistics.median(move[part] for move in made) for part in parts)
        rows.append([whole(name), *map(time_cell, medians)])
    return table(["", *parts.values()], rows)


def move_spreads(stored: Stored) -> list[float]:
    """Return how far each median moved between rounds, relative to it, sorted."""
    spreads = []
    for scene in stored["moves"].values():
        medians = [statistics.median(map(total, moves)) for moves in scene["rounds"]]
        spreads.append((max(medians) - min(medians)) / statistics.median(medians))
    return sorted(spreads)


# -------------------------------------------------------------------- loads


def median_of(loads: Sequence[Mapping[str, Any]], what: str) -> float | None:
    """Return the median of several visits, None if there is nothing to wait for."""
    values = [load[what] for load in loads]
    return None if None in values else statistics.median(values)


def load_checks(stored: Stored) -> list[Check]:
    """Return when each chapter is interactive."""
    return [
        Check(name, statistics.median(load["interactive"] for load in loads), limits.FIRST_VIEW)
        for name, loads in stored["loads"].items()
    ]


def first_view_sentence(stored: Stored) -> str:
    """Say which chapters have a widget in their first view."""
    names = [name for name, loads in stored["loads"].items() if loads[0]["first"]]
    if not names:
        return "No chapter has a widget in its first view: the first one stands further down."
    return f"Widgets stand in the first view of {', '.join(map(link, names))}."


def load_table(stored: Stored) -> str:
    """Write what happens while a chapter loads."""
    columns = {"painted": "first text", "listening": "scripts have run"}
    later = {"longest": "longest task", "widgets": "all widgets"}
    rows = []
    for check in load_checks(stored):
        loads = stored["loads"][check.subject]
        found = [load["interactive"] for load in loads]
        medians = {what: median_of(loads, what) for what in (*columns, *later)}
        cells = {
            what: "none" if value is None else f"{value:,.0f}" for what, value in medians.items()
        }
        ends = whole(f"{min(found):,.0f} to {max(found):,.0f}")
        rows.append(
            [
                link(check.subject),
                *(cells[what] for what in columns),
                check.cell,
                ends,
                *(cells[what] for what in later),
            ]
        )
    head = ["", *columns.values(), "interactive", "least to most", *later.values()]
    return table(head, rows)


# --------------------------------------------------------------------- size


def total_sent(page: Stored) -> int:
    """Return all bytes of a page."""
    return sum(page["parts"].values())


def sent_check(name: str, page: Stored) -> Check:
    """Hold all bytes of a page against its limit."""
    kind = "with widgets" if page["widgets"] else "without widgets"
    return Check(name, total_sent(page), limits.SENT[kind], "bytes")


def own_check(name: str, page: Stored) -> Check:
    """Hold what is this project's own against its limit."""
    return Check(name, page["parts"]["own"], limits.OWN, "bytes")


def told(stored: Stored) -> Iterator[tuple[str, Stored]]:
    """Yield what has a row: the chapters, what misses a limit, the largest of the rest."""
    rest = {}
    chapters_first = sorted(stored["sent"].items(), key=lambda item: item[0] not in stored["loads"])
    for name, page in chapters_first:
        words = {check(name, page).word for check in (sent_check, own_check)}
        if name in stored["loads"] or "missed" in words:
            yield link(name), page
        else:
            rest[name] = page
    if rest:
        name = max(rest, key=lambda name: total_sent(rest[name]))
        yield f"{link(name)}, the largest of the other {in_words(len(rest))}", rest[name]


def sent_table(stored: Stored) -> str:
    """Write what is sent for each page, beside its limit."""
    rows = []
    for name, page in told(stored):
        checks = sent_check(name, page), own_check(name, page)
        rows.append([name, *(text for c in checks for text in (kilobytes(c.limit), c.cell))])
    return table(["", "limit", "all", "limit", "our own"], rows)


def part_table(stored: Stored) -> str:
    """Write what the bytes of each page are for."""
    rows = [
        [name, *(kilobytes(page["parts"][part]) for part in PARTS)] for name, page in told(stored)
    ]
    return table(["", *("our own" if part == "own" else part for part in PARTS)], rows)


def strays(stored: Stored) -> list[str]:
    """Return the pages that ask for scripts of widgets and have none, or the other way round."""
    return [n for n, page in stored["sent"].items() if bool(page["scripts"]) != page["widgets"]]


def scripts_sentence(stored: Stored) -> str:
    """Say which pages ask for the scripts of widgets."""
    count = sum(page["widgets"] for page in stored["sent"].values())
    wrong = strays(stored)
    if wrong:
        names = ", ".join(map(link, wrong))
        return f"Missed: scripts of widgets where none stands, or none where one does: {names}."
    others = in_words(len(stored["sent"]) - count)
    return (
        f"Met: scripts of widgets are asked for by the {in_words(count)} pages with widgets, and "
        f"by none of the other {others}."
    )


# ------------------------------------------------------------------ the page


def link(name: str) -> str:
    """Write a link to a page, which shows its title."""
    return f"{{doc}}`/{name}`"


def summary(stored: Stored) -> str:
    """Say how many limits are met, and name what misses them."""
    medians, late = move_checks(stored)
    sent = [sent_check(name, page) for name, page in stored["sent"].items()]
    own = [own_check(name, page) for name, page in stored["sent"].items()]
    lines = [
        f"Moves: the median meets the limit in {_of(medians)} cases, the 95th percentile in "
        f"{_of(late)}.",
        f"First views: {_of(load_checks(stored))} chapters are interactive in time.",
        f"Size: {_of(sent)} pages meet the limit. Our own part of them meets its limit on "
        f"{_of(own)}.",
    ]
    return "\n".join(map(_bullet, lines))


def _bullet(text: str) -> str:
    return textwrap.fill(f"- {text}", 120, subsequent_indent="  ")


def _of(checks: Sequence[Check]) -> str:
    return f"{sum(check.word == 'met' for check in checks)} of {len(checks)}"


def cores(machine: Stored) -> str:
    """Say what the browser had to run on."""
    if machine["one core"]:
        return (
            "The browser, with all its processes, had one core of the processor. The program that "
            "moves the mouse and the server that sends the book had the others."
        )
    return (
        "The browser had all cores of the processor: this system lets no program choose one. So "
        "the times are not those that the limits are meant for."
    )


def page(stored: Stored) -> str:
    """Fill the text with the numbers."""
    spreads = move_spreads(stored)
    rounds = max(len(scene["rounds"]) for scene in stored["moves"].values())
    machine = stored["machine"]
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        summary=summary(stored),
        moves=move_table(stored),
        work=work_table(stored),
        loads=load_table(stored),
        sent=sent_table(stored),
        parts=part_table(stored),
        scripts=_bullet(scripts_sentence(stored)),
        cores=_bullet(cores(machine)),
        first_view=f"{limits.FIRST_VIEW:,}",
        level=one_core.GZIP_LEVEL,
        first_view_widgets=first_view_sentence(stored),
        counted=COUNTED,
        warm_ups=in_words(WARM_UPS),
        rounds=in_words(rounds),
        visits=in_words(max(map(len, stored["loads"].values()))),
        usual=f"{100 * spreads[len(spreads) // 2]:.0f} %",
        worst=f"{100 * spreads[-1]:.0f} %",
        machine=machine_lines(machine, {"Chromium": machine["browser"]}),
    )


def verdicts(stored: Stored) -> Iterator[str]:
    """Say which limits are met, one line each."""
    medians, late = move_checks(stored)
    groups = {
        "median": medians,
        "95 of 100": late,
        "interactive": load_checks(stored),
        "sent": [sent_check(*item) for item in stored["sent"].items()],
        "own": [own_check(*item) for item in stored["sent"].items()],
    }
    for what, checks in groups.items():
        for check in checks:
            yield replace(check, subject=f"{check.subject}, {what}").line
    yield scripts_sentence(stored)


def main() -> None:
    """Write the page, and print the limits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    stored = json.loads(parser.parse_args().file.read_text(encoding="utf-8"))
    TARGET.write_text(page(stored), encoding="utf-8", newline="\n")
    print(TARGET.relative_to(TARGET.parents[1]))
    print(*verdicts(stored), sep="\n")


if __name__ == "__main__":
    main()
