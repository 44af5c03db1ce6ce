"""Whatever a learner hands in: a helpful verdict, and the notebook as it was."""

import random
import sys
import time
import warnings

import numpy as np
import pytest

from lecturekit import check
from lecturekit import reference as ref
from lecturekit.check import call as calls
from lecturekit.check import function as functions
from lecturekit.check.verdict import MOST_WORDS

# ------------------------------------------------------------- what they return


class Tensor:
    """As good as one of TensorFlow's."""

    def numpy(self):
        return np.zeros((4, 4))


def returned(value):
    """A function of an image and a filter that returns something."""
    return lambda image, kernel: value


RETURNED = [
    (None, "wrong type", "got None. Does the function end with `return`?"),
    ([[1, 2]], "wrong type", "got a list. `np.array` makes an array of it."),
    ((1, 2), "wrong type", "got a tuple."),
    (Tensor(), "wrong type", "got an object of type Tensor. Its method `.numpy()` makes an array"),
    ("map", "wrong type", "got a text."),
    (3.0, "wrong type", "got a number."),
    (np.array(["a"]), "wrong type", "real numbers for the result, got an array of dtype <U1"),
    (np.zeros((4, 4), complex), "wrong type", "got an array of dtype complex128"),
    (np.zeros((4, 3)), "wrong shape", "Expected the shape (4, 4) for the result, got (4, 3)."),
    (np.zeros(()), "wrong shape", "got ()."),
    (np.zeros((4, 4)), "wrong values", "14 of 16 numbers differ."),
    (np.full((4, 4), np.nan), "wrong values", "The output at (0, 0) should be 3, got nan."),
    (np.full((4, 4), np.inf), "wrong values", "got inf."),
    (np.broadcast_to(0.0, (60_000, 60_000)), "wrong shape", "got (60000, 60000)."),
    (check, "wrong type", "got an object of type module."),
    (np.zeros, "wrong type", "Expected a NumPy array"),
]


@pytest.mark.parametrize(("value", "kind", "message"), RETURNED)
def test_what_a_function_returns(value, kind, message):
    verdict = check.correlate2d(returned(value))
    assert (verdict.passed, verdict.kind) == (False, kind)
    assert message in verdict.message


def test_none_from_a_function_that_does_something_is_no_starter():
    def my_correlate2d(image, kernel):
        image.sum()

    assert check.correlate2d(my_correlate2d).kind == "wrong type"


def test_ten_gigabytes_of_the_right_answer_do_not_hurt():
    # 51 GB as soon as anybody looked at the values
    verdict = check.correlate2d(lambda image, kernel: np.broadcast_to(1.0, (40_000, 40_000, 4)))
    assert verdict.kind == "wrong shape"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_any_float_is_welcome(dtype):
    assert check.output_size(
        lambda size, kernel, stride=1, padding=0: dtype((size + 2 * padding - kernel) // stride + 1)
    ).passed


def test_a_view_of_the_input_is_looked_at_like_any_array():
    assert check.correlate2d(lambda image, kernel: image[:4, :4]).kind == "wrong values"


# ---------------------------------------------------------------- what they are


class Callable:
    """An object that can be called."""

    def __call__(self, image, kernel):
        return ref.correlate2d(image, kernel)


def test_lambdas_and_callable_objects_are_functions():
    assert check.correlate2d(lambda image, kernel: ref.correlate2d(image, kernel)).passed
    assert check.correlate2d(Callable()).passed
    assert check.correlate2d(ref.correlate2d).passed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Callable, "Expected a function, got a class."),
        (3, "Expected a function, got an integer."),
        (np.zeros(3), "Expected a function, got a NumPy array."),
        ("my_correlate2d", "Expected a function, got a text."),
    ],
)
def test_what_is_no_function(answer, message):
    verdict = check.correlate2d(answer)
    advice = "Hand over the function itself: `check.correlate2d(my_correlate2d)`."
    assert (verdict.kind, verdict.message) == ("wrong type", f"{message} {advice}")


def test_other_parameters():
    verdict = check.stride_and_padding(lambda image, kernel: image)
    assert verdict.kind == "wrong signature"
    expected = (
        "Expected `my_strided_correlate2d(image, kernel, stride, padding)`, got `(image, kernel)`."
    )
    assert verdict.message == expected


