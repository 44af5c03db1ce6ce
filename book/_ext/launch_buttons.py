"""Buttons that open a chapter in Colab or Binder, as soon as the project has a public address.

The theme makes them from `repository: url` in _config.yml. Without an address it stops with an
error, and Colab opens only what is on GitHub: here the buttons that cannot work are left out.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

GITHUB = "https://github.com/"


def that_work(options: dict[str, Any]) -> dict[str, Any]:
    """Return the theme's options without the buttons that have nowhere to lead.

    >>> buttons = {"colab_url": "https://colab.example", "binderhub_url": "https://binder.example"}
    >>> that_work({"repository_url": "", "launch_buttons": buttons})
    {'launch_buttons': {}}
    >>> elsewhere = {"repository_url": "https://gitlab.com/a/b", "launch_buttons": buttons}
    >>> that_work(elsewhere)["launch_buttons"]
    {'binderhub_url': 'https://binder.example'}
    """
    address, buttons = options.get("repository_url"), options.get("launch_buttons", {})
    if not address:
        kept = {key: one for key, one in options.items() if not key.startswith("repository_")}
        return {**kept, "launch_buttons": {}}
    if not address.startswith(GITHUB):
        buttons = {key: one for key, one in buttons.items() if key != "colab_url"}
    return {**options, "launch_buttons": buttons}


def choose(app: Sphinx, config: Config) -> None:
    """Keep the buttons that work."""
    config.html_theme_options = that_work(config.html_theme_options)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("config-inited", choose)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
