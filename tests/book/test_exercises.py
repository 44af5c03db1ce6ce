"""The pages of exercises: questions answer as `check` does, with no kernel and no network."""

import json
from pathlib import Path

import pytest
import screenshots
from book.page_checks import Page
from in_browser import Watch
from playwright.sync_api import Page as Tab

from lecturekit import check
from lecturekit.check.question import Question

QUESTIONS = {n: e for n, e in check.EXERCISES.items() if isinstance(e, Question)}
FOLDER = "notebooks/exercises/"
TYPED = [
    "", " ", "x", "3 3", "-1", "−1", "1e9", "30,000,000", "30 000", "1_0", "0x10", "inf", ".", "+4",
    "4.", "½", "１６", "4*4", "1,5", "(1, 2, 3)", "26×26×25", "1;2",
]  # fmt: skip


def place_of(tab: Tab, name: str):
    """Return the question of an exercise on the open page."""
    places = tab.locator(".lk-question").all()
    return next(p for p in places if json.loads(p.get_attribute("data-question"))["name"] == name)


def said(place, typed: str) -> str:
    """Type an answer, or choose one, press Enter, and return what is said."""
    choice = place.locator(f"input[value='{typed}']")
    if choice.count():
        choice.check()
    else:
        place.locator(".lk-answer").fill(typed)
    place.locator("button").press("Enter")
    return " ".join(place.locator("[role=status]").inner_text().split())


def expected(question: Question, typed: str) -> str:
    """Return what `check` says, as far as the page says the same."""
    if not typed.strip():
        return "Give an answer first."
    verdict = question(typed)
    if verdict.kind == "wrong type":
        return f"→ Not yet. Expected {question.wanted}.".replace("`", "")
    text = verdict.text.replace(f"`check.{question.name}.hint()` helps.", "The hints below help.")
    return " ".join(text.replace("`", "").split())


@pytest.fixture(scope="module")
def page_of(pages: dict[str, Page]) -> dict[str, str]:
    """The page that each question stands on."""
    return {
        json.loads(place["data-question"])["name"]: name
        for name, page in pages.items()
        for place in page.soup.select(".lk-question")
    }


def test_every_question_stands_on_a_page(page_of: dict[str, str]) -> None:
    assert page_of.keys() == QUESTIONS.keys()
    assert all(name.startswith(FOLDER) for name in page_of.values())


@pytest.mark.browser
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_says_what_check_says(
    name: str, tab: Tab, book: Path, page_of: dict[str, str]
) -> None:
    question, watch = QUESTIONS[name], Watch(tab)
    tab.goto((book / f"{page_of[name]}.html").as_uri())
    place = place_of(tab, name)
    if question.choices:
        assert said_nothing(place) == "Give an answer first."
        answers = list(question.choices)
    else:
        answers = [*TYPED, str(question.answer), *(str(m.answer) for m in question.mistakes)]
    for typed in answers:
        assert said(place, typed) == expected(question, typed), typed
    assert not watch.problems, watch.problems


def said_nothing(place) -> str:
    """Press the button before anything is chosen."""
    place.locator("button").press("Enter")
    return place.locator("[role=status]").inner_text()


@pytest.mark.browser
def test_a_question_is_answered_with_the_keyboard_alone(
    tab: Tab, book: Path, page_of: dict[str, str]
) -> None:
    tab.goto((book / f"{page_of['feature_map_numbers']}.html").as_uri())
    place = place_of(tab, "feature_map_numbers")
    place.get_by_label("Your answer").focus()
    tab.keyboard.type("36")
    tab.keyboard.press("Enter")
    status = place.get_by_role("status")
    assert status.inner_text().startswith("→ Not yet. 36 is the size of the image.")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("16")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    assert status.inner_text().startswith("✓ Right.")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    hint = QUESTIONS["feature_map_numbers"].hints[0]
    tab.get_by_text(hint).wait_for(state="visible")


@pytest.mark.browser
def test_a_verdict_leads_to_the_section_that_explains(
    tab: Tab, book: Path, page_of: dict[str, str]
) -> None:
    tab.goto((book / f"{page_of['feature_map_numbers']}.html").as_uri())
    place = place_of(tab, "feature_map_numbers")
    said(place, "36")
    place.locator("[role=status] a").click()
    tab.wait_for_url("**/02_convolution.html#conv-padding")
    assert tab.locator("#conv-padding").count() == 1


def test_hints_and_solutions_are_folded(pages: dict[str, Page]) -> None:
    folds: dict[str, int] = {}
    for name, page in pages.items():
        for fold in page.soup.select("details.lk-fold"):
            assert not fold.has_attr("open")
            folds[name] = folds.get(name, 0) + 1
    assert sum(folds.values()) == sum(len(e.hints) + 1 for e in check.EXERCISES.values())
    assert all(name.startswith(FOLDER) for name in folds)


def test_pages_of_exercises_show_starters_and_no_verdicts(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        if not name.startswith(FOLDER):
            continue
        text = page.article.get_text()
        assert "Not attempted" not in text
        assert "# your code" in text
        links = page.soup.select("script[src*='questions.js'], link[href*='questions.css']")
        assert len(links) == 2


def test_other_pages_load_no_questions(pages: dict[str, Page]) -> None:
    others = [page for name, page in pages.items() if not name.startswith(FOLDER)]
    assert not [page.path for page in others if page.soup.select("[src*='questions.js']")]


@pytest.mark.browser
def test_unfolded_and_answered_pages_are_not_too_wide(
    tab: Tab, book: Path, pages: dict[str, Page]
) -> None:
    for name in (name for name in pages if name.startswith(FOLDER)):
        tab.goto((book / f"{name}.html").as_uri())
        tab.set_viewport_size({"width": 375, "height": 900})
        tab.evaluate(screenshots.SETTLED)
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wide = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
        assert tab.evaluate(wide) <= 0, name
