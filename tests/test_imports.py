"""Who may import whom: the rules of the package's design, held against every module.

A part may import the parts that stand in its row and the outside packages that stand there,
the standard library, and itself. Imports inside functions count. Nobody imports upwards.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lecturekit

PACKAGE = Path(lecturekit.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# The one table. "lecturekit" is the package's own __init__.
MAY_IMPORT = {
    "lecturekit": set(),
    "_arguments": set(),
    "_history": {"numpy"},
    "_progress": {"tqdm"},
    "_tensorflow": {"keras", "tensorflow"},
    "lecture": {"numpy"},
    "shapes": {"_arguments"},
    "reference": {"numpy", "_arguments", "_history", "_progress", "shapes"},
    "augmentation": {"numpy", "shapes"},
    "data": {"numpy", "pooch", "_progress", "reference"},
    "tf_ops": {"numpy", "_tensorflow", "reference", "shapes"},
    "models": {"numpy", "_tensorflow", "data", "reference", "shapes"},
    "training": {
        "numpy", "_history", "_progress", "_tensorflow", "augmentation", "data", "reference",
        "shapes",
    },
    "feature_visualization": {"numpy", "_progress", "_tensorflow", "reference", "shapes"},
    "attribution": {"numpy", "_progress", "feature_visualization", "shapes"},
    "check": {"numpy", "data", "lecture", "reference", "shapes"},
    "plots": {"matplotlib", "numpy", "lecture", "reference", "shapes"},
    "widgets": {
        "anywidget", "ipywidgets", "matplotlib", "numpy", "traitlets",
        "data", "lecture", "reference", "shapes",
    },
    "cli": {
        "matplotlib", "numpy",
        "lecturekit", "_tensorflow", "augmentation", "data", "models", "plots", "training",
    },
    "__main__": {"cli"},
}  # fmt: skip
SAYS_NOTHING = {"common", "helper", "helpers", "misc", "tools", "util", "utils"}


def part_of(module: Path) -> str:
    """Return the top-level part that a file belongs to."""
    first = module.relative_to(PACKAGE).parts[0]
    return "lecturekit" if first == "__init__.py" else first.removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this table can be read off them"
            whole = node.module == "lecturekit"
            yield from (
                (f"lecturekit.{alias.name}" for alias in node.names) if whole else [node.module]
            )


def foreign(module: Path) -> set[str]:
    """Return the parts and outside packages that a file imports, the standard library left out."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = {name.removeprefix("lecturekit.").split(".")[0] for name in imported(tree)}
    return names - set(sys.stdlib_module_names) - {part_of(module)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_part_may(module):
    assert foreign(module) <= MAY_IMPORT[part_of(module)]


def test_the_table_has_no_row_too_many():
    assert {part_of(module) for module in MODULES} == MAY_IMPORT.keys()


def test_the_rules_point_downwards():
    above: set[str] = set()
    for part in reversed(MAY_IMPORT):
        above.add(part)
        assert not MAY_IMPORT[part] & above, f"{part} imports something that stands above it"


def test_only_its_back_end_brings_tensorflow_to_feature_visualization():
    modules = [path for path in MODULES if part_of(path) == "feature_visualization"]
    assert {path.name for path in modules if "_tensorflow" in foreign(path)} == {"keras_backend.py"}


def test_imports_are_seen_inside_functions(tmp_path):
    source = "import os\nfrom lecturekit import shapes\ndef f():\n    import keras.ops as o\n"
    names = set(imported(ast.parse(source)))
    assert names == {"os", "lecturekit.shapes", "keras.ops"}


def test_module_names_say_what_is_in_them():
    stems = {
        part for module in MODULES for part in module.relative_to(PACKAGE).with_suffix("").parts
    }
    assert not {stem.strip("_") for stem in stems} & SAYS_NOTHING


def test_what_numpy_can_do_alone_loads_no_tensorflow():
    program = """
import sys
from lecturekit import attribution, data, feature_visualization as fv
cnn, digits = data.load_cnn(), data.load_digits()
fv.maximize(cnn, fv.Output(3), steps=1, step_size=0.01, transforms=fv.Jitter(1))
for explain in (attribution.saliency, attribution.occlusion, attribution.grad_cam):
    explain(cnn, digits.x_test[0], digits.y_test[0])
print(*sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(run.stdout.split()) & {"keras", "tensorflow"}


@pytest.mark.parametrize(
    ("names", "unwanted"),
    [
        ("__version__", {"IPython", "keras", "matplotlib", "tensorflow"}),
        ("check, data, lecture, reference, shapes", {"keras", "matplotlib", "tensorflow"}),
        ("attribution, feature_visualization, plots, widgets", {"keras", "tensorflow"}),
    ],
)
def test_heavy_packages_load_on_demand(names, unwanted):
    program = f"from lecturekit import {names}; import sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert "lecturekit" in loaded
    assert not loaded & unwanted
