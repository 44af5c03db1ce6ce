"""A training that the tests kill: run as ``python killed.py CHECKPOINT RESULT``."""

import sys
from pathlib import Path

import numpy as np

from lecturekit import data, training
from lecturekit._tensorflow import keras
from lecturekit.training import checkpoint

EPOCHS, IMAGES, BATCH = 8, 1000, 10


def build_model():
    """All that has a state: dropout with its seed, moving averages, an optimizer with slots."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(path, result):
    """Train to the end and write what came out."""
    # The file is written about every other step, so within epochs, however slow the disk is.
    checkpoint.SECONDS, checkpoint._SHARE = 0, 1
    digits = data.load_digits()
    model = build_model()
    print("begins", flush=True)
    history = training.train(
        model,
        (digits.x_train[:IMAGES], digits.y_train[:IMAGES]),
        epochs=EPOCHS,
        batch_size=BATCH,
        seed=5,
        augment=training.RandomAffine(),
        held_out=(digits.x_test[:100], digits.y_test[:100]),
        checkpoint=None if path == "-" else path,
    )
    arrays = {f"weight_{i}": np.asarray(v) for i, v in enumerate(model.variables)}
    arrays |= {f"slot_{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    np.savez(
        result,
        loss=history.loss,
        accuracy=history.accuracy,
        held_out_loss=history.held_out_loss,
        step_loss=history.step_loss,
        **arrays,
    )
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
