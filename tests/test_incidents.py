"""Incidents: whose each is, and in which order they are judged."""

from __future__ import annotations

from typing import get_args

from test_handed import incident

from pytest_flaskctx.facts import IncidentKind
from pytest_flaskctx.rules import incidents


def test_what_gives_way_is_judged_after_what_it_gives_way_to() -> None:
    """What goes along with a task comes last, a context after all else."""
    some = [
        incident("request", "as argument 1")._replace(kind=kind) for kind in get_args(IncidentKind)
    ]
    ranked = [each.kind for each in sorted(some, key=incidents.rank)]
    assert ranked[-3:] == ["proxy-handed-over", "escaped-object", "outlives-request"]


def test_each_kind_has_a_judge() -> None:
    """A kind without one would fail when it is judged, in a user's test."""
    assert set(incidents._JUDGES) == set(get_args(IncidentKind))


def test_an_incident_that_says_nothing_new_is_none() -> None:
    """What was found of its task is asked first."""
    one = incident("request", "as argument 1")
    verdict = incidents.judge(one)
    assert verdict is not None
    assert verdict.rule.code == "FCX103"
    assert incidents.judge(one, {("FCX101", "request")}) is None
    shared = one._replace(kind="shared-context", words=("request",))
    verdict = incidents.judge(shared, {("FCX101", "request")})
    assert verdict is not None
    assert verdict.rule.code == "FCX203"