def test_a_name_that_is_not_there():
    names = {"check": check}
    verdict = eval("check.correlate2d()", names)
    assert verdict.kind == "missing name"
    assert verdict.message == "There is no `my_correlate2d` yet. Has its cell been run?"
    names["my_corelate2d"] = 1
    assert "There is a `my_corelate2d`." in eval("check.correlate2d()", names).message
    names["my_correlate2d"] = ref.correlate2d
    assert eval("check.correlate2d()", names).passed


# ------------------------------------------------------------------ what they do


def test_an_exercise_that_is_not_there():
    with pytest.raises(AttributeError, match=r"'corelate2d'\. Did you mean check\.correl"):
        check.corelate2d  # noqa: B018
    with pytest.raises(AttributeError, match=r"there is no exercise 'zzz'\.$"):
        check.zzz  # noqa: B018


def test_an_exception_is_told_with_its_line():
    def my_correlate2d(image, kernel):
        patch = image[0]
        return patch[99]

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.kind == "exception"
    line = my_correlate2d.__code__.co_firstlineno + 2
    assert f"in line {line}: `return patch[99]`" in verdict.message
    assert "raised IndexError: index 99 is out of bounds" in verdict.message
    assert "lecturekit" not in verdict.message


def test_a_long_error_is_cut():
    def my_correlate2d(image, kernel):
        raise ValueError("word " * 500)

    assert len(check.correlate2d(my_correlate2d).text.split()) <= MOST_WORDS


def test_an_exception_after_the_lectures_numbers_says_that_those_are_right():
    def my_correlate2d(image, kernel):
        if image.shape != (6, 6):
            raise ValueError("only 6x6")
        return ref.correlate2d(image, kernel)

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.kind == "exception"
    assert verdict.message.startswith(
        "Right on the lecture's numbers. With `image` (3, 4), `kernel`"
    )
    assert "it raised ValueError: only 6x6, in line" in verdict.message


def test_what_came_before_an_exception_is_told_first():
    def my_correlate2d(image, kernel):
        k = kernel.shape[0]  # square filters only, and one position too few
        rows, columns = image.shape[0] - k, image.shape[1] - k
        y = np.zeros((rows, columns))
        for i in range(rows):
            for j in range(columns):
                y[i, j] = (image[i : i + k, j : j + k] * kernel).sum()
        return y

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.kind == "wrong shape"
    assert "H - kh + 1 positions" in verdict.message


def test_numbers_are_told_with_what_they_were_for():
    verdict = check.output_size(lambda size, kernel, stride=1, padding=0: 7)
    assert verdict.message == "With `size` 6, `kernel` 3: expected 4, got 7."


def test_an_endless_recursion():
    def my_correlate2d(image, kernel):
        return my_correlate2d(image, kernel)

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.kind == "no end"
    assert "calls itself without end" in verdict.message


def endless(image, kernel):
    while True:
        pass


def endless_and_careful(image, kernel):
    while True:
        try:  # noqa: SIM105
            image.sum()
        except Exception:
            pass


@pytest.mark.parametrize("function", [endless, endless_and_careful])
def test_an_endless_loop_is_stopped(function, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.2)
    verdict = check.correlate2d(function)
    assert verdict.kind == "no end"
    assert "was stopped" in verdict.message


def test_nothing_is_interrupted_after_the_call(monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.05)
    for _ in range(20):
        check.correlate2d(lambda image, kernel: time.sleep(0.05))
    time.sleep(0.3)  # an interruption that came late would end this test


def test_ctrl_c_ends_the_check():
    def my_correlate2d(image, kernel):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.correlate2d(my_correlate2d)


def test_exit_does_not_end_the_notebook():
    verdict = check.correlate2d(lambda image, kernel: sys.exit(3))
    assert verdict.kind == "exception"
    assert "SystemExit" in verdict.message


def test_what_it_prints_is_hidden_and_that_is_said(capsys):
    def my_correlate2d(image, kernel):
        print("here")
        return ref.correlate2d(image, kernel)

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.passed
    assert "What it printed is hidden here." in verdict.message
    assert capsys.readouterr() == ("", "")


