"""Findings: complete, comparable and named without line numbers."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from builders import finding, frame, handover, site

from pytest_flaskctx import facts, findings
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.facts import FileKind


def test_a_finding_tells_its_place() -> None:
    """File, line, expression and function are those of the access."""
    found = finding()
    assert (found.file, found.line) == ("app.py", 15)
    assert (found.expression, found.function) == ("{incoming}", "process_task")


@pytest.mark.parametrize(
    ("level", "status", "fails"),
    [
        ("error", "new", True),
        ("error", "known", False),
        ("error", "allowed", False),
        ("error", "expected", False),
        ("error", "library", False),
        ("warning", "new", False),
        ("note", "new", False),
    ],
)
def test_only_a_new_error_fails(level: str, status: str, fails: bool) -> None:
    """Whatever has a status, or is no error, stands in the report."""
    assert finding(level=level, status=status).fails is fails


def test_a_fingerprint_survives_edits_elsewhere() -> None:
    """Lines, columns, stacks, threads and counts do not enter it."""
    other = finding(site=site(line=99, column=1), stack=(frame(1, "x"),), thread="b", count=7)
    assert other.fingerprint == finding().fingerprint
    assert len(other.fingerprint) == 16


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "unbound-guard"},
        {"site": site(file="b.py")},
        {"site": site(function="other")},
        {"site": site(expression="{outgoing}")},
        {"site": site(expression="\udcff")},
        {"handover": None},
    ],
)
def test_a_fingerprint_tells_sites_apart(changes: dict[str, object]) -> None:
    """Rule, file, function, expression and the function that handed over make it."""
    assert finding(**changes).fingerprint != finding().fingerprint


def test_merging_adds_counts_and_tests() -> None:
    """Each test is named once, in order."""
    merged = finding(tests=("b", "a"), count=2).merged(finding(tests=("b", "c"), count=3))
    assert (merged.tests, merged.count) == (("a", "b", "c"), 5)


def test_a_status_has_its_reason() -> None:
    """Everything else stays."""
    changed = finding().with_status("allowed", "ticket 7")
    assert changed == replace(finding(), status="allowed", reason="ticket 7")


def test_a_handover_is_nested_when_a_task_of_the_same_request_did_it() -> None:
    """A view that itself runs in a task, as under a live server, hands over by itself."""
    parent = handover()
    assert not parent.nested
    assert handover(parent=parent).nested
    assert not handover(parent=handover(request=None)).nested


@pytest.mark.parametrize(
    ("kinds", "nested"),
    [
        (("stdlib", "library", "flask", "user"), False),
        (("flask",), False),
        (("stdlib", "user", "flask"), True),
        (("library", "user"), True),
        (("library",), True),
        ((), True),
    ],
)
def test_an_async_view_is_no_task(kinds: tuple[FileKind, ...], nested: bool) -> None:
    """Flask hands it to asgiref, which runs it in a thread: what it hands over, the view does."""
    stack = tuple(frame(1, "f", kind=kind) for kind in kinds)
    assert handover(parent=handover(stack=stack)).nested is nested


RECORDS = [
    facts.Frame, facts.RequestFact, facts.ContextFact, facts.Origin, facts.Access,
    findings.Site, findings.Handover, findings.Finding,
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_fact_is_frozen_and_slotted(record: type) -> None:
    """What was captured is never changed, and has room for nothing else."""
    assert "__slots__" in vars(record)
    names = getattr(record, "_fields", None) or [field.name for field in fields(record)]
    made = record(*names)
    with pytest.raises((FrozenInstanceError, AttributeError)):
        setattr(made, names[0], 1)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        made.unheard_of = 1


def test_a_finding_survives_pickling() -> None:
    """It may be sent to another process, and so may the error that carries it."""
    found = finding()
    assert pickle.loads(pickle.dumps(found)) == found
    error = pickle.loads(pickle.dumps(ContextLeakError("leaked", (found,))))
    assert (str(error), error.findings) == ("leaked", (found,))
