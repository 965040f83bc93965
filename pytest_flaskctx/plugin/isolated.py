"""The fixture ``flask_ctx_isolation``: asks, explores, and tells what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.hushed import Hushed
from pytest_flaskctx.plugin.options import ISOLATION_MODULES, isolation_timeout
from pytest_flaskctx.plugin.patience import at_prompt
from pytest_flaskctx.plugin.state import ENGINE, RUNS
from pytest_flaskctx.trial import Trial

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.isolation.isolating import Asked, Explored, Isolation
    from pytest_flaskctx.isolation.replaying import Replay
    from pytest_flaskctx.isolation.verdicts import IsolationResult

_PACKAGE = __name__.partition(".")[0]
NAME = "flask_ctx_isolation"
_CACHE = "flaskctx/schedules"


class FlaskCtxIsolation:
    """What the fixture gives to a test: call it with what the participants do."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._calls = 0

    def __call__(
        self,
        *visits: Callable[[Any, str], Any],
        app: Any = None,
        copies: int = 2,
        oracle: str = "token",
        expect: Callable[[Any, str], object] | None = None,
        shared: Any = None,
        reset: Callable[[], object] | None = None,
        max_schedules: int = 300,
        max_seconds: float = 10.0,
        seed: str | int | None = None,
    ) -> IsolationResult:
        """Let visits run against each other, step by step, and assert that nothing bleeds.

        Args:
            visits: functions ``visit(client, token)``: each is called once for every participant, in a
                thread of its own, with a Flask test client and a token that nobody else knows, and
                returns a response, several, or any value. One is run against itself; several unlike
                ones also against each other.
            app: a Flask application, or a factory of one without arguments, by which it is made anew
                for each schedule; the fixture ``app`` of the suite unless given.
            copies: up to how many participants one visit has.
            oracle: ``token`` asks whether anything that one participant got has another's token;
                ``serial`` also whether every response is one that some order of whole requests
                gives, and so finds lost updates.
            expect: takes what a visit returned and its token; returns ``False`` or raises
                ``AssertionError`` where that is not as it has to be.
            shared: what participants may see of each other: a regular expression, a JSON path that
                begins with ``$``, a function that takes a text and returns it without that, or a
                list of them.
            reset: puts back what lies outside of the program, before each schedule.
            max_schedules: how many schedules to run.
            max_seconds: when to stop all the same, in seconds.
            seed: what decides where chance does; the test's id unless given.

        Returns:
            What was explored: ``isolated``, or ``inconclusive`` with the reason.

        Raises:
            ContextBleedError: something bled, or another rule found something meanwhile.
            IsolationError: it cannot be explored, or a visit never ends.
            SettingsError: an argument cannot be meant.
            Exception: what a visit raises by itself.
        """
        __tracebackhide__ = True
        self._calls += 1
        try:
            return self._result(
                sys._getframe(1),
                visits,
                app=app,
                copies=copies,
                oracle=oracle,
                expect=expect,
                shared=shared,
                reset=reset,
                max_schedules=max_schedules,
                max_seconds=max_seconds,
                seed=str(self._request.node.nodeid if seed is None else seed),
            )
        except BaseException as error:
            # What leads to the test's own lines is the test's; how we came there is nobody's affair.
            raise error.with_traceback(_outside(error.__traceback__)) from error.__cause__

    def _result(
        self, frame: FrameType, visits: Sequence[object], *, app: Any, **options: Any
    ) -> IsolationResult:
        from pytest_flaskctx.isolation.asking import asked

        application = self._app() if app is None else app
        call = _Call(self._request, self._calls, frame)
        return call.result(asked(visits, app=application, **options))

    def _app(self) -> Any:
        """Return the suite's own application, from the fixture that pytest-flask asks for, too."""
        try:
            return self._request.getfixturevalue("app")
        except pytest.FixtureLookupError:
            from pytest_flaskctx.settings import SettingsError

            raise SettingsError(
                "flask_ctx_isolation: there is no fixture 'app'; give app=, a Flask application or a "
                "factory of one"
            ) from None


@pytest.fixture
def flask_ctx_isolation(request: pytest.FixtureRequest) -> FlaskCtxIsolation:
    """Run visits against each other, step by step, and assert that nothing bleeds between them."""
    return FlaskCtxIsolation(request)


