"""Measure how fast and how large the pages of the built book are, in a browser with one core.

Usage: python benchmarks/pages.py FILE.json [--rounds 3] [--loads 7]

It needs the book (make book) and a Chromium or Google Chrome. Nothing else should run meanwhile.
`pages_report.py` writes the book's page from the file.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cpuinfo
import loads
import machine
import moves
import one_core
import screenshots
from playwright.sync_api import Browser

CHAPTERS = "notebooks/"


def measure(browser: Browser, address: str, rounds: int, visits: int) -> dict[str, Any]:
    """Measure everything, in rounds: the speed of a machine drifts."""
    names = list(screenshots.pages())
    sent = {name: loads.sent(browser, address, name, screenshots.BOOK) for name in names}
    found: dict[str, Any] = {
        "sent": {name: asdict(page) for name, page in sent.items()},
        "loads": {name: [] for name in names if name.startswith(CHAPTERS)},
        "moves": {scene.name: {"widget": scene.widget, "rounds": []} for scene in moves.SCENES},
    }
    for number in range(max(rounds, visits)):
        print(f"round {number + 1}", flush=True)
        if number < visits:
            for name, times in found["loads"].items():
                times.append(asdict(loads.load(browser, f"{address}/{name}.html")))
        if number < rounds:
            for scene in moves.SCENES:
                made = moves.measure(browser, address, scene)
                found["moves"][scene.name]["rounds"].append([asdict(move) for move in made])
    return found


def main() -> int:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="how often each widget is moved")
    parser.add_argument("--loads", type=int, default=7, help="how often each chapter is opened")
    arguments = parser.parse_args()
    if screenshots.find_chromium() is None or not screenshots.BOOK.is_dir():
        print("pages: needs the book (make book) and a Chromium", file=sys.stderr)
        return 1
    about = machine.hardware(cpuinfo.get_cpu_info().get("brand_raw"))
    with one_core.serving(screenshots.BOOK) as address, one_core.chromium() as (browser, pinned):
        about |= {"browser": browser.version, "one core": pinned}
        found = measure(browser, address, arguments.rounds, arguments.loads)
    text = json.dumps({"machine": about, **found})
    arguments.file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
