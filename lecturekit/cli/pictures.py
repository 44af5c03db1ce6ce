"""The two pictures of a run: how it learned, and what it gets wrong."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from lecturekit.cli.run_folder import CURVES, MISTAKES, RunFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lecturekit.training import History


def learning_curves(folder: RunFolder, history: "History") -> None:
    """Draw loss and accuracy after each epoch; nothing if no epoch is over."""
    plots = _plots()
    if not len(history.loss):
        return
    figure, axes = plots.panels(2, height=2.8)
    for ax, measure in zip(axes, ("loss", "accuracy"), strict=True):
        plots.learning_curves(history, measure=measure, ax=ax)
    _save(folder, CURVES, figure)


def mistakes(folder: RunFolder, images: Any, labels: list[str], title: str) -> None:
    """Draw misread images in rows of ten, a line below each."""
    ax = _plots().contact_sheet(images, columns=10, labels=labels, title=title)
    _save(folder, MISTAKES, ax.get_figure(root=True))


def _plots() -> ModuleType:
    """Return `lecturekit.plots`, drawing into files whatever the environment asks for."""
    import matplotlib

    matplotlib.use("agg")
    from lecturekit import plots

    return plots


def _save(folder: RunFolder, name: str, figure: "Figure") -> None:
    from matplotlib import pyplot

    with folder.replacing(name) as unfinished:
        figure.savefig(unfinished)
    pyplot.close(figure)
