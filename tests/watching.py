"""An engine of one's own around a block, and apps for it to watch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.facts import Access
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.trial import Trial
from pytest_flaskctx.workloads import Subject

ROOT = Path(__file__).parent
PATIENCE = 20.0
"""How long a test waits, in seconds, for what comes at once unless something is broken."""


class Watched:
    """One test of an engine, as the plugin would run it."""

    def __init__(self, engine: Engine, trial: Trial) -> None:
        self.engine = engine
        self.trial = trial

    @property
    def recorder(self) -> Recorder:
        """Where the facts are."""
        return self.trial.recorder

    @property
    def accesses(self) -> list[Access]:
        """What was seen."""
        return [sighting.access for sighting in self.recorder.sightings]

    @property
    def live(self) -> list[Task]:
        """The tasks that a drain would wait for."""
        return [task for task in self.recorder.live.values() if not task.over()]

    def drain(self, timeout: float = PATIENCE) -> None:
        """Wait for the tasks."""
        self.engine.drain.run(self.recorder, timeout)
        self.recorder.look("drained")

    def findings(self) -> list[Finding]:
        """Return what it comes to."""
        return self.engine.findings(self.trial, "call")


@contextmanager
def watched(**settings: Any) -> Iterator[Watched]:
    """Watch the block as one test, whether or not the plugin runs around it."""
    engine = Engine(Settings(root=ROOT, **settings))
    engine.start()
    try:
        yield Watched(engine, engine.begin(Subject("test_it")))
    finally:
        engine.stop()


def application(view: Callable[[], object], *methods: str) -> Flask:
    """Return an app whose one page calls ``view``."""
    app = Flask("shop")
    app.testing = True
    app.secret_key = "x"

    def order(name: str) -> str:
        return str(view())

    app.add_url_rule("/order/<name>", "order", order, methods=methods or ("GET",))
    return app


def serve(view: Callable[[], object]) -> str:
    """Serve one request whose view calls ``view``; return the answer."""
    return application(view).test_client().get("/order/tea?size=9").text


def run_thread(function: Callable[[], object]) -> None:
    """Run ``function`` in a thread of its own, to its end."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
