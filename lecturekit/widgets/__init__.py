"""Figures with sliders, in Jupyter.

>>> from lecturekit import lecture, plots, widgets
>>> def draw(stride=1):
...     return plots.image(lecture.IMAGE[::stride, ::stride])
>>> widgets.explore(draw, stride=(1, 3))
explore(draw, stride=1)
"""

from lecturekit.widgets.explore import Explore, explore

__all__ = ["Explore", "explore"]
