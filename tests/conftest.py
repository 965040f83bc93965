"""What all tests share."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

PLUGINS = ("flaskctx", "timeout", *(["xdist"] if find_spec("xdist") else []))
"""What a test's runs of pytest load; others are named by the tests that are about them."""

# How long an example takes says how busy the machine is.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """pytest's own; to import all plugins that are installed takes longer than most runs."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p {name}" for name in PLUGINS))
    return pytester
