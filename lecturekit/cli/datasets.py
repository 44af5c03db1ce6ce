"""The images of a run, in three parts that share none: training, validation, test."""

from typing import TYPE_CHECKING, Any, NamedTuple

from lecturekit.cli.trouble import Trouble

if TYPE_CHECKING:
    from lecturekit.data import Digits

Pair = tuple[Any, Any]


class Parts(NamedTuple):
    """Images and labels; `validation` is None if none were asked for."""

    train: Pair
    validation: Pair | None
    test: Pair


def load(arguments: dict[str, Any]) -> Parts:
    """Load what the arguments of a run name.

    The images of the validation are drawn at random from those to train on, the same ones for
    each ``--seed``; ``--images`` takes the first of the rest.
    """
    digits = _loaded(arguments)
    x, y = digits.x_train, digits.y_train
    validation, chosen = _split(len(x), arguments["validation"], arguments["images"])
    held_out = None if validation is None else (x[validation], y[validation])
    return Parts((x[chosen], y[chosen]), held_out, (digits.x_test, digits.y_test))


def _loaded(arguments: dict[str, Any]) -> "Digits":
    from lecturekit import data

    if arguments["data"] == "digits":
        return data.load_digits()
    return data.load_mnist(arguments["file"], check=not arguments["no_check"])


def _split(count: int, validation: int | None, images: int | None) -> tuple[Any, Any]:
    """Return the places of the validation, or None, and those of the images to train on."""
    import numpy as np

    asked = (validation or 0) + (images or 1)
    if asked > count:
        raise Trouble(
            f"--validation and --images ask for {asked} images, and there are {count} to train on",
            code=2,
        )
    if validation is None:
        return None, np.arange(count)[:images]
    held_out = np.sort(np.random.default_rng(0).permutation(count)[:validation])
    return held_out, np.setdiff1d(np.arange(count), held_out)[:images]
