"""`lecture` holds what the slides print, and nothing can change it."""

import numpy as np
import pytest

from lecturekit import lecture

ARRAYS = {name: value for name, value in vars(lecture).items() if isinstance(value, np.ndarray)}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_only_integers(name):
    assert ARRAYS[name].dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        ARRAYS[name][0, 0] = 9


def test_mappings_are_read_only():
    for mapping in (lecture.LAYER_SHAPES, lecture.PARAMETERS_PER_FILTER, lecture.CONNECTED_PIXELS):
        with pytest.raises(TypeError):
            mapping["x"] = 1


def test_every_name_that_the_contract_promises():
    promised = {
        "IMAGE": (6, 6),
        "FILTER_1": (3, 3),
        "FILTER_2": (3, 3),
        "KERAS_SLIDE_FILTER": (3, 3),
        "FEATURE_MAP_1": (4, 4),
        "FEATURE_MAP_2": (4, 4),
        "POOLED_MAP_1": (2, 2),
        "POOLED_MAP_2": (2, 2),
    }
    assert {name: ARRAYS[name].shape for name in promised} == promised
