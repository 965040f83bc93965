"""Helpers ask `current_app or ...` in fixtures and tests without a context: no worker, no leak."""

import pytest
from flask import Flask, current_app, g, session

MUTANT = "truth-as-fail"

DEFAULTS = {"PAGE_SIZE": 10}


def setting(name: str) -> int:
    if current_app:
        return current_app.config.get(name, DEFAULTS[name])
    return DEFAULTS[name]


@pytest.fixture
def default_size() -> int:
    return setting("PAGE_SIZE")


def test_settings_with_and_without_an_app(default_size: int) -> None:
    """Outside an app the default holds, inside its setting."""
    app = Flask(__name__)
    app.config["PAGE_SIZE"] = 50
    assert not g
    assert not session
    with app.app_context():
        assert setting("PAGE_SIZE") == 50
    assert default_size == setting("PAGE_SIZE") == 10
