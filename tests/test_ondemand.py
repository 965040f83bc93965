"""Hooks on demand: registered once, taken away once, in whatever order that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.plugin.ondemand import OnDemand


class Hooks:
    """A plugin."""


@given(st.lists(st.booleans()))
def test_plugins_come_and_go_together(starts: list[bool]) -> None:
    """Asked to start or to stop any number of times, they are there when the last word was start."""
    manager = pytest.PytestPluginManager()
    plugins = Hooks(), Hooks()
    on_demand = OnDemand(manager, *plugins)
    for start in starts:
        (on_demand.start if start else on_demand.stop)()
        assert [manager.is_registered(plugin) for plugin in plugins] == [start, start]
