"""Runs: a group of visits under one schedule, each time from the same state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask
from stepping import PATIENCE, step

from pytest_flaskctx.isolation.locks import Cooperative
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.runs import Runner
from pytest_flaskctx.isolation.schedules import schedule, written
from pytest_flaskctx.isolation.serial import InOrder
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.turns import Participant


class Plain:
    """A program whose visits tell of their lines themselves."""

    fine = False
    live = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Do nothing within the block."""
        self.live = True
        yield
        self.live = False


class Program:
    """What is explored: an app, a dictionary that it shares, and visits."""

    def __init__(self, *visits: Callable[[Any, str], Any], fresh: bool = False, **how: Any) -> None:
        self.box: dict[str, Any] = {}
        self.made: list[Flask] = []
        self.checked: list[Flask] = []
        self.states: list[dict[str, Any]] = []
        self.warm: list[bool] = []
        self.stepping = Plain()
        self.runner = Runner(
            visits,
            self.make,
            self.checked.append,
            self.state,
            self.stepping,
            Tokens("seed"),
            fresh=fresh,
            **how,
        )

    def make(self) -> Flask:
        """Make an app."""
        app = Flask("shop")
        app.add_url_rule("/", "index", lambda: "ok")
        app.add_url_rule("/fails", "fails", lambda: 1 // 0)
        self.made.append(app)
        return app

    def state(self, roots: dict[str, Any]) -> State:
        """Return the state of the program."""
        self.states.append(roots)
        self.warm += ["jinja_env" in vars(app) for app in roots.values()]
        return State({}, {"box": self.box, **roots}, lambda name: False)


def steps(client: Any, token: str) -> str:
    """Take two steps."""
    step(1)
    step(2)
    return token


def test_a_run_says_what_came_of_it() -> None:
    """Who took part, each step, the schedule as it came about, how each ended."""

    def fails(client: Any, token: str) -> None:
        step(3)
        raise ValueError(token)

    program = Program(steps, fails)
    with program.runner.ready():
        run = program.runner.run((0, 1), Scheduled(schedule((0, 1), (1, None))))
    assert (run.group, run.fine, run.trouble, run.unhandled) == ((0, 1), False, None, ())
    assert [(point.who, point.line) for point in run.points] == [(0, 1), (1, 3), (0, 2)]
    assert written(run.schedule) == "A:1 B:*"
    assert (run.steps(), run.failures()) == ([2, 1], ("", "ValueError"))
    a, b = run.visitors
    assert run.outcomes[0].value == a.value == a.token
    assert str(run.outcomes[1].error) == b.token
    assert a.token != b.token
    assert (program.runner.count, program.runner.steps) == (1, 3)


def test_each_run_begins_with_the_state_that_there_was_first() -> None:
    """And the last one leaves it so; tokens are new each time."""
    seen: list[Any] = []

    def keeps(client: Any, token: str) -> None:
        seen.append((program.box.get("user"), token))
        program.box["user"] = token

    program = Program(keeps)
    program.box["user"] = "nobody"
    with program.runner.ready():
        for _ in range(2):
            program.runner.run((0, 0), Scheduled(()))
    tokens = [token for _, token in seen]
    assert [user for user, _ in seen] == ["nobody", tokens[0], "nobody", tokens[2]]
    assert len(set(tokens)) == 4
    assert program.box == {"user": "nobody"}


def test_the_state_is_put_back_after_an_error() -> None:
    """Whatever ended the exploration."""
    program = Program(steps)
    with suppress(KeyboardInterrupt), program.runner.ready():
        program.box["user"] = 1
        raise KeyboardInterrupt
    assert program.box == {}


def test_what_lies_outside_is_put_back_by_the_users_function() -> None:
    """Before each run, after the state is."""
    program = Program(steps, reset=lambda: resets.append(dict(program.box)))
    resets: list[dict[str, Any]] = []
    with program.runner.ready():
        program.box["user"] = 1
        program.runner.run((0,), Scheduled(()))
        program.runner.run((0,), Scheduled(()))
    assert resets == [{}, {}]


@pytest.mark.parametrize("fresh", [False, True])
def test_an_application_is_made_anew_where_it_can_be(fresh: bool) -> None:
    """For each run; the first one is checked."""
    program = Program(steps, fresh=fresh)
    with program.runner.ready():
        assert len(program.made) == (0 if fresh else 1)
        program.runner.run((0,), Scheduled(()))
        program.runner.run((0,), Scheduled(()))
    assert len(program.made) == (2 if fresh else 1)
    assert program.checked == program.made[:1]
    assert program.states == [{} if fresh else {"app": program.made[0]}]


@pytest.mark.parametrize("fresh", [False, True])
def test_each_point_is_observed_with_a_state_that_knows_the_application(fresh: bool) -> None:
    """And with the tokens of all; changes are told from the beginning of the run.

    The globals of its templates are there by then: it makes them when they are asked for.
    """
    seen: list[tuple[int, list[str], Sequence[str]]] = []

    def observe(state: State, who: Participant, tokens: Sequence[str]) -> None:
        seen.append((who.steps, [cell.path for cell in state.changed()], tokens))

    def writes(client: Any, token: str) -> None:
        step(1)
        client.application.config["user"] = token
        program.box["user"] = token
        step(2)

    program = Program(writes, fresh=fresh)
    with program.runner.ready():
        program.box["user"] = 1
        run = program.runner.run((0,), Scheduled(()), observe=observe)
    tokens = [run.visitors[0].token]
    assert seen == [(1, [], tokens), (2, ["box", "app.config"], tokens)]
    assert program.warm == [True]


def test_whoever_makes_locks_or_sleeps_is_stepped_meanwhile() -> None:
    """The application, too, which is made within the block; locks that were there are swapped."""
    program = Program(steps)
    real = program.box["lock"] = threading.Lock()
    before = threading.Lock, time.sleep, threading.Thread.start
    with program.runner.ready():
        assert program.stepping.live
        assert type(program.box["lock"]) is type(threading.Lock()) is Cooperative
        during = threading.Lock, time.sleep, threading.Thread.start
    assert all(one is not other for one, other in zip(before, during, strict=True))
    assert before == (threading.Lock, time.sleep, threading.Thread.start)
    assert program.box["lock"] is real
    assert not program.stepping.live


def test_one_thread_may_pay_all_visits() -> None:
    """One after the other."""
    program = Program(lambda client, token: threading.get_ident())
    with program.runner.ready():
        run = program.runner.run((0, 0), Scheduled(()), one_thread=True)
    assert run.outcomes[0].value == run.outcomes[1].value


def test_instructions_are_points_where_that_is_asked_for() -> None:
    """For that run only."""
    seen: list[bool] = []
    program = Program(lambda client, token: seen.append(program.stepping.fine))
    with program.runner.ready():
        fine = program.runner.run((0,), Scheduled(()), fine=True)
        program.runner.run((0,), Scheduled(()))
    assert (seen, fine.fine) == ([True, False], True)


def test_a_visit_that_never_ends_is_given_up() -> None:
    """After so many points in one go."""

    def spins(client: Any, token: str) -> None:
        while True:
            step()

    program = Program(spins)
    with program.runner.ready():
        run = program.runner.run((0,), Scheduled(()), limit=5)
    assert run.trouble is not None
    assert run.trouble.kind == "spins"
    assert program.runner.steps == len(run.points) == 6


@pytest.mark.parametrize("by_request", [False, True])
def test_a_request_begins_at_a_point_where_that_is_asked_for(by_request: bool) -> None:
    """Whole requests can be paid in any order then."""

    def twice(client: Any, token: str) -> None:
        for _ in range(2):
            assert client.get("/").text == "ok"

    program = Program(twice)
    with program.runner.ready():
        run = program.runner.run((0, 0), InOrder((1, 0, 0, 1)), by_request=by_request)
    order = [(point.who, point.kind) for point in run.points]
    # B's first, then both of A's, then B's second, at which it has stood.
    met = [(1, "request"), (1, "request"), (0, "request"), (0, "request")]
    assert order == (met if by_request else [])
    assert [len(visitor.answers) for visitor in run.visitors] == [2, 2]
    assert run.failures() == ("", "")


def test_a_request_of_a_thread_of_the_visits_begins_anywhere() -> None:
    """It is no participant."""

    def elsewhere(client: Any, token: str) -> None:
        thread = threading.Thread(target=client.get, args=("/",))
        thread.start()
        thread.join(PATIENCE)

    program = Program(elsewhere)
    with program.runner.ready():
        run = program.runner.run((0,), Scheduled(()), by_request=True)
    assert run.points == ()
    assert len(run.visitors[0].answers) == 1


def test_errors_that_the_application_answers_are_kept() -> None:
    """It raises none of them where it does not propagate exceptions."""
    program = Program(lambda client, token: client.get("/fails"))
    with program.runner.ready():
        run = program.runner.run((0,), Scheduled(()))
    assert [type(error) for error in run.unhandled] == [ZeroDivisionError]
    assert run.failures() == ("500",)


def test_a_debuggers_prompt_holds_the_time() -> None:
    """It is asked for while participants run."""
    asked: list[int] = []

    def held() -> bool:
        asked.append(1)
        return False

    def waits(client: Any, token: str) -> None:
        while not asked:
            pass

    program = Program(waits, held=held)
    with program.runner.ready():
        run = program.runner.run((0,), Scheduled(()))
    assert run.failures() == ("",)
    assert asked


def test_an_application_may_have_no_templates() -> None:
    """Whatever stands in for one."""

    class App:
        def test_client(self) -> Any:
            return type("Client", (), {"open": None})()

    program = Program(steps)
    program.runner._make = App
    with program.runner.ready():
        assert program.runner.run((0,), Scheduled(())).failures() == ("",)
