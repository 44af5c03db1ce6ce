"""No small change of a solution passes, unless it changes nothing."""

import numpy as np
import pytest
from check.mutants import mutants

from lecturekit import check
from lecturekit.check import call as calls
from lecturekit.check.compare import difference
from lecturekit.check.function import FunctionExercise

FUNCTIONS = {n: e for n, e in check.EXERCISES.items() if isinstance(e, FunctionExercise)}
MUTANTS = [
    pytest.param(exercise, source, id=f"{name}-{number}")
    for name, exercise in FUNCTIONS.items()
    for number, source in enumerate(mutants(exercise.solution_code))
]
OTHER_SEEDS = range(1000, 1020)


def test_there_are_enough_of_them():
    assert len(MUTANTS) >= 150


def agrees(exercise, function):
    """Tell whether a function is the solution on inputs that the check never tried."""
    for seed in OTHER_SEEDS:
        one = exercise.draw(np.random.default_rng(seed))
        mine, right = calls.call(function, one), calls.call(exercise.function, one)
        if mine.error or difference(mine.value, right.value, exercise.results):
            return False
    return True


@pytest.mark.parametrize(("exercise", "source"), MUTANTS)
def test_a_mutant_passes_only_if_it_is_equal(exercise, source):
    names = dict(exercise.function.__globals__)
    exec(source, names)
    mutant = names[exercise.answer_name]
    verdict = exercise(mutant)
    if verdict.passed:
        assert agrees(exercise, mutant), source
