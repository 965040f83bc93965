"""Starting before the settings can be read whole, and stopping whatever happens."""

from __future__ import annotations

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.options import early_settings
from pytest_flaskctx.plugin.state import ENGINE
from pytest_flaskctx.settings import Settings


def start_early(config: pytest.Config) -> None:
    """Start an engine for ``config`` unless the plugin is off."""
    settings = early_settings(config)
    if settings.mode != "off":
        start(config, settings)


def start(config: pytest.Config, settings: Settings) -> Engine:
    """Start an engine.

    It is stopped by a cleanup of the config, which pytest calls also after a usage error and
    after Ctrl-C.
    """
    engine = config.stash[ENGINE] = Engine(settings)
    engine.start()
    config.add_cleanup(engine.stop)
    return engine
