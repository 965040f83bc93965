"""The fixture that hands a test its own monitor."""

from __future__ import annotations

import pytest

from pytest_flaskctx.monitor import Monitor
from pytest_flaskctx.plugin.state import ENGINE, TRIAL
from pytest_flaskctx.settings import Settings


@pytest.fixture
def flask_ctx_monitor(request: pytest.FixtureRequest) -> Monitor:
    """Monitor of the Flask context leaks of this test: findings, drain, expect, allow."""
    engine = request.config.stash.get(ENGINE, None)
    trial = request.node.stash.get(TRIAL, None)
    if engine is None or trial is None:
        return Monitor.idle(Settings(mode="off"))
    return Monitor(engine, trial)
