"""Looking for bleeds: tier by tier, until one is found, all is explored, or the budget ends."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from stepping import step

from pytest_flaskctx.isolation import comparing, exploring, visits
from pytest_flaskctx.isolation.exploring import Bled, Explorer, Plan, Stopped, Undecided
from pytest_flaskctx.isolation.runs import Runner
from pytest_flaskctx.isolation.schedules import schedule, written
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.tokens import Tokens

Visit = Callable[[Any, str], Any]
ALL_TIERS = ["serial", "guided", "one preemption", "random", "instructions"]


class Plain:
    """Visits tell of their lines themselves, and of instructions where that is asked for."""

    fine = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Do nothing within the block."""
        yield

    def inside(self, line: int) -> None:
        """Come to an instruction within a line."""
        if self.fine:
            step(line, "inside")


class Program:
    """What is explored: a dictionary that visits share."""

    def __init__(
        self, *visits: Visit, app: Flask | None = None, reset: Any = None, **plan: Any
    ) -> None:
        self.box: dict[str, Any] = {}
        self.stepping = Plain()
        self.clock = itertools.count()
        self.runner = Runner(
            visits,
            lambda: app or application(),
            lambda app: None,
            lambda roots: State({}, {"box": self.box}, lambda name: False),
            self.stepping,
            Tokens("seed"),
            fresh=False,
            reset=reset,
        )
        count = len(visits)
        known: dict[str, Any] = {
            "groups": (*((each, each) for each in range(count)), *([(0, 1)] if count > 1 else [])),
            "crowds": (),
            "serial_oracle": False,
            "expect": None,
            "shared": (),
            "max_schedules": 300,
            "max_seconds": 10_000.0,
            "seed": "seed",
        }
        self.explorer = Explorer(self.runner, Plan(**known | plan), lambda: next(self.clock))

    def explore(self, *first: Any) -> Explorer:
        """Explore it."""
        with self.runner.ready():
            self.explorer.explore(first)
        return self.explorer

    def bleeds(self, *first: Any) -> Bled:
        """Explore it, and return what bled."""
        with pytest.raises(Bled) as raised:
            self.explore(*first)
        return raised.value


