"""Processes in a suite: what is told, of which test, and that nothing is left behind."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

METHODS = multiprocessing.get_all_start_methods()
FORKS = pytest.mark.skipif("fork" not in METHODS, reason="processes are not forked here")

WORK = '''
    """What processes do; a module of its own, for those that are spawned import it."""

    import os
    import time

    from flask import request


    def whose(*args):
        return request.args["user"]


    def swallow(*args):
        try:
            return request.args["user"]
        except Exception:
            return "nobody"


    def late(path):
        while not os.path.exists(path):
            time.sleep(0.01)
        swallow()
        open(path + ".done", "w").close()


    def threaded(*args):
        """What a thread finds that is started while this process serves a request of its own."""
        import threading
        from flask import Flask

        found = []
        with Flask("shop").test_request_context("/"):
            thread = threading.Thread(target=lambda: found.append(request.path if request else ""))
            thread.start()
            thread.join()
        return found[0]


    def serve(app, ports):
        from werkzeug.serving import make_server

        server = make_server("127.0.0.1", 0, app, threaded=True)
        ports.put(server.port)
        server.serve_forever()
'''
SHOP = """
    import multiprocessing
    import os
    import threading
    import time
    from concurrent.futures import ProcessPoolExecutor
    from urllib.request import urlopen

    import pytest
    import work
    from flask import Flask, request


    def client_of(view):
        app = Flask("shop")
        app.testing = True
        app.add_url_rule("/<user>", "page", lambda user: str(view()))
        return app.test_client()


    def spawned(*, workers=1):
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """Run a suite in a process of its own, with a temporary directory of its own."""
    temporary = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makepyfile(work=WORK)
    pytester.makepyfile(shop=SHOP)

    def run(source: str, *args: str) -> pytest.RunResult:
        pytester.makepyfile(test_shop="from shop import *\n\n" + _dedented(source))
        result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore", *args)
        left = [path for path in temporary.iterdir() if path.name.startswith("flaskctx-")]
        assert not left
        return result

    return run


def _dedented(source: str) -> str:
    import textwrap

    return textwrap.dedent(source)


BLEED = """
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
    client = client_of(lambda: pool.submit(work.whose).result())

    def test_two_users():
        assert client.get("/a?user=alice").text == "alice"
        assert client.post("/b?user=bob").status_code == 405
        assert client.get("/b?user=bob").text == "alice"
"""


@FORKS
@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])
def test_one_user_is_served_anothers_data(suite, args):
    """The finding names both requests and where each handed over."""
    if args:
        pytest.importorskip("xdist")
    result = suite(BLEED, *args)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "work.py:*: in whose, thread 'MainThread of ForkProcess-1'",
            "E   FCX202 foreign-context: `request` in a task of GET /<user> reads the context",
            "E   of another GET /<user>",
            "used here:",
            '>       return request.args["user"]',
            "handed over here, by submit(), while serving GET /<user> (endpoint 'page'):",
            "    called from test_shop.py:10 in test_two_users",
            "the context came with the process, forked here, while serving GET /<user>",
            "(endpoint 'page'):",
            "    called from test_shop.py:8 in test_two_users",
            "the context it read: of GET /<user> (endpoint 'page'), pushed by thread",
            "'MainThread', over",
            "fix: Read the value in the lambda and pass it to `whose`:",
            '    user = request.args["user"]',
        ]
    )


def test_a_spawned_worker_finds_nothing(suite):
    """An error that a future keeps, in a process that has no context."""
    result = suite(
        """
        def test_one():
            with spawned() as pool:
                client_of(lambda: pool.submit(work.whose)).get("/a?user=alice")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   FCX101 unbound-access: `request` used in a thread that has*"])


def test_an_application_cannot_be_sent(suite):
    """The fix for a process does not hand over what no process can be handed."""
    result = suite(
        """
        from flask import current_app

        def named():
            return current_app.url_map

        def test_one():
            with spawned() as pool:
                client_of(lambda: pool.submit(named).exception()).get("/a")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "fix: An application cannot be pickled. Make or import it in `named`, and push a",
            "context of its own there:",
            "    with app.app_context():",
        ]
    )


def test_an_error_that_is_expected_is_no_failure(suite):
    """It came back from another process, and the test is about just that."""
    result = suite(
        """
        def test_one():
            with spawned() as pool:
                client = client_of(lambda: pool.submit(work.whose).result())
                with pytest.raises(RuntimeError, match="outside of request context"):
                    client.get("/a?user=alice")
        """,
        "--flaskctx-report",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["flaskctx: 1 leak site in 1 test: 1 expected by tests"])


