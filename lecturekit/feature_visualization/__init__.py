"""What does CNN learn? Images that a part of the network answers to most, by gradient ascent.

The lecture's question: which image makes the k-th filter most active? Its degree of activation
is the sum of its output, a^k, and the answer is x* = argmax a^k. ``maximize`` looks for x* by
gradient ascent: the network stays as it is, the image changes.
"""

from lecturekit.feature_visualization.ascent import (
    Ascent,
    AscentError,
    degree_of_activation,
    gradient,
    maximize,
)
from lecturekit.feature_visualization.likeness import Content, Style
from lecturekit.feature_visualization.objectives import Direction, Filter, Layer, Neuron, Output
from lecturekit.feature_visualization.regularizers import L1, L2, TotalVariation
from lecturekit.feature_visualization.transforms import Blur, Jitter, Rotate, Scale

__all__ = [
    "L1",
    "L2",
    "Ascent",
    "AscentError",
    "Blur",
    "Content",
    "Direction",
    "Filter",
    "Jitter",
    "Layer",
    "Neuron",
    "Output",
    "Rotate",
    "Scale",
    "Style",
    "TotalVariation",
    "degree_of_activation",
    "gradient",
    "maximize",
]
