"""However a run ends, everything that was patched is the original again."""

from __future__ import annotations

import pytest

SNAPSHOT = '''
    """Runs pytest in this process, and compares what stood there before and after."""

    import sys
    import threading
    import time
    import unittest.case
    from concurrent.futures import Future, ThreadPoolExecutor
    from multiprocessing.pool import ThreadPool

    import flask
    import flask.globals
    import pytest
    import pytest_timeout


    def proxies():
        names = ("request", "session", "g", "current_app")
        found = (getattr(flask.globals, name) for name in names)
        return {name: object.__getattribute__(each, "_get_current_object")
                for name, each in zip(names, found)}


    def snapshot():
        owners = {
            "Thread": threading.Thread, "Timer": threading.Timer, "Future": Future,
            "ThreadPoolExecutor": ThreadPoolExecutor, "ThreadPool": ThreadPool,
            "raises": type(pytest.raises(Exception)),
            "assertRaises": unittest.case._AssertRaisesContext,
        }
        kept = {f"{name}.{key}": value for name, owner in owners.items()
                for key, value in vars(owner).items()}
        kept |= {f"flask.{name}": value for name, value in vars(flask).items()}
        kept |= {f"flask.ctx.{name}": value for name, value in vars(flask.ctx).items()}
        kept |= {f"context.{cls.__name__}.{name}": value
                 for cls in {flask.ctx.AppContext, flask.ctx.RequestContext}
                 for name, value in vars(cls).items()}
        kept |= {f"proxy.{name}": value for name, value in proxies().items()}
        return kept | {"sleep": time.sleep, "dump": pytest_timeout.dump_stacks,
                       "finders": list(sys.meta_path)}


    class Spy:
        """Proves that there was something to put back."""

        def pytest_sessionstart(self):
            self.during = snapshot()


    spy = Spy()
    before = snapshot()
    try:
        status = pytest.main(["-p", "no:cacheprovider", *sys.argv[1:]], plugins=[spy])
    except SystemExit as stop:
        status = stop.code
    # pytest leaves its own assertion rewriter in place.
    after = snapshot()
    for each in (before, after):
        each["finders"] = [f for f in each["finders"] if "flaskctx" in type(f).__module__]
    changed = sorted(name for name in before if before[name] is not after[name]
                     and before[name] != after[name])
    during = getattr(spy, "during", before)
    installed = before["Thread.start"] is not during["Thread.start"]
    print(f"ENDED status={int(status)} changed={changed} installed={installed}")
'''

STOP = """
    @pytest.fixture
    def stop():
        yield
        get("/late")
        {}

    def test_one(stop): get("/leak")
"""

ENDS = {
    "passing": ("def test_one(client): client.get('/right')", (), 0),
    "leaking": ("def test_one(client): client.get('/leak')", (), 1),
    "Ctrl-C": (
        "def test_one(client):\n    client.get('/late')\n    raise KeyboardInterrupt",
        (),
        2,
    ),
    "pytest.exit": (
        "def test_one(client):\n    client.get('/late')\n    pytest.exit('x', 7)",
        (),
        7,
    ),
    "exit in setup": (
        "@pytest.fixture\ndef stop(): pytest.exit('x', 7)\ndef test_one(stop): pass",
        (),
        7,
    ),
    "Ctrl-C in teardown": (STOP.format("raise KeyboardInterrupt"), (), 2),
    "exit in teardown": (STOP.format("pytest.exit('x', 7)"), (), 7),
    "usage error": ("def test_one(): pass", ("no_such_file.py",), 4),
    "bad option": ("def test_one(): pass", ("--no-such-option",), 4),
    "collection error": ("1 / 0", (), 2),
    "sleeps": ("def test_one(client): client.get('/right')", ("-o", "flaskctx_drain=fast"), 0),
    "nothing collected": ("", (), 5),
}


@pytest.mark.parametrize("case", ENDS)
def test_everything_is_put_back(pytester, run, case):
    """The originals are back after a run, however it ended."""
    source, args, status = ENDS[case]
    pytester.makepyfile(snapshot=SNAPSHOT)
    result = _run_in(pytester, run, source, *args)
    late = case in ("usage error", "bad option")
    result.stdout.fnmatch_lines([f"*ENDED status={status} changed=[[][]] installed=*"])
    assert late or "installed=True" in result.stdout.str()


@pytest.mark.parametrize(
    "conftest",
    ["1 / 0", "def pytest_configure(): 1 / 0", "def pytest_sessionstart(): 1 / 0"],
)
def test_put_back_after_a_crash_of_a_conftest(pytester, run, conftest):
    """A conftest file that crashes, early or late, leaves nothing of ours behind."""
    pytester.makepyfile(snapshot=SNAPSHOT + "\n", conftest=conftest)
    result = _run_in(pytester, run, "def test_one(): pass")
    text = result.stdout.str() + result.stderr.str()
    assert "ZeroDivisionError" in text
    if "ENDED" in text:
        assert "changed=[]" in text


