"""The rules: what is wrong, why, and what to write instead. They know no probe."""

from __future__ import annotations

from pytest_flaskctx.rules.base import Mode, Rule
from pytest_flaskctx.rules.bleed import REQUEST_BLEED
from pytest_flaskctx.rules.carried import BORROWED_CONTEXT, FOREIGN_CONTEXT, USE_AFTER_REQUEST
from pytest_flaskctx.rules.eager import EAGER_TASK_ACCESS
from pytest_flaskctx.rules.escaped import ESCAPED_OBJECT
from pytest_flaskctx.rules.handed import PROXY_HANDED_OVER
from pytest_flaskctx.rules.left import LEAKED_CONTEXT, LEAKED_WORKER_CONTEXT
from pytest_flaskctx.rules.lost import LOST_SESSION_WRITE
from pytest_flaskctx.rules.outer import OUTER_CONTEXT
from pytest_flaskctx.rules.outliving import OUTLIVES_REQUEST
from pytest_flaskctx.rules.retained import RETAINED_REQUEST
from pytest_flaskctx.rules.shared import SHARED_COPIED_CONTEXT
from pytest_flaskctx.rules.unbound import UNBOUND_ACCESS, UNBOUND_GUARD
from pytest_flaskctx.rules.unfinished import UNFINISHED_WORK

__all__ = ["RULES", "UNFINISHED_WORK", "Mode", "Rule", "find"]

RULES: tuple[Rule, ...] = (
    UNBOUND_ACCESS,
    UNBOUND_GUARD,
    PROXY_HANDED_OVER,
    USE_AFTER_REQUEST,
    FOREIGN_CONTEXT,
    SHARED_COPIED_CONTEXT,
    OUTLIVES_REQUEST,
    LOST_SESSION_WRITE,
    ESCAPED_OBJECT,
    BORROWED_CONTEXT,
    EAGER_TASK_ACCESS,
    LEAKED_CONTEXT,
    LEAKED_WORKER_CONTEXT,
    OUTER_CONTEXT,
    RETAINED_REQUEST,
    REQUEST_BLEED,
    UNFINISHED_WORK,
)


def find(word: str) -> Rule | None:
    """Return the rule with this code or name, in any case, or ``None``."""
    wanted = word.strip().lower()
    return next((rule for rule in RULES if wanted in (rule.code.lower(), rule.name)), None)
