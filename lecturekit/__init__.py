"""lecturekit: Hung-yi Lee's lecture "Convolutional Neural Network" as code that you can run.

The map of the package:

==========================  ======================================================================
`lecture`                   every number that the lecture prints
`shapes`                    output sizes, padding, parameters, receptive fields
`reference`                 the operations of a CNN in NumPy, as the slides write them and fast
`tf_ops`                    the same operations in TensorFlow
`augmentation`              digits moved, turned, scaled
`data`                      handwritten digits and the bundled weights
`models`                    the lecture's networks in Keras
`training`                  training with a progress bar
`feature_visualization`     what a CNN learns, by gradient ascent
`attribution`               which pixels an answer depends on
`plots`                     every figure of the book
`check`                     exercises that say what went wrong
`widgets`                   explorers that move in the page, figures with sliders
==========================  ======================================================================

Submodules load when they are first used, so ``import lecturekit`` is quick and loads neither
TensorFlow nor Matplotlib:

>>> from lecturekit import lecture, reference as ref
>>> ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)[0, 0]
np.int64(3)
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

__all__ = [
    "attribution",
    "augmentation",
    "check",
    "data",
    "feature_visualization",
    "lecture",
    "models",
    "plots",
    "reference",
    "shapes",
    "tf_ops",
    "training",
    "widgets",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
