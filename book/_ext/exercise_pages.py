"""Exercises in the built book: questions that answer, hints and solutions that wait to be asked.

On a page of exercises each cell that calls ``check.NAME(...)`` is replaced. A prediction becomes a
question that is answered in the page, by `questions.js` of this book. For the others the starter
and the check stay as code to read. Below stand the hints and a solution, folded. The directive
``exercise-list`` writes the exercises into the reference.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lecturekit import check
from lecturekit.check.question import TOLERANCE, Question
from lecturekit.check.sections import Section
from lecturekit.check.verdict import with_code

FOLDER = "notebooks/exercises/"
CALL = re.compile(r"check\.(\w+)\(\w+\)")
FILES = ("questions.js", "questions.css")


def is_exercises(page: str) -> bool:
    """Tell whether a page is one of exercises."""
    return page.startswith(FOLDER)


def finish(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Put questions, hints and solutions where the notebook has its checks."""
    if not is_exercises(page) or app.builder.format != "html":
        return
    code = {cell: source_of(cell) for cell in tree.findall(nodes.container) if is_cell(cell)}
    for cell, source in code.items():
        call = CALL.fullmatch(source)
        if call is None:
            continue
        exercise = check.EXERCISES[call[1]]
        if isinstance(exercise, Question):
            starter = f"{exercise.answer_name} = ..."
            for other in [one for one, text in code.items() if text == starter]:
                other.parent.remove(other)
            if exercise.choices:
                remove_choices(cell)
            cell.parent.replace(cell, [question(app, page, exercise), folded(app, exercise)])
        else:
            for output in list(cell.findall(is_output)):
                output.parent.remove(output)
            cell.parent.insert(cell.parent.index(cell) + 1, folded(app, exercise))


def is_cell(node: nodes.Element) -> bool:
    """Tell whether a node is a cell with code."""
    return bool(node.get("nb_element") == "cell_code")


def source_of(cell: nodes.Element) -> str:
    """Return the code of a cell."""
    return next((block.astext().strip() for block in cell.findall(nodes.literal_block)), "")


def remove_choices(cell: nodes.Element) -> None:
    """Take the choices, and how to type one, out of the text before a cell.

    The question shows the choices itself.
    """
    before = cell.parent.children[cell.parent.index(cell) - 1]
    for node in list(before.findall(nodes.Element)):
        letter = isinstance(node, nodes.paragraph) and node.astext().startswith("Answer with")
        if letter or isinstance(node, nodes.bullet_list):
            node.parent.remove(node)


def is_output(node: nodes.Node) -> bool:
    """Tell whether a node holds what a cell has printed or shown."""
    return isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code_output"


def question(app: Sphinx, page: str, asked: Question) -> nodes.raw:
    """Return what `questions.js` makes a question of."""
    mistakes = [
        (one.answer, with_code(one.message), link(app, page, one.see)) for one in asked.mistakes
    ]
    data = {
        "name": asked.name,
        "right": asked.answer,
        "why": with_code(asked.why),
        "wanted": with_code(asked.wanted),
        "otherwise": asked.otherwise,
        "choices": asked.choices,
        "tolerance": TOLERANCE if isinstance(asked.answer, float) else 0,
        "mistakes": [
            {"answer": answer, "says": f"{says} See {see}."} for answer, says, see in mistakes
        ],
    }
    text = escape(json.dumps(data, ensure_ascii=False), quote=True)
    return raw(f'<div class="lk-question" data-question="{text}"></div>')


def link(app: Sphinx, page: str, section: Section) -> str:
    """Return a link from a page to a section of a chapter."""
    target, anchor, _ = app.env.get_domain("std").labels[section.label]  # type: ignore[attr-defined]
    address = f"{app.builder.get_relative_uri(page, target)}#{anchor}"
    return f'<a href="{escape(address)}">{escape(str(section))}</a>'


def folded(app: Sphinx, exercise: check.Exercise) -> nodes.raw:
    """Return the hints and the solution, each to unfold."""
    count = len(exercise.hints)
    hints = [
        fold(f"Hint {number} of {count}", f"<p>{with_code(hint)}</p>")
        for number, hint in enumerate(exercise.hints, start=1)
    ]
    code = app.builder.highlighter.highlight_block(exercise.solution_code, "python")  # type: ignore[attr-defined]
    why = f"<p>{with_code(exercise.why)}</p>" if exercise.why else ""
    return raw("".join([*hints, fold("A solution", code + why)]))


def fold(title: str, content: str) -> str:
    """Return content that is shown when its title is pressed."""
    return f'<details class="lk-fold"><summary>{title}</summary>{content}</details>'


def raw(html: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", html, format="html")


def load_files(app: Sphinx, page: str, *_: Any) -> None:
    """Let the pages of exercises, and no others, load what they need."""
    if is_exercises(page):
        app.add_js_file(FILES[0])
        app.add_css_file(FILES[1])


class ExerciseList(SphinxDirective):
    """An entry for each exercise of the package, for the page of its reference."""

    def run(self) -> list[nodes.Node]:
        """Return the entries, by chapter."""
        pages = sorted(page for page in self.env.found_docs if is_exercises(page))
        lines = [".. py:currentmodule:: lecturekit.check", ""]
        for page in pages:
            module = check.CHAPTERS[int(page.removeprefix(FOLDER)[:2])]
            lines += [f":doc:`/{page}`", ""]
            for name, exercise in vars(module).items():
                if isinstance(exercise, check.Exercise):
                    asks = re.sub(r"([|*\\])", r"\\\1", exercise.asks)
                    lines += [f".. py:data:: {name}", "", f"   {asks}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the steps with Sphinx."""
    app.add_directive("exercise-list", ExerciseList)
    app.connect("doctree-resolved", finish)
    app.connect("html-page-context", load_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