def test_an_error_that_is_the_leak_is_told_as_it(suite):
    """As with threads, it is not told twice."""
    result = suite(
        """
        def test_one():
            with spawned() as pool:
                client_of(lambda: pool.submit(work.whose).result()).get("/a?user=alice")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   FCX101 unbound-access*"])


LATE = """
    here = os.path.dirname(__file__)
    first, second = (os.path.join(here, name) for name in ("first", "second"))

    def start(path):
        process = multiprocessing.get_context("spawn").Process(target=work.late, args=(path,))
        client_of(process.start).get("/a?user=alice")

    def go(path):
        open(path, "w").close()
        while not os.path.exists(path + ".done"):
            time.sleep(0.01)

    @pytest.fixture(scope="module", autouse=True)
    def at_the_end():
        yield
        go(second)

    def test_first(): start(first)
    def test_next(): go(first)
    def test_last(): start(second)
"""


def test_what_comes_late_is_its_own_tests(suite):
    """A process that outlives its test, and one that outlives the last test."""
    result = suite(LATE, "-o", "flaskctx_drain_timeout=0.05", "-rA")
    result.stdout.fnmatch_lines(["late: its test was over already"])
    result.stdout.fnmatch_lines_random(
        ["FAILED *::test_first - FCX101*", "ERROR *::test_last - FCX101*", "PASSED *::test_next"]
    )
    result.stdout.fnmatch_lines(
        ["    warning  shop.py:*  FCX901 unfinished-work: `view()`, 2 times"]
    )


def test_work_elsewhere_that_is_not_done_is_told_as_such(suite):
    """Whether it had begun, nobody here knows."""
    result = suite(
        LATE, "-o", "flaskctx_drain_timeout=0.05", "-o", "flaskctx=strict", "-k", "test_last"
    )
    result.stdout.fnmatch_lines(
        [
            "E   FCX901 unfinished-work: work that a request handed over by process to",
            "E   another process still ran when the test was over",
        ]
    )


SERVER = """
    def create_app():
        app = Flask("served")

        @app.get("/right")
        def right():
            return request.args["user"]

        @app.get("/leak")
        def leak():
            worker = threading.Thread(target=work.swallow)
            worker.start()
            worker.join()
            return "done"

        return app

    @pytest.fixture(autouse=True)
    def around():
        # As pytest-flask does.
        with Flask("around").test_request_context("/around"):
            yield

    @pytest.fixture(scope="module")
    def address():
        forked = multiprocessing.get_context("fork")
        ports = forked.Queue()
        server = forked.Process(target=work.serve, args=(create_app(), ports), daemon=True)
        server.start()
        yield f"http://127.0.0.1:{ports.get()}"
        server.terminate()
        server.join()

    def get(address, path):
        return urlopen(f"{address}{path}?user=alice").read().decode()

    def test_right(address): assert get(address, "/right") == "alice"
    def test_leak(address): assert get(address, "/leak") == "done"
    def test_between(address): assert get(address, "/right") == "alice"
    def test_again(address): assert get(address, "/leak") == "done"
    def test_other(): pass
"""


@FORKS
@pytest.mark.parametrize("scope", ["module", "function"])
def test_a_live_server_works_for_the_test_that_asks(suite, scope):
    """Each leak in it is the running test's, and a context that it inherited is nobody's concern."""
    source = SERVER.replace('scope="module"', f'scope="{scope}"')
    result = suite(source, "-rA", "-o", "flaskctx=strict")
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines_random(
        ["FAILED *::test_leak - FCX101*", "FAILED *::test_again - FCX101*"]
    )
    result.stdout.fnmatch_lines(
        ["handed over here, by Thread.start(), while serving GET /leak (endpoint 'leak'):"]
    )


@pytest.mark.parametrize(
    ("args", "path"), [((), ""), (("--flaskctx-inherit",), "/")], ids=["bare", "inherit"]
)
def test_a_spawned_childs_threads_inherit_as_its_parents_do(suite, args, path):
    """The option goes along."""
    result = suite(
        f"""
        def test_one():
            with spawned() as pool:
                assert pool.submit(work.threaded).result() == {path!r}
        """,
        *args,
        "-o",
        "flaskctx=warn",
    )
    result.assert_outcomes(passed=1, warnings=0)


def test_what_a_child_reads_in_a_block_is_the_blocks(suite):
    """``expect`` takes what a server's process reads meanwhile."""
    result = suite(
        """
        def test_one(flask_ctx_monitor):
            with spawned() as pool:
                client = client_of(lambda: pool.submit(work.swallow).result())
                with flask_ctx_monitor.expect("unbound-access") as caught:
                    client.get("/a")
                assert len(caught.findings) == 1
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "ending",
    ["raise KeyboardInterrupt", "pytest.exit('enough')", "raise SystemExit(3)", "assert False"],
)
def test_nothing_is_left_behind(suite, ending):
    """However a run ends, the folder in which children wrote goes with it."""
    result = suite(
        f"""
        import tempfile

        def test_one():
            with spawned() as pool:
                client_of(lambda: pool.submit(work.swallow).result()).get("/a")
            folders = [each for each in os.listdir(tempfile.gettempdir()) if "flaskctx-" in each]
            assert len(folders) == 1
            {ending}
        """
    )
    assert result.ret != 0


def test_a_monitor_that_nobody_stops_cleans_up(pytester, monkeypatch):
    """At the interpreter's end at the latest."""
    temporary = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    pytester.makepyfile(work=WORK)
    script = pytester.makepyfile(
        script=SHOP
        + """
    import pathlib, sys, tempfile
    from pytest_flaskctx.engine import Engine
    from pytest_flaskctx.settings import Settings

    if __name__ == "__main__":
        Engine(Settings(root=pathlib.Path.cwd())).start()
        with spawned() as pool:
            client_of(lambda: pool.submit(work.swallow).result()).get("/a")
        print(os.listdir(tempfile.gettempdir()))
    """
    )
    result = pytester.runpython(script)
    result.stdout.fnmatch_lines(["*flaskctx-*"])
    assert not list(temporary.iterdir())


@FORKS
def test_a_process_without_monitor_of_ours_is_told_nothing(suite):
    """A test may fork by hand, run what it likes, and end as it likes."""
    result = suite(
        """
        def test_one():
            def view():
                child = os.fork()
                if not child:
                    try:
                        work.swallow()
                        asking = multiprocessing.get_context("fork").Process(target=work.swallow)
                        asking.start()
                        asking.join()
                    finally:
                        os._exit(0)
                return os.waitpid(child, 0)[1]

            assert client_of(view).get("/a?user=alice").text == "0"
        """,
        "-o",
        "flaskctx=strict",
    )
    result.assert_outcomes(passed=1)


FORKED = """
    import os
    import pytest
    from _pytest.runner import runtestprotocol

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item):
        # As pytest-forked does, which does not run under pytest 9.
        child = os.fork()
        if not child:
            reports = runtestprotocol(item, log=False)
            os._exit(any(report.failed for report in reports))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for report in runtestprotocol(item, log=False, nextitem=None):
            assert report.failed == bool(status and report.when == "call")
        return True
"""


@FORKS
def test_a_test_in_a_fork_of_its_own_fails_there(suite, pytester):
    """What runs tests is no child: it judges for itself, and cleans up after each test."""
    pytester.makeconftest(FORKED)
    result = suite(
        """
        def test_leak():
            with spawned() as pool:
                client_of(lambda: pool.submit(work.swallow).result()).get("/a")

        def test_right():
            with spawned() as pool:
                client_of(lambda: pool.submit(len, "a").result()).get("/a")
        """
    )
    assert result.ret == 0


def test_a_pool_that_imports_its_module_itself_is_known(suite):
    """``get_context().Pool()`` imports it where it is called, and nothing after it."""
    result = suite(
        """
        import sys

        def test_first():
            multiprocessing.get_context("spawn").Process(target=len, args=("a",)).start()

        def test_one():
            assert "multiprocessing.pool" not in sys.modules

            def view():
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    return pool.apply(work.swallow)

            client_of(view).get("/a")
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["handed over here, by a multiprocessing Pool, while serving*"])


def test_a_child_that_cannot_import_us_runs_as_ever(suite, pytester):
    """Its work is done, and nothing is said of it."""
    result = suite(
        """
        from pytest_flaskctx import papers

        def test_one(monkeypatch):
            monkeypatch.setattr(papers, "_HOME", "/nowhere")
            with spawned() as pool:
                view = client_of(lambda: pool.submit(len, "abc").result())
                assert view.get("/a").text == "3"
        """
    )
    result.assert_outcomes(passed=1)


def test_without_processes_nothing_of_theirs_is_imported(pytester):
    """A suite pays only for what it uses."""
    pytester.makepyfile(
        """
        import sys

        def test_one(): pass

        def test_two():
            for name in ("children", "errands", "letters", "papers", "parent"):
                assert f"pytest_flaskctx.{name}" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_plugins_folder_is_this_one() -> None:
    """What spawned processes are told to import is what runs here."""
    from pytest_flaskctx import papers

    assert Path(papers.__file__).parent.name == "pytest_flaskctx"
    assert os.path.isdir(papers._HOME)
    assert sys.executable
