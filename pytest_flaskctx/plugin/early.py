"""Starting before the settings can be read whole, and stopping whatever happens."""

from __future__ import annotations

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.options import early_settings
from pytest_flaskctx.plugin.state import ENGINE


def start_early(config: pytest.Config) -> Engine | None:
    """Start an engine for ``config`` unless there is one, or the plugin is off.

    It is stopped by a cleanup of the config, which pytest calls also after a usage error and
    after Ctrl-C.
    """
    if ENGINE in config.stash:
        return config.stash[ENGINE]
    settings = early_settings(config)
    if settings.mode == "off":
        return None
    engine = config.stash[ENGINE] = Engine(settings)
    engine.start()
    config.add_cleanup(engine.stop)
    return engine
