"""The threads that carry participants, and the bounded wait for them."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Any

import pytest
from stepping import PATIENCE, step

from pytest_flaskctx.isolation import carriers
from pytest_flaskctx.isolation.carriers import Carrier, Outcome, carry
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.roles import role_of_context, roles
from pytest_flaskctx.isolation.schedules import schedule, written
from pytest_flaskctx.isolation.turns import Abandoned, Turns


def turns_of(count: int = 1, *entries: tuple[int, int | None], **how: Any) -> Turns:
    """Return the turns of some participants by a schedule."""
    return Turns(Scheduled(schedule(*entries)), count, 1000, **how)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lasts too long lasts no longer than it has to."""
    monkeypatch.setattr(carriers, "QUIET", 0.05)
    monkeypatch.setattr(carriers, "QUIET_ALONE", 0.05)
    monkeypatch.setattr(carriers, "_FAREWELL", 0.05)


def test_what_came_of_each_is_told_by_number() -> None:
    """What it returned, or what it raised, whatever that is."""
    error = KeyboardInterrupt()

    def fails() -> None:
        raise error

    outcomes = carry(turns_of(3, (2, None)), [lambda: 1, fails, lambda: 3])
    assert outcomes == [Outcome(1, None, True), Outcome(None, error, True), Outcome(3, None, True)]


def test_who_is_given_up_came_to_no_end() -> None:
    """That is no error of its own."""

    def gives_up() -> None:
        raise Abandoned

    assert carry(turns_of(), [gives_up]) == [Outcome()]


def test_each_participant_has_a_thread_of_its_own() -> None:
    """It has the participant's name, and does not keep the process up."""
    seen: list[tuple[str, bool]] = []

    def body() -> None:
        thread = threading.current_thread()
        seen.append((thread.name, thread.daemon))

    carry(turns_of(2), [body, body])
    assert seen == [("visitor A", True), ("visitor B", True)]


def test_one_thread_carries_all_where_it_is_asked_to() -> None:
    """One after the other, and a thread-local of one is there for the next."""
    local = threading.local()

    def body() -> tuple[bool, int]:
        seen = hasattr(local, "user")
        local.user = 1
        return seen, threading.get_ident()

    first, second = carry(turns_of(2, one_thread=True), [body, body], one_thread=True)
    assert (first.value[0], second.value[0]) == (False, True)
    assert first.value[1] == second.value[1]


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")


@pytest.mark.parametrize("one_thread", [False, True])
def test_each_participant_has_a_context_of_its_own(one_thread: bool) -> None:
    """Not a copy of the test's; but for what was left there by whom the same thread carried before."""
    variable.set("the test's")
    turns = turns_of(2, one_thread=one_thread)

    def body() -> tuple[str, Any, Any]:
        seen = variable.get()
        variable.set("another's")
        return seen, roles.role, role_of_context()

    outcomes = carry(turns, [body, body], one_thread=one_thread)
    seen = ["nothing", "another's" if one_thread else "nothing"]
    for who, outcome, known in zip(turns.participants, outcomes, seen, strict=True):
        assert outcome.value == (known, (turns, who), (turns, who))
    assert variable.get() == "the test's"
    assert roles.role is None


def test_the_threads_are_no_tasks_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches threads start does not see them."""
    started: list[threading.Thread] = []
    plain = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        started.append(thread)
        plain(thread)

    start.__wrapped__ = plain  # type: ignore[attr-defined]
    monkeypatch.setattr(threading.Thread, "start", start)
    assert carry(turns_of(), [lambda: 1])[0].value == 1
    assert started == []


def test_who_waits_in_code_that_cannot_be_seen_into_lets_the_other_go_on() -> None:
    """And has what that one does for it."""
    opened = threading.Event()
    turns = turns_of(2)
    outcomes = carry(turns, [lambda: opened.wait(PATIENCE), lambda: (step(), opened.set())])
    assert outcomes[0].value is True
    assert written(turns.entries)[:3] == "A:*"
    assert turns.trouble is None


def test_who_is_given_up_has_a_moment_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cleans up is done when the next schedule begins."""
    monkeypatch.setattr(carriers, "LONGEST", 0.0)
    monkeypatch.setattr(carriers, "_FAREWELL", PATIENCE)
    cleaned: list[bool] = []

    def parked() -> None:
        try:
            step()
        finally:
            until = time.monotonic() + 0.05
            while time.monotonic() < until:
                pass
            cleaned.append(True)

    def spins() -> None:
        while True:
            step()

    turns = Turns(Scheduled(schedule((0, 1), (1, None))), 2, 10**9)
    carry(turns, [parked, spins])
    assert cleaned == [True]


@pytest.mark.usefixtures("soon")
def test_who_waits_for_ever_is_given_up() -> None:
    """With everybody who is not done; the thread may stay behind."""
    never = threading.Event()
    turns = turns_of(2)
    outcomes = carry(turns, [lambda: never.wait(PATIENCE), lambda: 1])
    never.set()
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("stuck", (0,))
    assert [outcome.ended for outcome in outcomes] == [False, True]


def test_who_never_comes_to_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it comes to one point after the other."""
    monkeypatch.setattr(carriers, "LONGEST", 0.05)

    def spins() -> None:
        while True:
            step()

    turns = Turns(Scheduled(()), 1, 10**9)
    (outcome,) = carry(turns, [spins])
    assert turns.trouble is not None
    assert (turns.trouble.kind, outcome.ended) == ("stuck", False)


@pytest.mark.usefixtures("soon")
def test_who_starts_a_thread_is_not_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the thread to begin, and for nobody else."""
    monkeypatch.setattr(carriers, "LONGEST", 0.2)
    never = threading.Event()

    def starts() -> None:
        assert roles.role is not None
        roles.role.who.starting = 1
        never.wait(PATIENCE)

    turns = turns_of(2)
    carry(turns, [starts, step])
    never.set()
    assert turns.points == []
    assert turns.trouble is not None


def test_who_stands_at_a_debuggers_prompt_has_all_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is taken for asleep meanwhile, and the time does not count."""
    monkeypatch.setattr(carriers, "LONGEST", -1.0)
    go = threading.Event()
    looks: list[int] = []

    def held() -> bool:
        looks.append(1)
        if len(looks) == 40:
            go.set()
        return True

    turns = turns_of(2)
    outcomes = carry(turns, [lambda: go.wait(PATIENCE), lambda: 2], held=held)
    assert [outcome.value for outcome in outcomes] == [True, 2]
    assert written(turns.entries) == "A:*"
    assert turns.trouble is None


@pytest.mark.usefixtures("soon")
def test_an_error_of_whoever_looks_gives_the_schedule_up() -> None:
    """As an interrupt from the keyboard does: nobody stays parked."""

    def held() -> bool:
        raise KeyboardInterrupt

    go = threading.Event()
    left: list[threading.Thread] = []

    def parked() -> None:
        left.append(threading.current_thread())
        step()

    turns = turns_of(2, (0, 1), (1, None))

    def waits() -> None:
        left.append(threading.current_thread())
        go.wait(PATIENCE)

    with pytest.raises(KeyboardInterrupt):
        carry(turns, [parked, waits], held=held)
    go.set()
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("stuck", ())
    for thread in left:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_thread_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the error that it is, whoever was started before is ended."""
    begun: list[str] = []
    start = Carrier.start

    def fails(carrier: Carrier) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        begun.append("first")
        start(carrier)

    monkeypatch.setattr(Carrier, "start", fails)
    turns = Turns(Scheduled(schedule((1, None))), 2, 100)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        carry(turns, [lambda: None, lambda: None])
    assert turns.abandoned
