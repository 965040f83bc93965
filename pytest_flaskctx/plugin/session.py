"""The whole run: what is left when the last test is over, and how it gets to the reader."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.making import Making, plain
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.results import Results
from pytest_flaskctx.plugin.runs import Runs
from pytest_flaskctx.plugin.scope import Scope
from pytest_flaskctx.plugin.totals import Totals

if TYPE_CHECKING:
    from pytest_flaskctx.findings import JsonDict

_OUTPUT = "flaskctx_totals"


class Ending:
    """Sums up a process that ran tests.

    Args:
        engine, runs, making, mishaps: what knows of its tests.
        results: where to tell it; ``None`` in a worker, which sends it to its controller.
        scope: which tests were left out.
    """

    def __init__(
        self,
        engine: Engine,
        runs: Runs,
        making: Making,
        results: Results | None,
        mishaps: Mishaps,
        scope: Scope,
    ) -> None:
        self._engine = engine
        self._mishaps = mishaps
        self._runs = runs
        self._making = making
        self._results = results
        self._scope = scope

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Sum up before the exit status is made of what failed."""
        try:
            return (yield)
        finally:
            totals = self._totals(session)
            if self._results is None:
                output: JsonDict = session.config.workeroutput  # type: ignore[attr-defined]
                output[_OUTPUT] = totals.to_plain()
            else:
                # Reports of late leaks raise the number themselves meanwhile.
                failed = self._results.add(totals)
                session.testsfailed += failed

    def _totals(self, session: pytest.Session) -> Totals:
        engine, root = self._engine, self._engine.settings.root
        engine.release()
        between = self._mishaps.guard("judging what is late", engine.between)
        return Totals(
            tests=engine.tests,
            handovers=engine.handovers + engine.idle.recorder.handovers,
            observed=engine.observed + engine.idle.recorder.observed,
            used=frozenset(engine.used),
            allowances=self._runs.allowances,
            disabled=engine.disabled,
            mishaps=self._mishaps.told,
            exhausted=engine.exhausted,
            collected=len(session.items),
            partial=self._scope.deselected,
            late=tuple(self._making.take_late()),
            between=tuple(plain(between, root)),
        )


class Controller:
    """In pytest-xdist's controller: hears from its workers when they are done.

    Args:
        results: where to tell it.
    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self._session: pytest.Session

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember the session, whose exit status a leak between tests decides."""
        self._session = session

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Take what a worker says at its end, or note that it could not."""
        plain = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if plain is None:
            gateway = getattr(node, "gateway", None)
            self._results.missing(f"worker {getattr(gateway, 'id', '?')}")
            return
        # Reports of late leaks raise the number themselves meanwhile.
        failed = self._results.add(Totals.from_plain(plain))
        self._session.testsfailed += failed
