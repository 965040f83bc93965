"""The fixture that hands a test its own monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.plugin.state import ENGINE, RUNS
from pytest_flaskctx.settings import Settings

if TYPE_CHECKING:
    from pytest_flaskctx.monitors import Monitor


@pytest.fixture
def flask_ctx_monitor(request: pytest.FixtureRequest) -> Monitor:
    """Monitor of the Flask context leaks of this test: findings, drain, expect, allow."""
    from pytest_flaskctx.monitors import Monitor

    engine = request.config.stash.get(ENGINE, None)
    runs = request.config.stash.get(RUNS, None)
    trial = runs.trials.get(id(request.node)) if runs is not None else None
    if engine is None or trial is None:
        return Monitor.idle(Settings(request.config.rootpath, mode="off"))
    return Monitor(engine, trial)
