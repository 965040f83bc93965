"""The app on which the behaviour is tried, and the ways to run tests of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

# Kept in sys.modules for the runs in this process: each would import it anew.
import flask  # noqa: F401
import pytest

SHOP = '''
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import pytest
    from flask import Flask, g, request, session

    pool = ThreadPoolExecutor(max_workers=1)
    gate, gone = threading.Event(), threading.Event()


    def work():
        return request.method


    def other():
        return g.user


    def patient():
        # Open when a later test says so; never in a test that hangs.
        assert gate.wait(20)
        try:
            return request.path
        finally:
            gone.set()


    def settle():
        """Return when the pool is done with what it has."""
        pool.submit(int).result()


    def make_app():
        app = Flask(__name__)
        app.testing = True

        @app.get("/right")
        def right():
            return pool.submit(str.lower, request.method).result()

        @app.get("/leak")
        def leak():
            pool.submit(work)
            return "queued"

        @app.get("/two")
        def two():
            pool.submit(other)
            for _ in range(3):
                pool.submit(work)
            return "queued"

        @app.get("/result")
        def result():
            return pool.submit(work).result()

        @app.get("/thread")
        def thread():
            threading.Thread(target=work).start()
            return "started"

        @app.get("/joined")
        def joined():
            worker = threading.Thread(target=work)
            worker.start()
            worker.join()
            return "done"

        @app.get("/guard")
        def guard():
            pool.submit(lambda: bool(request))
            return "queued"

        @app.get("/late")
        def late():
            # A run that is interrupted need not wait for it.
            threading.Thread(target=patient, daemon=True).start()
            return "started"

        return app


    @pytest.fixture
    def client():
        return make_app().test_client()


    def get(path):
        return make_app().test_client().get(path).text
'''

INI = """
    [pytest]
    addopts = -p no:cacheprovider
    flaskctx_drain_timeout = {drain}
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a test file of the shop, and return what came of it.

    In a process of its own, for which ``in_process=True`` is the quicker exception.
    """
    pytester.makepyfile(shop=SHOP)

    def run(
        source: str,
        *args: str,
        drain: float = 5,
        in_process: bool = False,
        plugins: tuple[str, ...] = (),
    ) -> pytest.RunResult:
        text = "import pytest\nfrom shop import *\n"
        pytester.makeini(INI.format(drain=drain))
        pytester.makepyfile(test_shop=text + "\n" + textwrap.dedent(source))
        # In this process the monitor of our own suite would see what an inner "off" does not.
        here = in_process and "--flaskctx=off" not in args
        start = pytester.runpytest_inprocess if here else pytester.runpytest_subprocess
        return start(*(part for name in plugins for part in ("-p", name)), *args)

    return run
