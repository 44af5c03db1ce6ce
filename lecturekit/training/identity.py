"""Which training a checkpoint belongs to, and how two trainings differ."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from lecturekit._history import Labeled
from lecturekit._tensorflow import keras

_SHOWN = 3
"""Differences that an error message names."""


def described(model: keras.Model) -> dict[str, Any]:
    """Return what a training needs to find again in its model, as JSON would give it back."""
    return _as_json(
        {
            "model": {f"layer {i}": layer for i, layer in enumerate(_layers(model), start=1)},
            "optimizer": _without_name(model.optimizer.get_config())
            | {"class": type(model.optimizer).__name__},
            "loss": _loss_name(model.loss),
        }
    )


def fingerprint(pair: Labeled | None) -> dict[str, Any] | None:
    """Return the number of images and a checksum of images and labels."""
    if pair is None:
        return None
    x, y = pair
    digest = hashlib.sha256(f"{x.dtype.str} {x.shape}\n".encode())
    digest.update(np.ascontiguousarray(x).data)
    digest.update(y.astype("<i8").tobytes())
    return {"images": len(x), "content": digest.hexdigest()}


def refuse_other(there: dict[str, Any], here: dict[str, Any], path: object) -> None:
    """Raise ValueError if a checkpoint is that of another training, and name the differences."""
    found = list(_differences(there, here, ""))
    if found:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ValueError(
            f"train: the checkpoint {path} belongs to another training: "
            f"{'; '.join(found[:_SHOWN])}{more}. Nothing was changed; take what it was begun "
            "with, or another name to start anew"
        )


def _differences(there: Any, here: Any, where: str) -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        if where == "model" and len(there) != len(here):
            yield f"the model has {len(there)} layers there and {len(here)} here"
        for key in there | here:
            if where == "model" and not (key in there and key in here):
                continue
            yield from _differences(there.get(key), here.get(key), f"{where} {key}".strip())
    elif there != here:
        if where.endswith("content"):
            yield f"{where.removesuffix(' content')} holds other images or labels"
        else:
            yield f"{where} is {_short(there)} there and {_short(here)} here"


def _short(value: Any) -> str:
    return (
        f"{value['images']} images"
        if isinstance(value, dict) and "images" in value
        else (repr(value))
    )


def _layers(model: Any) -> Iterator[dict[str, Any]]:
    """Yield each layer: its name without the count that Keras adds, its numbers, its weights."""
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from _layers(layer)
            continue
        yield {
            "name": re.sub(r"_\d+$", "", layer.name),
            "class": type(layer).__name__,
            "weights": [[list(weight.shape), str(weight.dtype)] for weight in layer.weights],
        } | _plain_config(layer)


def _plain_config(layer: Any) -> dict[str, Any]:
    """Return those of a layer's settings that are plain values: sizes, words, switches."""
    try:
        config = layer.get_config()
    except NotImplementedError:  # a layer of the user's own may have none
        return {}
    plain = (bool, int, float, str, tuple, list, type(None))
    return {key: value for key, value in config.items() if key != "name" and type(value) in plain}


def _without_name(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "name"}


def _loss_name(loss: Any) -> str:
    return loss if isinstance(loss, str) else str(getattr(loss, "name", type(loss).__name__))


def _as_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return what is left after JSON: NumPy's numbers as Python's, tuples as lists."""
    text = json.dumps(value, default=lambda v: v.item() if hasattr(v, "item") else type(v).__name__)
    result: dict[str, Any] = json.loads(text)
    return result
