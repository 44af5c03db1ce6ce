"""Training with a progress bar, the same way each time for the same seed.

A training with a checkpoint can be stopped at any moment, even killed, and goes on as if nothing
had happened.
"""

from lecturekit._history import History
from lecturekit.augmentation import RandomAffine, RandomStroke
from lecturekit.training.loop import train
from lecturekit.training.measure import evaluate

__all__ = ["History", "RandomAffine", "RandomStroke", "evaluate", "train"]