class _Call:
    """One call of the fixture.

    Args:
        request: of the test.
        number: which call of the test it is, from 1.
        frame: the one that called.
    """

    def __init__(self, request: pytest.FixtureRequest, number: int, frame: FrameType) -> None:
        self._item: pytest.Item = request.node
        self._config = request.config
        self._number = number
        self._place = frame.f_code, frame.f_lineno

    def result(self, asked: Asked) -> IsolationResult:
        """Explore, and return what came of it, or raise."""
        from pytest_flaskctx.isolation import refusing, unexplored

        engine, runs = self._config.stash.get(ENGINE, None), self._config.stash.get(RUNS, None)
        trial = runs.trials.get(id(self._item)) if runs is not None else None
        if engine is None or trial is None:
            return unexplored.visited(asked, "--flaskctx=off").result
        # A block of the test that the monitor watches apart has terms of its own.
        trial = engine.trial_now(trial)
        debugger = refusing.debugger()
        if debugger:
            explored = unexplored.visited(asked, f"a debugger is at work ({debugger})")
            return self._told(engine, trial, explored)
        return self._explored(engine, trial, asked)

    def _explored(self, engine: Engine, trial: Trial, asked: Asked) -> IsolationResult:
        with engine.apart(trial, trial.terms) as part:
            try:
                explored = self._explore(engine, asked)
            except BaseException:
                # What leaked until then is told beside the test's own error.
                trial.settled += tuple(engine.news(part, "call"))
                raise
        return self._told(engine, trial, explored, engine.news(part, "call"))

    def _explore(self, engine: Engine, asked: Asked) -> Explored:
        from pytest_flaskctx.isolation.isolating import Isolation
        from pytest_flaskctx.isolation.reach import Reach

        where = f"ini option {ISOLATION_MODULES}"
        reach = Reach(engine.ownership, engine.settings.isolation_modules, where)
        root = engine.settings.root
        with Hushed(self._config) as hushed:
            isolation = Isolation(
                asked, reach, root, self._number, held=at_prompt, before=hushed.forget
            )
            return self._run(isolation, asked, engine.settings.replay)

    def _run(self, isolation: Isolation, asked: Asked, replay: Replay | None) -> Explored:
        from pytest_flaskctx.isolation import unexplored

        if replay is not None and replay.call != self._number:
            return unexplored.visited(
                asked, f"--flaskctx-replay is for call {replay.call} of its test"
            )
        if replay is not None:
            return isolation.replay(replay)
        explored = isolation.explore(self._failed_before())
        self._remember(explored)
        return explored

    def _told(
        self,
        engine: Engine,
        trial: Trial,
        explored: Explored,
        others: Sequence[Finding] = (),
    ) -> IsolationResult:
        from pytest_flaskctx.errors import ContextBleedError
        from pytest_flaskctx.isolation.findings import finding_of, level_of
        from pytest_flaskctx.reports.text import headline

        test = self._item.nodeid
        made = finding_of(explored, test, os.getpid(), self._place, engine.settings.root)
        judged = engine.settled(made, level_of(explored), trial) if made is not None else None
        found = [*([judged] if judged is not None else []), *others]
        trial.settled += tuple(each for each in found if not each.fails)
        failing = tuple(each for each in found if each.fails)
        if failing:
            raise ContextBleedError("\n".join(map(headline, failing)), failing)
        return explored.result

    def _failed_before(self) -> list[Any]:
        """Return the schedules by which this call failed in an earlier run."""
        from pytest_flaskctx.isolation.replaying import read

        known = self._cache().get(self._key(), None)
        try:
            replay = read(known) if isinstance(known, str) else None
        except ValueError:  # of another version
            replay = None
        return [(replay.group, replay.schedule, replay.grain == "i")] if replay else []

    def _remember(self, explored: Explored) -> None:
        replay = str(explored.replay) if explored.replay else None
        if replay != self._cache().get(self._key(), None):
            self._cache().set(self._key(), replay)

    def _cache(self) -> Any:
        # With -p no:cacheprovider there is none.
        return getattr(self._config, "cache", None) or _NoCache()

    def _key(self) -> str:
        import hashlib

        name = f"{self._item.nodeid}\0{self._number}"
        return f"{_CACHE}/{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:16]}"


class _NoCache:
    """Stands in where pytest keeps nothing from run to run."""

    def get(self, key: str, default: object) -> object:
        return default

    def set(self, key: str, value: object) -> None:
        """Keep nothing."""


def _outside(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from where it leaves this package on; ``None`` if it never does."""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] != _PACKAGE:
            return trace
        trace = trace.tb_next
    return None


def give_timeouts(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let pytest-timeout stand behind the tests that explore, where nobody set a timeout.

    Args:
        config: of the run.
        items: its tests.
    """
    if not config.pluginmanager.hasplugin("timeout") or getattr(config, "_env_timeout", None):
        return
    for item in items:
        if NAME in getattr(item, "fixturenames", ()) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(isolation_timeout(config)))
