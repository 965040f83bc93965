"""The record of a context, and what its end leaves on it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from watching import watched

from pytest_flaskctx.records import record_of
from pytest_flaskctx.tasks import moments
from pytest_flaskctx.threadstate import here


def test_a_watched_context_notes_its_end() -> None:
    """When it was over, and how often its owner had waited by then."""
    context: Any
    with watched():
        for context in (Flask("shop").app_context(), Flask("shop").test_request_context()):
            with context:
                record = record_of(context)
                assert record is not None
                record.watched = True
                context.push()
                context.pop()
                assert not record.ended
            assert 0 < record.ended < next(moments)
            assert record.turns == here().turns
