"""Starting before the settings can be read whole, and stopping whatever happens."""

from __future__ import annotations

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.options import early_mode, early_proxies
from pytest_flaskctx.plugin.state import ENGINE
from pytest_flaskctx.settings import Settings


def start_early(config: pytest.Config) -> Engine | None:
    """Start an engine for ``config`` unless there is one, or the plugin is off.

    It is stopped by a cleanup of the config, which pytest calls also after a usage error and
    after Ctrl-C.
    """
    if ENGINE in config.stash:
        return config.stash[ENGINE]
    mode = early_mode(config)
    if mode == "off":
        return None
    settings = Settings(mode=mode, proxies=early_proxies(config), root=config.rootpath)
    engine = config.stash[ENGINE] = Engine(settings)
    engine.start()
    config.add_cleanup(engine.stop)
    return engine
