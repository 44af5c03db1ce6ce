"""A short training, and how to tell two trainings apart."""

import numpy as np

from lecturekit import data, models, training
from lecturekit._tensorflow import keras

DIGITS = data.load_digits()
FEW = DIGITS.x_train[:120], DIGITS.y_train[:120]
"""Four batches of 30."""
HELD_OUT = DIGITS.x_test[:40], DIGITS.y_test[:40]


def small_model(optimizer="adam", hidden=(20,), **compiled):
    """A network that always starts alike; eagerly, for building a graph takes longer than that."""
    keras.utils.set_random_seed(0)
    model = models.build_dnn(hidden=hidden)
    how = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | compiled
    model.compile(optimizer, run_eagerly=True, **how)
    return model


def train(model, **options):
    return training.train(model, FEW, **({"epochs": 2, "batch_size": 30} | options))


def state(model):
    """Every bit that a training leaves behind, in the model and in its optimizer."""
    variables = [*model.variables, *model.optimizer.variables]
    return [np.asarray(variable).tobytes() for variable in variables]


def curves(history):
    """What was recorded, to be compared bit by bit."""
    names = ("loss", "accuracy", "held_out_loss", "held_out_accuracy", "step_loss")
    arrays = [getattr(history, name) for name in names]
    return [None if array is None else array.tolist() for array in arrays]
