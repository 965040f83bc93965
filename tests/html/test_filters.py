"""What the findings of a page may be narrowed to."""

from __future__ import annotations

from builders import finding
from stories import TEST, several

from pytest_flaskctx.reports.html.filters import Choice, Index, section


def test_filters() -> None:
    """Rule, module, test and status, each with how many findings it has."""
    findings, _ = several()
    rule, file, test, status = Index(findings).filters()
    assert rule.choices[0] == Choice("FCX101", "FCX101 unbound-access", 5)
    assert [choice.text for choice in file.choices] == [
        "/venv/lib/sentry_sdk/hub.py",
        "account/leak.py",
        "app.py",
    ]
    assert Choice("1", TEST, 8) in test.choices
    assert [(choice.value, choice.findings) for choice in status.choices] == [
        ("new", 4),
        ("note", 1),
        ("known", 1),
        ("allowed", 1),
        ("expected", 1),
        ("library", 1),
    ]


def test_between_tests() -> None:
    """A leak of no test is one, too."""
    _, _, test, _ = Index([finding(tests=("",))]).filters()
    assert test.choices == (Choice("0", "between tests", 1),)


def test_section() -> None:
    """A note that somebody allowed stands with what is allowed."""
    assert section(finding(level="note")) == "note"
    assert section(finding(level="note", status="allowed")) == "allowed"
    assert section(finding()) == "new"