def test_changing_the_input_is_told():
    def my_correlate2d(image, kernel):
        result = ref.correlate2d(image, kernel)
        image[0, 0] += 1
        return result

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.kind == "changes its input"
    assert "changes its argument `image`" in verdict.message


def test_the_lectures_arrays_stay_as_they_are():
    def my_correlate2d(image, kernel):
        image[...] = 7
        return image

    check.correlate2d(my_correlate2d)
    assert check.correlate2d.lecture[0].args[0].max() == 1


def test_numpy_is_put_back():
    real = np.sum

    def my_correlate2d(image, kernel):
        np.sum = lambda *_: 0
        return ref.correlate2d(image, kernel)

    verdict = check.correlate2d(my_correlate2d)
    assert np.sum is real
    assert verdict.kind == "changes NumPy"
    assert "`np.sum`" in verdict.message


def test_numpy_that_was_changed_before_is_told(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(np, "sum", lambda *_: 0)
        verdict = check.correlate2d(ref.correlate2d)
        assert np.sum(1) == 0  # what the notebook did stays
    assert verdict.kind == "changes NumPy"
    assert verdict.message == "NumPy itself was changed before: `np.sum`. Restart the kernel."


def test_an_exception_on_the_lectures_numbers_is_not_hidden_by_a_mistake():
    def my_correlate2d(image, kernel):
        if image.shape == (6, 6) and kernel.max() == 1:
            raise ValueError("not these")
        return ref.correlate2d(image, kernel[::-1, ::-1])

    verdict = check.correlate2d(my_correlate2d)
    assert verdict.misconception == "kernel turned by 180 degrees"
    assert verdict.kind == "wrong values"


def test_the_state_of_the_notebook_stays():
    def my_correlate2d(image, kernel):
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        warnings.simplefilter("error")
        sys.setrecursionlimit(5000)
        sys.stdout = None
        return ref.correlate2d(image, kernel)

    def state():
        return (
            random.getstate(),
            str(np.random.get_state()),  # noqa: NPY002
            np.geterr(),
            np.get_printoptions(),
            list(warnings.filters),
            sys.getrecursionlimit(),
            sys.stdout,
        )

    before = state()
    assert check.correlate2d(my_correlate2d).passed
    assert state() == before


def test_a_slow_answer_is_right_and_that_is_said(monkeypatch):
    monkeypatch.setattr(functions, "_SLOW", 0.0)
    verdict = check.correlate2d(ref.correlate2d)
    assert verdict.passed
    assert "It is slow" in verdict.message


# ----------------------------------------------------------------- what is shown


def test_a_verdict_is_plain_text_and_html():
    verdict = check.correlate2d(lambda image, kernel: ref.correlate2d(image, kernel[::-1, ::-1]))
    assert verdict.misconception == "kernel turned by 180 degrees"
    assert str(verdict).splitlines()[0] == verdict.text
    assert repr(verdict) == str(verdict)
    assert "the patch:" in str(verdict)
    html = verdict._repr_html_()
    assert html.count("<table") == 3
    assert "<caption" in html


def test_html_in_an_error_is_shown_as_text():
    def my_correlate2d(image, kernel):
        raise ValueError("<script>alert(1)</script> `<b>`")

    html = check.correlate2d(my_correlate2d)._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html


def test_hints_come_one_after_the_other():
    exercise = check.correlate2d
    exercise._asked = 0
    shown = [str(exercise.hint()) for _ in range(len(exercise.hints) + 1)]
    assert shown[-1] == shown[-2]
    assert shown[-1].endswith("`check.correlate2d.solution()` shows a solution.")
    assert [text.split(".")[0] for text in shown[:-1]] == [
        f"Hint {n} of {len(exercise.hints)}" for n in range(1, len(exercise.hints) + 1)
    ]


@pytest.mark.parametrize("number", [0, -1])
def test_hints_are_counted_from_one(number):
    with pytest.raises(ValueError, match="number must be at least 1"):
        check.correlate2d.hint(number)


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check.correlate2d(ref.correlate2d)
    check.feature_map_numbers(36)
    assert list(tmp_path.iterdir()) == []
