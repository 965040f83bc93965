"""The tool and its rules as SARIF has them, with what GitHub's code scanning asks of a rule."""

from __future__ import annotations

import re

from pytest_flaskctx.findings import JsonDict, Level
from pytest_flaskctx.rules import RULES
from pytest_flaskctx.rules.base import Rule, RuleLevel

ORDERED: tuple[Rule, ...] = tuple(sorted(RULES, key=lambda rule: rule.code))
"""All rules in the order in which a file lists them."""

INDEX: dict[str, int] = {rule.code: number for number, rule in enumerate(ORDERED)}
"""The place of each rule in that list, by its code."""

LEVELS: dict[RuleLevel, Level] = {
    "fail": "error",
    "strict": "warning",
    "warn": "warning",
    "note": "note",
}
"""The level of a rule's results, by where the rule fails."""

_SEVERITIES = {"error": "error", "warning": "warning", "note": "recommendation"}
_EXPOSING = ("FCX202", "FCX401")
"""Rules that stand for one user's data shown to another."""

_SECURITY: JsonDict = {
    "tags": ["concurrency", "external/cwe/cwe-488", "flask", "security"],
    # CVSS 3.1, AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N: a user sees what is another's.
    "security-severity": "6.5",
}
# As semver.org gives it; a version of Python's need not be one.
_SEMANTIC = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def driver(tool: JsonDict) -> JsonDict:
    """Return what found the results, and every rule that it has.

    Args:
        tool: what found them, and with which versions.
    """
    name, version = tool["name"], tool["version"]
    semantic = {"semanticVersion": version} if _SEMANTIC.fullmatch(version) else {}
    rules = [_described(rule) for rule in ORDERED]
    return {"name": name, "version": version, **semantic, "rules": rules}


def _described(rule: Rule) -> JsonDict:
    level = LEVELS[rule.level]
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.why}"},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["concurrency", "flask"],
            "problem.severity": _SEVERITIES[level],
            # What is certainly a bug fails by itself; the rest is only risky.
            "precision": "medium" if level == "warning" else "high",
            **(_SECURITY if rule.code in _EXPOSING else {}),
        },
    }
