"""What can be maximized, and what is refused."""

import numpy as np
import pytest

from lecturekit.feature_visualization import Filter


def test_units_are_a_tuple_of_integers():
    assert Filter("conv", 3) == Filter("conv", [3]) == Filter("conv", np.arange(3, 4))
    assert Filter("conv", range(3)).units == (0, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, 0), TypeError, "layer must be the name of a layer, got 3"),
        (("conv", []), ValueError, "at least one unit"),
        (("conv", -1), ValueError, "unit must be at least 0, got -1"),
        (("conv", 1.5), TypeError, "unit must be an integer, got 1.5"),
        (("conv", "ab"), TypeError, "unit must be an integer, got 'a'"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=f"Filter: .*{message}"):
        Filter(*arguments)
