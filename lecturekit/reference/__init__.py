"""The operations of a convolutional network in NumPy: the lecture as code.

Images are ``(N, H, W, C)``, kernels ``(kh, kw, C, F)`` as Keras stores them. "Convolution" is
cross-correlation, as in the lecture and in every framework. All functions are pure.

>>> from lecturekit import lecture, reference as ref
>>> ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)
array([[ 3, -1, -3, -1],
       [-3,  1,  0, -3],
       [-3, -3,  0,  1],
       [ 3, -2, -2, -1]])
"""

from lecturekit._history import History as History  # what CNN.fit returns
from lecturekit.reference import layers, optimizers
from lecturekit.reference.activations import (
    relu,
    relu_backward,
    softmax,
    softmax_backward,
    softmax_cross_entropy,
)
from lecturekit.reference.cnn import CNN
from lecturekit.reference.convolution import (
    conv2d,
    conv2d_backward,
    conv2d_loops,
    correlate2d,
)
from lecturekit.reference.fully_connected import (
    connections,
    convolution_matrix,
    dense,
    dense_backward,
    flatten,
    flatten_backward,
)
from lecturekit.reference.gradient_check import numerical_gradient, relative_error
from lecturekit.reference.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

__all__ = [
    "CNN",
    "avg_pool2d",
    "avg_pool2d_backward",
    "connections",
    "conv2d",
    "conv2d_backward",
    "conv2d_loops",
    "convolution_matrix",
    "correlate2d",
    "dense",
    "dense_backward",
    "flatten",
    "flatten_backward",
    "layers",
    "max_pool2d",
    "max_pool2d_backward",
    "numerical_gradient",
    "optimizers",
    "relative_error",
    "relu",
    "relu_backward",
    "softmax",
    "softmax_backward",
    "softmax_cross_entropy",
]
