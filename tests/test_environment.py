"""The three files that say what is installed agree with each other and with what is installed."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import execute_notebooks
import pytest
import set_repository
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import lecturekit

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PIN = re.compile(r"([a-z0-9-]+)==([0-9a-z.]+)")


def pin_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


PINS = dict(line.split("==") for line in pin_lines())
DIRECT = [
    Requirement(line)
    for lines in [PROJECT["dependencies"], *EXTRAS.values()]
    for line in lines
    if Requirement(line).name != PROJECT["name"]
]


def installed() -> Iterator[tuple[str, str]]:
    """Yield name and version of everything that lecturekit brought into this environment.

    The wheels of CUDA are left out: TensorFlow says which of them it works with, they must fit the
    driver of a machine that is not ours, and few can try them. So they have no pins.
    """
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(f"{PROJECT['name']}[{','.join(EXTRAS)}]"), "")]
    while waiting:
        requirement, wanted_by = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": wanted_by}):
            continue
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # an extra that was not asked for
        name = canonicalize_name(requirement.name)
        if name.startswith("nvidia-"):
            continue
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(Requirement(line), extra) for line in found.requires or []]
        yield name, found.version


def test_constraints_hold_pins_and_nothing_else():
    lines = pin_lines()
    assert all(PIN.fullmatch(line) for line in lines)
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))
    assert names == [canonicalize_name(name) for name in names]


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_every_direct_dependency_is_pinned_within_its_range(requirement):
    pin = PINS[canonicalize_name(requirement.name)]
    assert pin in requirement.specifier


def test_both_tensorflow_wheels_are_the_same_version():
    assert PINS["tensorflow"] == PINS["tensorflow-cpu"]


def test_extra_all_names_every_other_extra_that_goes_with_the_others():
    [everything] = map(Requirement, EXTRAS["all"])
    assert everything.name == PROJECT["name"]
    assert everything.extras == EXTRAS.keys() - {"all", "gpu"}


def test_extra_gpu_is_tensorflow_with_cuda_where_tensorflow_has_it():
    ours = {one.name: one for one in map(Requirement, EXTRAS["gpu"])}
    plain = {one.name: one for one in map(Requirement, EXTRAS["tensorflow"])}
    assert ours.keys() == {"keras", "tensorflow"}
    assert ours["keras"] == plain["keras"]
    assert ours["tensorflow"].specifier == plain["tensorflow"].specifier
    assert ours["tensorflow"].extras == {"and-cuda"}
    for system in ("linux", "darwin", "win32"):
        assert ours["tensorflow"].marker.evaluate({"sys_platform": system}) == (system == "linux")


def test_conda_installs_the_package_with_the_pins():
    [pip] = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    constraint, package = pip
    assert constraint == "-c constraints.txt"
    assert package == "-e .[tensorflow,lab]"


def test_conda_brings_what_the_notebooks_import():
    """Nothing that they import comes from another extra, or from none."""
    lines = [*PROJECT["dependencies"], *EXTRAS["tensorflow"], *EXTRAS["lab"]]
    brought = {Requirement(line).name.removesuffix("-cpu") for line in lines}
    cells = [
        cell
        for path in set_repository.notebooks()
        for cell in execute_notebooks.read(path).cells
        if cell.cell_type == "code"
    ]
    names = {
        name.split(".")[0]
        for cell in cells
        for name in re.findall(r"^(?:import|from) (\w+)", cell.source, flags=re.MULTILINE)
    }
    assert {"keras", "lecturekit", "numpy"} <= names
    assert names - set(sys.stdlib_module_names) - {PROJECT["name"]} <= brought


def test_conda_brings_a_supported_python_and_pip_only():
    python, pip = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    assert pip == "pip"
    assert python.removeprefix("python=") in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("name", ["constraints.txt", "environment.yml", "pyproject.toml"])
def test_no_registry_is_named(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|\.(org|com|io)\b", text)


def test_the_version_is_the_same_wherever_it_stands():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert lecturekit.__version__ == PROJECT["version"] == citation["version"]
    assert f"## {PROJECT['version']}" in changes


def test_what_is_installed_is_what_is_pinned():
    found = dict(installed())
    del found[PROJECT["name"]]
    assert {"jupyter-book", "keras", "nbval", "numpy"} <= found.keys()
    assert found == {name: PINS.get(name) for name in found}


def test_every_pin_runs_on_every_python_that_we_promise():
    """The oldest releases too: Debian 12 has 3.11.2."""
    promised = SpecifierSet(PROJECT["requires-python"])
    releases = [f"3.{minor}.0" for minor in range(8, 20) if f"3.{minor}.0" in promised]
    assert releases[0] == "3.11.0"
    for name, _ in installed():
        needs = SpecifierSet(distribution(name).metadata["Requires-Python"] or "")
        assert not [release for release in releases if release not in needs], f"{name}: {needs}"
