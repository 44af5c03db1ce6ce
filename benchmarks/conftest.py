"""What goes into the measurements' file beside the times."""

from typing import Any

import machine
import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Replace what pytest-benchmark would store, which includes the name of the machine."""
    brand = machine_info["cpu"].get("brand_raw")
    machine_info.clear()
    machine_info.update(machine.describe(brand))


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_generate_commit_info() -> dict[str, Any]:
    """Store nothing about the checkout."""
    return {}
