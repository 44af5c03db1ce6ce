"""Trainings under a strategy of TensorFlow's; the tests run this in processes of its own.

``python shared.py mirrored RESULT`` trains on two logical devices of one process,
``python shared.py workers RESULT CHECKPOINT`` is one worker of those that TF_CONFIG names, and
``python shared.py alone RESULT`` trains without a strategy.
"""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np

from lecturekit import data, training
from lecturekit._tensorflow import keras, tf

DIGITS = data.load_digits()
FEW = DIGITS.x_train[:121], DIGITS.y_train[:121]
HELD_OUT = DIGITS.x_test[:60], DIGITS.y_test[:60]


def build(optimizer="sgd", extra=(), penalty=None):
    """A small network with a convolution; `extra` layers stand before the last one."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(
                4, 3, strides=2, activation="relu", name="conv", kernel_regularizer=penalty
            ),
            layers.Flatten(name="flatten"),
            *extra,
            layers.Dense(10, activation="softmax", name="output"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


HOW = {"epochs": 2, "batch_size": 40, "seed": 2, "held_out": HELD_OUT}
"""The last batch has one image: one of two replicas has none."""
CASES = {
    "sgd": ({}, HOW),
    "adam": ({"optimizer": "adam"}, HOW | {"augment": training.RandomAffine()}),
    "penalty": ({"penalty": "l2"}, HOW),
    "weighted": ({}, HOW | {"class_weight": {1: 5, 2: 0.5}, "decay": "cosine"}),
}


def found(history, model):
    names = ("step_loss", "loss", "accuracy", "held_out_loss", "held_out_accuracy")
    curves = {name: getattr(history, name).tolist() for name in names}
    return curves | {"weights": float(sum(np.abs(w).sum() for w in model.get_weights()))}


def in_all_cases(strategy=None):
    """Return what was found in each case, with models from outside and inside of the scope."""
    results = {}
    for inside in [False] if strategy is None else [False, True]:
        for name, (built, how) in CASES.items():
            with strategy.scope() if inside else contextlib.nullcontext():
                model = build(**built)
            history = training.train(model, FEW, strategy=strategy, **how)
            results[f"{name} inside" if inside else name] = found(history, model)
    return results


def refused(model, **options):
    try:
        training.train(model, FEW, **(HOW | options))
    except ValueError as error:
        return str(error)
    return None


def stateful():
    layers = keras.layers
    return [layers.BatchNormalization(name="norm"), layers.Dropout(0.2, name="dropout")]


def mirrored():
    """Two devices of this process."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    results = in_all_cases(strategy)
    results["refused"] = refused(build(extra=stateful()), strategy=strategy)
    with strategy.scope():
        model = build(extra=stateful())
    history = training.train(model, FEW, strategy=strategy, **(HOW | {"epochs": 6}))
    results["stateful"] = found(history, model)
    model = build()
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(reduction="sum"))
    results["sum"] = refused(model, strategy=strategy)
    results["unknown"] = refused(
        build(), strategy=tf.distribute.experimental.CentralStorageStrategy(["CPU:0"], "CPU:0")
    )
    results |= resumed(strategy)
    return results


def resumed(strategy):
    """Return one training that stopped after its first epoch, and one that did not."""
    results = {}
    for inside in (False, True):
        path = Path(sys.argv[2]).with_suffix(f".{inside}.npz")
        for name, stops in (("whole", [3]), ("resumed", [1, 3])):
            for epochs in stops:
                with strategy.scope() if inside else contextlib.nullcontext():
                    model = build("adam", extra=stateful() if inside else ())
                history = training.train(
                    model,
                    FEW,
                    strategy=strategy,
                    checkpoint=None if name == "whole" else path,
                    **(HOW | {"epochs": epochs, "patience": 9}),
                )
            results[f"{name} {inside}"] = found(history, model)
    return results


def workers():
    """One of several processes."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    results = {"replicas": strategy.num_replicas_in_sync} | in_all_cases(strategy)
    keras.utils.set_random_seed(strategy.cluster_resolver.task_id)
    model = keras.models.clone_model(build())  # with weights of its own
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    results["unlike"] = refused(model, strategy=strategy)
    return results


def main():
    """Do what is asked and write what came out."""
    work = {"alone": in_all_cases, "mirrored": mirrored, "workers": workers}[sys.argv[1]]
    Path(sys.argv[2]).write_text(json.dumps(work()))


if __name__ == "__main__":
    main()