def test_a_conftest_crash_in_pytest_configure_is_put_back(pytester, run):
    """pytest lets this crash out of ``main``; the cleanup of its config still runs."""
    pytester.makeconftest("def pytest_configure(): 1 / 0")
    pytester.makepyfile(
        snapshot=SNAPSHOT.replace(
            "except SystemExit as stop:", "except ZeroDivisionError:"
        ).replace("status = stop.code", "status = 99")
    )
    result = _run_in(pytester, run, "def test_one(): pass")
    result.stdout.fnmatch_lines(["*ENDED status=* changed=[[][]]*"])


def test_nothing_is_installed_when_off(pytester, run):
    """With --flaskctx=off nothing is patched, and Flask is not imported for it."""
    pytester.makepyfile(snapshot=SNAPSHOT)
    result = _run_in(pytester, run, "def test_one(client): client.get('/leak')", "--flaskctx=off")
    result.stdout.fnmatch_lines(["*ENDED status=0 changed=[[][]] installed=False*"])


@pytest.mark.parametrize("mode", ["off", "fail"])
def test_flask_is_not_imported_before_a_test_does(pytester, mode):
    """A suite without Flask does not pay for its import."""
    pytester.makepyfile(
        """
        import sys
        def test_one(): assert "flask" not in sys.modules and "werkzeug" not in sys.modules
        """
    )
    result = pytester.runpytest_subprocess(f"--flaskctx={mode}", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("phase", ["setup", "call", "teardown"])
@pytest.mark.parametrize(
    ("stop", "status", "word"),
    [
        ("raise KeyboardInterrupt", pytest.ExitCode.INTERRUPTED, "KeyboardInterrupt"),
        ("pytest.exit('enough', 7)", 7, "_pytest.outcomes.Exit: enough"),
    ],
    ids=["Ctrl-C", "pytest.exit"],
)
def test_an_interrupt_waits_for_nothing(run, phase, stop, status, word):
    """After Ctrl-C or ``pytest.exit`` in any phase no task is waited for, and no leak replaces it."""
    result = run(
        f"""
        from pytest_flaskctx.drain import Drain

        def waits(*args, **kwargs): print("WAITED")
        Drain.run = waits

        def stop_in(phase):
            if phase == {phase!r}:
                get("/late")
                get("/joined")
                {stop}

        @pytest.fixture
        def around():
            stop_in("setup")
            yield
            stop_in("teardown")

        def test_one(around): stop_in("call")
        def test_two(): print("RAN ON")
        """,
        "-s",
        "-W",
        "ignore",
    )
    assert result.ret == status
    result.stdout.fnmatch_lines([f"!*{word} !*"])
    for words in ("*WAITED*", "*RAN ON*", "*INTERNALERROR*"):
        result.stdout.no_fnmatch_line(words)


def test_somebody_who_patched_after_us_keeps_the_patch(pytester, run):
    """A wrapper that a test left around ours stays, and ours inside it goes inert."""
    pytester.makepyfile(snapshot=SNAPSHOT)
    result = _run_in(
        pytester,
        run,
        """
        def test_one(client):
            original = threading.Thread.start
            def start(self): return original(self)
            threading.Thread.start = start
            client.get("/right")
        """,
    )
    result.stdout.fnmatch_lines(["*ENDED status=0 changed=[[]'Thread.start'[]]*"])


def test_pytest_in_pytest(pytester, run):
    """A run inside a run has findings of its own, and takes nothing of the outer one away."""
    result = run(
        """
        pytest_plugins = ["pytester"]
        INNER = '''
            from shop import *
            def test_inner(client): client.get("/leak")
        '''

        def test_outer_is_clean(pytester):
            pytester.syspathinsert({path!r})
            pytester.makepyfile(INNER)
            pytester.runpytest_inprocess("-pflaskctx").assert_outcomes(failed=1)

        def test_outer_leaks(pytester, client):
            pytester.syspathinsert({path!r})
            pytester.makepyfile(INNER)
            pytester.runpytest_inprocess("-pflaskctx", "--flaskctx=off").assert_outcomes(passed=1)
            pytester.runpytest_inprocess("-pflaskctx").assert_outcomes(failed=1)
            client.get("/leak")
        """.replace("{path!r}", repr(str(pytester.path))),
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_shop.py::test_outer_leaks - FCX101*"])


def _run_in(pytester: pytest.Pytester, run: object, source: str, *args: str) -> pytest.RunResult:
    from textwrap import dedent

    text = "import pytest\nfrom shop import *\n" + dedent(source)
    pytester.makepyfile(test_shop=text)
    return pytester.runpython_c(
        "import runpy, sys\n"
        f"sys.argv = ['snapshot.py', *{list(args)!r}]\n"
        "runpy.run_path('snapshot.py', run_name='__main__')"
    )
