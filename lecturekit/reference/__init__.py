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

from lecturekit.reference.activations import relu, softmax
from lecturekit.reference.convolution import conv2d, conv2d_loops, correlate2d
from lecturekit.reference.fully_connected import connections, convolution_matrix, dense, flatten
from lecturekit.reference.pooling import avg_pool2d, max_pool2d

__all__ = [
    "avg_pool2d",
    "connections",
    "conv2d",
    "conv2d_loops",
    "convolution_matrix",
    "correlate2d",
    "dense",
    "flatten",
    "max_pool2d",
    "relu",
    "softmax",
]
