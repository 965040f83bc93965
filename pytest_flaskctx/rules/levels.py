"""How grave a finding is: the level of its rule, met with the mode of the run."""

from __future__ import annotations

from typing import Literal

from pytest_flaskctx.rules.base import Mode, RuleLevel

Effective = Literal["error", "warning", "note"]
"""``error`` fails the test, ``warning`` stands in the report, ``note`` is a line of the run's."""


def effective(level: RuleLevel, mode: Mode, *, strict: bool = False) -> Effective | None:
    """Return how grave a finding is, ``None`` where it is none at all.

    Args:
        level: where the rule fails, after what the suite says in ``flaskctx_rules``.
        mode: the mode of the run. ``off`` and ``warn`` are ceilings that ``strict`` does not lift.
        strict: whether the test asked to be judged strictly.
    """
    if mode == "off" or level == "off":
        return None
    if level == "note":
        return "note"
    if mode == "warn" or level == "warn":
        return "warning"
    if level == "fail" or mode == "strict" or strict:
        return "error"
    return "warning"
