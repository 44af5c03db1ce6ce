"""Widgets that compute in the page, and figures with sliders.

The explorers move wherever they are shown: in the built book without a kernel, and in JupyterLab,
where Python sees and sets their state.

>>> from lecturekit import lecture, plots, widgets
>>> widgets.NetworkExplorer(digit=3)
NetworkExplorer(digit=3)

`explore` draws any figure again when a slider moves. It needs Python: on a page without a kernel
it is a picture.

>>> def draw(stride=1):
...     return plots.image(lecture.IMAGE[::stride, ::stride])
>>> widgets.explore(draw, stride=(1, 3))
explore(draw, stride=1)
"""

from lecturekit.widgets.ascent_explorer import AscentExplorer
from lecturekit.widgets.convolution_explorer import ConvolutionExplorer
from lecturekit.widgets.explore import Explore, explore
from lecturekit.widgets.fully_connected_view import FullyConnectedView
from lecturekit.widgets.network_explorer import NetworkExplorer
from lecturekit.widgets.pooling_explorer import PoolingExplorer
from lecturekit.widgets.shape_calculator import ShapeCalculator

__all__ = [
    "AscentExplorer",
    "ConvolutionExplorer",
    "Explore",
    "FullyConnectedView",
    "NetworkExplorer",
    "PoolingExplorer",
    "ShapeCalculator",
    "explore",
]
