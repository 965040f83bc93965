"""Incidents: whose each is, and in which order they are judged."""

from __future__ import annotations

from typing import get_args

from test_outliving import incident

from pytest_flaskctx.facts import IncidentKind
from pytest_flaskctx.rules import incidents


def test_each_kind_has_a_judge() -> None:
    """A kind without one would fail when it is judged, in a user's test."""
    assert set(incidents._JUDGES) == set(get_args(IncidentKind))


def test_what_gives_way_is_judged_after_what_it_gives_way_to() -> None:
    """All others come first, in the order in which they were noted."""
    kinds: tuple[IncidentKind, ...] = ("outlives-request", "left-context", "shared-context")
    ranked = sorted((incident()._replace(kind=kind) for kind in kinds), key=incidents.rank)
    assert [each.kind for each in ranked] == ["left-context", "shared-context", "outlives-request"]


def test_an_incident_that_says_nothing_new_is_none() -> None:
    """What was found in its task is asked first, and only by what gives way."""
    verdict = incidents.judge(incident(), ["FCX101"])
    assert verdict is not None
    assert verdict.rule.code == "FCX204"
    assert incidents.judge(incident(), ["FCX201"]) is None
    shared = incident()._replace(kind="shared-context", words=("request",))
    verdict = incidents.judge(shared, ["FCX201"])
    assert verdict is not None
    assert verdict.rule.code == "FCX203"
