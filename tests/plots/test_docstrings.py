"""What a figure can refuse stands in its documentation."""

import ast
import inspect
import textwrap

import pytest

from lecturekit import plots

CHECKS = {"as_index", "as_integer", "as_pair"}
"""Called in place of `raise`."""


def refuses(function):
    """Whether the function raises in its own body, or by one of the shared checks."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in CHECKS:
            return True
    return False


REFUSING = [name for name in plots.__all__ if inspect.isfunction(getattr(plots, name))]
REFUSING = [name for name in REFUSING if refuses(getattr(plots, name))]


def test_the_functions_that_refuse_are_found():
    assert {"connection_matrix", "color_channels", "ascent_sheet", "board"} <= set(REFUSING)
    assert "cnn_steps" not in REFUSING


@pytest.mark.parametrize("name", REFUSING)
def test_a_function_that_raises_says_when(name):
    assert "\nRaises\n------\n" in inspect.getdoc(getattr(plots, name))
