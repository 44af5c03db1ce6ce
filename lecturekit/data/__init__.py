"""Handwritten digits, bundled and MNIST's, and the bundled weights of the lecture's network."""

from lecturekit.data._bundled import DataFileError
from lecturekit.data._dataset import load_dataset
from lecturekit.data._description import Description, describe
from lecturekit.data._digits import Digits, load_digits
from lecturekit.data._mnist import load_mnist
from lecturekit.data._mnist_study import load_mnist_study
from lecturekit.data._seed_study import load_seed_study
from lecturekit.data._weights import load_cnn, load_jury, load_weights

__all__ = [
    "DataFileError",
    "Description",
    "Digits",
    "describe",
    "load_cnn",
    "load_dataset",
    "load_digits",
    "load_jury",
    "load_mnist",
    "load_mnist_study",
    "load_seed_study",
    "load_weights",
]