def application() -> Flask:
    """Return an app with a few pages."""
    app = Flask("shop")
    app.add_url_rule("/", "index", lambda: "ok")
    app.add_url_rule("/fails", "fails", lambda: 1 // 0)
    app.add_url_rule("/gone", "gone", lambda: ("sorry", 503))
    app.add_url_rule("/stream", "stream", lambda: app.response_class(itertools.repeat("x")))
    return app


def steps(*lines: int) -> Visit:
    """Return a visit that takes steps and shares nothing."""

    def visit(client: Any, token: str) -> str:
        for line in lines:
            step(line)
        return token

    return visit


class Keeps:
    """A visit that keeps its token in the box for two steps.

    Args:
        seen: whether the state of the program shows it.
        before: how many steps it takes first.
    """

    program: Program

    def __init__(self, *, seen: bool = True, before: int = 0) -> None:
        self.kept: dict[str, str] = {}
        self.seen = seen
        self.before = before

    def __call__(self, client: Any, token: str) -> str:
        box = self.program.box if self.seen else self.kept
        for line in range(self.before):
            step(line)
        box["user"] = token
        step(101)
        step(102)
        return box["user"]


def keeping(count: int = 1, **how: Any) -> Program:
    """Return a program of visits that keep their tokens."""
    plan = {name: how.pop(name) for name in list(how) if name not in ("seen", "before")}
    each = Keeps(**how)
    made = Program(*[each] * count, **plan)
    each.program = made
    return made


def test_what_shares_nothing_goes_through_all_tiers() -> None:
    """Where participants met is noted, and what each visit does alone."""
    program = Program(steps(1, 2, 3))
    explorer = program.explore()
    # How many walks there are says the number of schedules, and they may be too many.
    assert [tier for tier in explorer.completed if tier != "random"] == [
        tier for tier in ALL_TIERS if tier != "random"
    ]
    assert set(explorer.alone) == {0}
    assert explorer.overlap.lines
    assert explorer.changes == {0: []}


def test_a_bleed_between_steps_is_found_where_state_changes() -> None:
    """At the first schedule that is tried."""
    program = keeping(before=20)
    bled = program.bleeds()
    assert bled.tier == "guided"
    assert (bled.evidence.kind, bled.evidence.who, bled.evidence.whose) == ("token", 0, 1)
    assert str(bled) == bled.evidence.where == "what the visit returned"
    # Alone, in turn, and the one that was found.
    assert program.runner.count == 3
    assert written(bled.run.schedule) == "A:21 B:*"


def test_changes_are_looked_for_in_so_many_steps_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not seen is found by trying each step."""
    monkeypatch.setattr(exploring, "WATCHED", 20)
    bled = keeping(before=20).bleeds()
    assert bled.tier == "one preemption"
    assert written(bled.run.schedule) == "A:21 B:*"


def test_a_bleed_that_no_state_shows_is_found_by_trying_each_step() -> None:
    """One preemption is enough."""
    bled = keeping(seen=False, before=3).bleeds()
    assert bled.tier == "one preemption"


def test_a_bleed_that_takes_more_switches_is_found_by_walks() -> None:
    """Each must be in it when the other goes on."""

    seen: list[str] = []

    def visit(client: Any, token: str) -> str:
        for line in range(3):
            seen.append(token)
            step(line)
        first, second, third = seen[:3]
        return second if first == third != second else token

    assert Program(visit, reset=seen.clear).bleeds().tier == "random"


def test_a_bleed_within_a_line_is_found_by_instructions() -> None:
    """Only they are new: lines were tried before."""
    box: dict[str, str] = {}

    def visit(client: Any, token: str) -> str:
        step(1)
        box["user"] = token
        program.stepping.inside(1)
        found = box["user"]
        step(2)
        return found

    program = Program(visit)
    bled = program.bleeds()
    assert bled.tier == "instructions"
    assert bled.run.fine
    assert written(bled.run.schedule) == "A:2 B:*"


def test_what_a_visit_leaves_behind_is_found_in_turn() -> None:
    """A thread serves many requests."""
    local = threading.local()

    def visit(client: Any, token: str) -> str:
        found = getattr(local, "user", token)
        local.user = token
        return str(found)

    bled = Program(visit).bleeds()
    assert (bled.tier, bled.evidence.who, bled.evidence.whose) == ("serial", 1, 0)


def test_visits_meet_themselves_and_each_other_in_both_orders() -> None:
    """A writer and a reader: only one order of them bleeds in turn."""

    def reads(client: Any, token: str) -> str:
        return str(program.box.get("user"))

    def writes(client: Any, token: str) -> None:
        program.box["user"] = token

    program = Program(reads, writes)
    bled = program.bleeds()
    assert (bled.tier, bled.run.group) == ("serial", (1, 0))


def test_unlike_visits_are_interrupted_both_ways() -> None:
    """It may be the second that has to be interrupted."""
    box: dict[str, str] = {}

    def writes(client: Any, token: str) -> None:
        box["user"] = token
        step(1)
        box.pop("user", None)

    def reads(client: Any, token: str) -> str:
        step(2)
        found = box.get("user", "")
        step(3)
        return found

    bled = Program(reads, writes).bleeds()
    assert (bled.run.group, bled.tier) == ((0, 1), "one preemption")
    assert bled.evidence.whose == 1


def test_more_participants_are_tried_where_two_show_nothing() -> None:
    """With unlike visits, or more of one."""
    inside: list[str] = []

    def visit(client: Any, token: str) -> str:
        inside.append(token)
        step(1)
        found = inside[0] if len(inside) > 2 else token
        step(2)
        inside.remove(token)
        return found

    bled = Program(visit, crowds=((0, 0, 0),)).bleeds()
    assert bled.tier == "more participants"
    assert bled.run.group == (0, 0, 0)


def test_larger_groups_are_through_in_the_end() -> None:
    """As any tier."""
    program = Program(steps(1), crowds=((0, 0, 0),))
    assert program.explore().completed[-1] == "more participants"


def test_what_failed_before_is_tried_first() -> None:
    """Before any other schedule, with the grain that it had."""
    program = keeping(seen=False, before=9)
    bled = program.bleeds(((0, 0), schedule((0, 10), (1, None)), False))
    assert bled.tier == "failed before"
    assert program.runner.count == 3


def test_what_no_longer_fails_is_passed_by() -> None:
    """The tiers come after it."""
    program = keeping(before=2)
    assert program.bleeds(((0, 0), schedule((0, 1)), True)).tier == "guided"
    assert program.runner.count == 4


def test_a_failure_that_no_serial_run_has_is_a_bleed() -> None:
    """One that it has is the program's own."""
    box: set[int] = set()

    def visit(client: Any, token: str) -> None:
        if box:
            raise KeyError
        box.add(1)
        step(1)
        box.clear()

    bled = Program(visit).bleeds()
    raised = f"raised by {__name__}.{visit.__qualname__}"
    assert (bled.evidence.kind, bled.evidence.where) == ("failure", f"KeyError ({raised})")


def test_a_failure_of_the_second_in_turn_is_no_bleed() -> None:
    """It is known from the serial runs, for larger groups, too."""
    seen: list[str] = []

    def visit(client: Any, token: str) -> None:
        step(1)
        if seen and program.explorer.alone:
            raise KeyError
        seen.append(token)

    program = Program(visit, reset=seen.clear, crowds=((0, 0, 0),))
    assert program.explore().completed[-1] == "more participants"


NOT_PUT_BACK = "what a visit leaves behind is not put back: {}; give `reset=`"


def leaves(kind: str, left: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return a visit that finds what an earlier one left, and how it is explored."""
    app = Flask("shop")
    app.add_url_rule("/", "index", lambda: ("taken", 409) if left else "ok")

    def visit(client: Any, token: str) -> int:
        step(1)
        if kind == "an error" and left:
            raise KeyError(token)
        if kind == "a status":
            client.get("/")
        left.append(token)
        return len(left)

    if kind == "a check":
        return visit, {"app": app, "expect": lambda value, token: value == 1}
    return visit, {"app": app}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("a status", "GET / (endpoint 'index') answers 200 to it at first, and then 409"),
        ("an error", "it ends well at first, and then with KeyError"),
        ("a check", "`expect=` holds at first, and then no more"),
    ],
)
def test_nothing_can_be_told_where_a_visit_finds_what_it_left(kind: str, words: str) -> None:
    """Each schedule would show as little; with a reset there is something to be told."""
    left: list[str] = []
    visit, how = leaves(kind, left)
    with pytest.raises(Undecided) as raised:
        Program(visit, **how).explore()
    assert (str(raised.value), raised.value.structural) == (NOT_PUT_BACK.format(words), True)
    left.clear()
    program = Program(visit, reset=left.clear, **how)
    if kind == "a check":
        assert program.bleeds().evidence.kind == "expect"
    else:
        program.explore()


def test_what_chance_lets_fail_once_is_not_what_was_left() -> None:
    """Paid once more, it is as it was."""
    times = iter([False, True])

    def visit(client: Any, token: str) -> None:
        step(1)
        if next(times, False):
            raise KeyError(token)

    Program(visit).explore()


def test_the_users_own_check_is_asked() -> None:
    """Of what each visit returned, with its token."""

    def visit(client: Any, token: str) -> tuple[int, str]:
        before = program.box.get("sold", 0)
        program.box["sold"] = before + 1
        step(1)
        return program.box["sold"] - before, token

    def expect(value: tuple[int, str], token: str) -> bool:
        assert value[1] == token
        return value[0] == 1

    program = Program(visit, expect=expect)
    bled = program.bleeds()
    assert (bled.evidence.kind, bled.evidence.who, bled.tier) == ("expect", 0, "guided")


def test_what_is_not_as_expected_alone_is_the_users_to_mend() -> None:
    """It is raised as a test's own assertion would be."""
    with pytest.raises(AssertionError, match=r"^expect\(\) returned False for a visit alone$"):
        Program(steps(1), expect=lambda value, token: False).explore()


def test_an_outcome_that_no_order_of_requests_has_is_a_bleed_where_that_is_asked_for() -> None:
    """A lost update shows in no token."""
    app = Flask("shop")

    @app.get("/buy")
    def buy() -> str:
        found = program.box.get("sold", 0)
        step(1)
        program.box["sold"] = found + 1
        return str(found)

    for asked in (False, True):
        program = Program(lambda client, token: client.get("/buy"), app=app, serial_oracle=asked)
        if asked:
            bled = program.bleeds()
            assert (bled.evidence.kind, bled.tier) == ("serial", "one preemption")
        else:
            program.explore()


def test_what_varies_with_the_time_is_no_bleed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something is said that no order has said, the orders are run in another second."""
    second = [1]
    app = Flask("shop")
    app.add_url_rule("/", "index", lambda: {"at": second[0]})
    waits: list[int] = []

    def visit(client: Any, token: str) -> None:
        if program.explorer.completed and second == [1]:
            second[0] = 2
        step(1)
        client.get("/")
        step(2)

    def to_next_second() -> None:
        waits.append(1)
        second[0] += 1

    monkeypatch.setattr(comparing, "to_next_second", to_next_second)
    program = Program(visit, app=app, serial_oracle=True)
    assert program.explorer.varying == []
    program.explore()
    assert waits == [1]
    (varying,) = program.explorer.varying
    assert "GET / (endpoint 'index')" in varying


def test_what_chance_decides_is_no_bleed() -> None:
    """It does not come again with the schedule; what it is that varies is known then."""
    draws = iter([*["no"] * 8, "yes"])
    app = Flask("fair")
    app.add_url_rule("/", "index", lambda: {"drawn": next(draws, "no"), "seat": 1})

    def visit(client: Any, token: str) -> None:
        step(1)
        client.get("/")
        step(2)

    program = Program(visit, app=app, serial_oracle=True)
    program.explore()
    assert next(draws, None) is None
    assert program.explorer.varying == ["the body of GET / (endpoint 'index')"]


def test_what_a_visit_raises_by_itself_is_raised() -> None:
    """It is no bleed."""

    def fails(client: Any, token: str) -> None:
        raise LookupError("its own")

    with pytest.raises(LookupError, match="its own"):
        Program(fails).explore()


def test_an_error_that_the_application_answers_by_itself_is_raised() -> None:
    """The test's author sees it as it was."""
    with pytest.raises(ZeroDivisionError):
        Program(lambda client, token: client.get("/fails")).explore()


def test_an_answer_that_fails_by_itself_tells_nothing() -> None:
    """Only the last one: a visit may look for one on its way."""
    program = Program(lambda client, token: client.get("/gone"))
    with pytest.raises(Undecided) as raised:
        program.explore()
    assert str(raised.value) == "GET /gone (endpoint 'gone') answers 503 by itself"
    assert raised.value.structural
    assert raised.value.run is not None
    program = Program(lambda client, token: [client.get(path).status for path in ("/gone", "/")])
    program.explore()


def test_a_stream_without_an_end_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named."""
    monkeypatch.setattr(visits, "MOST_PARTS", 20)
    program = Program(lambda client, token: client.get("/stream") and None)
    with pytest.raises(Undecided) as raised:
        program.explore()
    assert str(raised.value) == "the stream of GET /stream (endpoint 'stream') has no end"


def test_a_run_that_has_to_be_given_up_stops_the_exploration() -> None:
    """What becomes of it is decided above."""

    def spins(client: Any, token: str) -> None:
        while True:
            step()

    program = Program(spins)
    program.explorer._limit = lambda group: 5  # type: ignore[method-assign]
    with pytest.raises(Stopped) as raised:
        program.explore()
    assert raised.value.run.trouble is not None


def test_a_visit_may_take_many_times_what_it_takes_alone() -> None:
    """Before it is known alone, a great deal."""
    program = Program(steps(1, 2, 3))
    with program.runner.ready():
        assert program.explorer._limit((0, 0)) == 200_000
        program.explorer.prepare()
        assert program.explorer._limit((0, 0)) == 20_060


def test_the_number_of_schedules_ends_a_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not completed then; each has a share of those that are left."""
    counts = []
    for shares in ({"one preemption": 0.5}, {}):
        monkeypatch.setattr(exploring, "SHARES", shares)
        program = Program(steps(*range(60)), max_schedules=20)
        tiers = program.explorer._tiers()[:2]
        program.explorer._tiers = lambda tiers=tiers: tiers  # type: ignore[method-assign, misc]
        assert program.explore().completed == ["serial", "guided"]
        counts.append(program.runner.count)
    # Alone and in turn, before anything else.
    assert counts == [2 + 9, 20]


def test_the_time_ends_an_exploration() -> None:
    """That is no fault of the program's; what was completed is known."""
    program = Program(steps(*range(9)), max_seconds=5.0)
    with pytest.raises(Undecided) as raised:
        program.explore()
    assert (str(raised.value), raised.value.structural) == ("the time ended", False)
    assert program.explorer.completed == ["serial", "guided"]


def test_the_time_may_end_among_larger_groups() -> None:
    """The tiers before are completed."""
    program = Program(steps(1), crowds=((0, 0, 0), (0, 0, 0)))
    tiers = program.explorer._tiers()
    program.explorer._tiers = lambda: tiers[:1]  # type: ignore[method-assign]
    program.clock = itertools.chain(range(1, 9), itertools.repeat(10**6))  # type: ignore[assignment]
    with pytest.raises(Undecided, match=r"^the time ended$"):
        program.explore()
    assert program.explorer.completed == ["serial", "guided"]


def test_a_schedule_can_be_judged_by_serial_runs_that_are_not() -> None:
    """To replay one, no other may bleed before it."""
    program = keeping(before=1)
    explorer = program.explorer
    with program.runner.ready():
        explorer.prepare()
        run = explorer.replay((0, 0), schedule((0, 2), (1, None)), fine=False)
        with pytest.raises(Bled):
            explorer.judged(run, "guided")
        calm = explorer.replay((0, 0), schedule((0, None)), fine=False)
        explorer.judged(calm, "guided")
    assert explorer.completed == ["serial"]


def test_a_run_of_visits_that_never_met_in_turn_is_judged_by_nothing_known() -> None:
    """Each failure counts then."""

    def fails(client: Any, token: str) -> None:
        raise KeyError

    program = Program(fails)
    with program.runner.ready():
        run = program.explorer.replay((0, 0), (), fine=False)
        evidence = program.explorer.evidence(run)
    assert evidence is not None
    assert evidence.kind == "failure"
