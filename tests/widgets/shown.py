"""A widget with grids of numbers on the page, read as a reader sees it."""

import re

import numpy as np


def number(text):
    return float(text.replace("\N{MINUS SIGN}", "-").strip("()"))


class Shown:
    """One widget of the page; `kind` is the class in its frame."""

    kind: str

    def __init__(self, tab, place=0):
        self.tab = tab
        self.root = tab.locator(f".lk-{self.kind}").nth(place)

    def grid(self, name):
        return self.root.get_by_role("grid", name=name)

    def numbers(self, name):
        """The numbers that stand in a grid."""
        rows = self.grid(name).evaluate(
            "grid => [...grid.children].map(row => [...row.children].map(cell => cell.innerText))"
        )
        return np.array([[number(text) for text in row] for row in rows])

    def cell(self, name, row, column):
        return self.grid(name).get_by_role("row").nth(row).get_by_role("gridcell").nth(column)

    def slider(self, name):
        return self.root.get_by_role("slider", name=name)

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def list(self, name):
        return self.root.get_by_role("combobox", name=name)

    def said(self):
        return self.root.get_by_role("status").inner_text()

    def sizes(self):
        return self.root.locator(".lk-size").inner_text()

    def complaint(self):
        return self.root.get_by_role("alert").inner_text()

    def place(self):
        """Row and column of the output that the status line tells about."""
        row, column = re.match(r"Row (\d+), column (\d+): ", self.said()).groups()
        return int(row), int(column)

    def outline(self, board):
        """Where the amber outline stands on a board, or will when it has come to rest, in cells."""
        styles = self.root.locator(board).first.evaluate(
            "b => { const s = b.querySelector('.lk-window').style;"
            "return [s.transform, b.style.getPropertyValue('--lk-cell'), s.height, s.width]; }"
        )
        x, y, cell, height, width = (float(n) for n in re.findall(r"([\d.]+)px", " ".join(styles)))
        return tuple(round(n / cell) for n in (y, x, height, width))
