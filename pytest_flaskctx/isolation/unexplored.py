"""Where nothing is explored: each visit is paid once, so that a test's own checks hold or fail."""

from __future__ import annotations

from pytest_flaskctx.flasknames import is_application
from pytest_flaskctx.isolation.isolating import Asked, Explored
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.verdicts import IsolationResult


def visited(asked: Asked, reason: str) -> Explored:
    """Pay each visit once, in this thread, and return that nothing can be told.

    Args:
        asked: what was to be explored.
        reason: why it is not.
    """
    app = asked.app if is_application(asked.app) else asked.app()
    tokens = Tokens(asked.seed)
    for visit in asked.visits:
        visit(app.test_client(), tokens.next())
    result = IsolationResult(
        verdict="inconclusive",
        reason=reason,
        structural=False,
        schedules=0,
        steps=0,
        points=0,
        both_in=(),
        tiers=(),
        not_put_back=(),
        seed=asked.seed,
    )
    return Explored(result)
