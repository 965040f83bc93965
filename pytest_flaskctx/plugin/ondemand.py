"""Hooks that are registered only while they have something to do.

pytest calls a hook for every phase of every test; a suite without a leak pays for none of these.
"""

from __future__ import annotations

import pytest


class OnDemand:
    """Plugins that come and go together.

    Args:
        manager: where they are registered.
        plugins: what is registered.

    Attributes:
        active: whether they take part now.
    """

    def __init__(self, manager: pytest.PytestPluginManager, *plugins: object) -> None:
        self._manager = manager
        self._plugins = plugins
        self.active = False

    def start(self) -> None:
        """Let the plugins take part from now on."""
        if not self.active:
            self.active = True
            for plugin in self._plugins:
                self._manager.register(plugin)

    def stop(self) -> None:
        """Let them take part no longer, until :meth:`start` is called again."""
        if self.active:
            self.active = False
            for plugin in self._plugins:
                self._manager.unregister(plugin)
