"""What a check says."""

from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import numpy.typing as npt

from lecturekit.check.sections import Section

Kind = Literal[
    "right",
    "not attempted",
    "missing name",
    "wrong signature",
    "exception",
    "no end",
    "wrong type",
    "wrong shape",
    "wrong values",
    "changes its input",
    "changes NumPy",
    "only the lecture's numbers",
]
MOST_WORDS = 60
"""No verdict is longer."""
# The mark, the first words and the color of the edge; the mark and the words say all.
_HEADS = {
    "right": ("✓", "Right.", "#0072b2"),
    "not attempted": ("…", "Not attempted yet.", "#6b7280"),
}
_NOT_YET = ("→", "Not yet.", "#d55e00")


@dataclass(frozen=True)
class Grid:
    """Numbers to look at beside a verdict: a patch, a filter, their products."""

    title: str
    numbers: npt.NDArray[np.generic]

    def rows(self) -> list[list[str]]:
        """Return the numbers as short texts, row by row."""
        return [[f"{number + 0:.4g}" for number in row] for row in np.atleast_2d(self.numbers)]


@dataclass(frozen=True)
class Verdict:
    """What a check found. In Jupyter it shows itself, elsewhere ``print`` it.

    Attributes
    ----------
    passed : bool
    kind : str
        "right", "not attempted", "wrong values", ...
    misconception : str or None
        The name of the idea behind a wrong answer, where it could be told.
    message : str
        At most 60 words: what was found and where to look.
    see : Section or None
        The section of the book that explains it.
    grids : sequence of Grid
        The numbers behind the first wrong one.
    """

    passed: bool
    kind: Kind
    misconception: str | None
    message: str
    see: Section | None = None
    grids: tuple[Grid, ...] = ()

    @property
    def text(self) -> str:
        """All words of the verdict."""
        mark, head, _ = _HEADS.get(self.kind, _NOT_YET)
        see = "" if self.see is None else f"See {self.see}."
        return " ".join(part for part in (mark, head, self.message, see) if part)

    def __str__(self) -> str:
        blocks = [
            "\n".join(
                [f"{grid.title}:", *("  ".join(f"{n:>6}" for n in row) for row in grid.rows())]
            )
            for grid in self.grids
        ]
        return "\n".join([self.text, *blocks])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mark, head, color = _HEADS.get(self.kind, _NOT_YET)
        see = "" if self.see is None else f" See {escape(str(self.see))}."
        words = f"<strong>{mark} {head}</strong> {with_code(self.message)}{see}"
        grids = "".join(map(_table, self.grids))
        if grids:
            grids = f'<div style="display:flex;flex-wrap:wrap;gap:1.25rem">{grids}</div>'
        return (
            f'<div style="border-left:4px solid {color};padding:0.25rem 0 0.25rem 0.75rem;'
            f'max-width:44rem;line-height:1.5">{words}{grids}</div>'
        )


def _table(grid: Grid) -> str:
    rows = "".join(
        "<tr>" + "".join(f'<td style="text-align:right">{n}</td>' for n in row) + "</tr>"
        for row in grid.rows()
    )
    caption = f'<caption style="caption-side:top;white-space:nowrap">{escape(grid.title)}</caption>'
    return f'<table style="margin:0.5rem 0;width:auto">{caption}<tbody>{rows}</tbody></table>'


def with_code(message: str) -> str:
    """Return a message as HTML, with what stands between backticks as code."""
    parts = escape(message).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
