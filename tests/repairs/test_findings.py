"""Which findings are repaired at all, and what those that are not are told."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from repairing import app, finding, frame, handover, leak, replace, write

from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.repairs import available, combined, reasons, repair

REQUEST = RequestFact("POST", "/task", "queue_task")
LENT = ContextFact(
    REQUEST, "MainThread", own=False, over=True, same_request=True, owner_waits=False
)


def test_without_libcst_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is an extra, and nothing fails for want of it."""
    monkeypatch.setitem(sys.modules, "libcst.metadata", None)
    reason = "libcst is not installed: pip install 'pytest-flaskctx[fix]'"
    assert not available()
    assert repair(finding(), tmp_path) == (None, reason)
    assert combined([finding()], tmp_path) == ("", [(finding(), reason)])


def test_with_libcst_it_is_available() -> None:
    """Whoever offers repairs may ask first."""
    pytest.importorskip("libcst")
    assert available()


RULES = {
    "FCX102": "a guard decides a branch there, and only its author knows which of them is wanted",
    "FCX103": "a proxy itself is handed over, and what the task wants of it is not written there",
    "FCX203": "a context is shared, and each task needs one of its own or none at all",
    "FCX204": "a context goes along with the task, which may need more of it than can be read",
    "FCX205": "a lost change of the session cannot be passed as a value",
    "FCX206": "a real object is handed over, and what the task wants of it is not written there",
    "FCX208": "a queue runs this task in a worker as well, and its messages stand beyond the source",
    "FCX301": "a context that a test leaves behind is popped by that test, not passed as a value",
    "FCX302": "a context that a worker leaves behind is popped there, not passed as a value",
    "FCX303": "a context that the suite holds is none of a task's",
    "FCX304": "what keeps a request alive is no value that a task reads",
    "FCX401": "two requests share state, which no value that is passed can mend",
    "FCX901": "a task that does not end reads no value that could be passed",
    "FCX999": "this rule's leaks are not repaired by passing a value",
}


@pytest.mark.parametrize("code", RULES)
def test_other_rules_say_why_a_value_is_no_repair(code: str, tmp_path: Path) -> None:
    """What is to be done about them stands in their hints."""
    pytest.importorskip("libcst")
    assert repair(finding(code=code), tmp_path) == (None, RULES[code])


def test_every_rule_that_is_not_repaired_has_a_sentence_of_its_own() -> None:
    """A new rule says why, or is repaired."""
    from pytest_flaskctx.rules import RULES as ALL

    pytest.importorskip("libcst")
    from pytest_flaskctx.repairs.leaks import REPAIRED

    assert {rule.code for rule in ALL} == {*reasons.RULES, *REPAIRED}


PARENT = handover(thread="Thread-7")
OTHER = handover(thread="Thread-7", request=None)
STORIES: dict[str, tuple[dict[str, Any], str]] = {
    "library": ({"status": "library"}, "a library reads it on its own account"),
    "no-handover": ({"handover": None}, "no hand-over is known"),
    "eager": (
        {"handover": handover("eager")},
        "a queue runs this task in a worker as well, and its messages stand beyond the source",
    ),
    "no-request": (
        {"request": None},
        "it was handed over outside any request, where there is nothing to read",
    ),
    "nested": (
        {"handover": handover(parent=PARENT)},
        "a task hands this one over, where no request is bound",
    ),
    "other-thread": (
        {"handover": handover(thread="Thread-7", parent=OTHER), "context": LENT},
        "it was handed over by a thread that does not serve the request",
    ),
    "no-site": (
        {"handover": handover()._replace(site=None)},
        "no line of the project hands the task over",
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_what_is_known_of_the_hand_over_decides_first(name: str, tmp_path: Path) -> None:
    """Without a request at the hand-over there is nothing to read."""
    pytest.importorskip("libcst")
    changes, reason = STORIES[name]
    assert repair(finding(**changes), tmp_path) == (None, reason)


def _of_flask(one: Finding) -> Finding:
    """Let Flask run the view in a thread beside, as it does where the view is async."""
    handed = one.handover
    assert handed is not None
    flask = (frame(5, "view", "/venv/flask/app.py", kind="flask"),)
    parent = handover()._replace(origin=handed.origin._replace(stack=flask))
    origin = handed.origin._replace(thread="asgiref-1")
    return replace(one, handover=handed._replace(origin=origin, parent=parent))


def test_an_async_view_is_no_task(tmp_path: Path) -> None:
    """Flask runs its body in a thread beside, for the thread that serves the request."""
    pytest.importorskip("libcst")
    write(tmp_path, {"app.py": app()})
    assert repair(_of_flask(leak(tmp_path, context=LENT)), tmp_path).patch


def test_a_failure_of_ours_is_said_and_never_raised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it is: a run is not to fail for a repair. Its text is not ours to quote."""
    pytest.importorskip("libcst")
    from pytest_flaskctx.repairs import making

    def fail(*_args: object) -> None:
        raise KeyError("oops")

    write(tmp_path, {"app.py": app()})
    one = leak(tmp_path)
    says = (
        r"the repair failed itself \(KeyError in pytest_flaskctx\.repairs\.making, line \d+\), "
        "which is a bug of pytest-flaskctx"
    )
    for name in ("leak_of", "_diff", "Bench.add"):
        with monkeypatch.context() as patched:
            patched.setattr(f"{making.__name__}.{name}", fail)
            made = repair(one, tmp_path)
            diff, ((left, reason),) = combined([one], tmp_path)
        assert (made.patch, diff, left) == (None, "", one)
        assert re.fullmatch(says, made.reason)
        assert re.fullmatch(says, reason)
