"""The monitor that a user holds: expectations, allowances, and none at all."""

from __future__ import annotations

import pytest
from flask import g, request
from watching import ROOT, run_thread, serve

import pytest_flaskctx
from pytest_flaskctx import ContextLeakError, Monitor, monitor
from pytest_flaskctx.board import board
from pytest_flaskctx.settings import SettingsError


def leak() -> None:
    """Use the request, whatever comes of it."""
    # Neither `pytest.raises` nor `except RuntimeError`: those say that it is expected.
    try:
        str(request.path)
    except Exception:
        pass


def guard() -> None:
    """Decide a branch by ``g``."""
    bool(g)


def serve_leak() -> None:
    """Serve a request whose thread leaks."""
    serve(lambda: run_thread(leak))


def test_a_block_tells_what_it_leaked() -> None:
    """Findings are there during the block and after it, and nothing is raised."""
    with monitor(root=ROOT) as watching:
        assert watching.findings == ()
        serve_leak()
        watching.drain()
        (found,) = watching.findings
    assert (found.code, found.proxy, found.fails) == ("FCX101", "request", True)
    assert found.file == "test_monitor.py"
    assert watching.findings == (found,)


def test_the_block_is_under_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a root the user's code is what lies under the working directory."""
    monkeypatch.chdir(ROOT)
    with monitor() as watching:
        serve_leak()
    assert watching.findings[0].file == "test_monitor.py"


def test_off_watches_nothing() -> None:
    """Nothing is installed, and no block leaks or must."""
    before = board.current
    with monitor(mode="off", root=ROOT) as watching:
        assert board.current is before
        with watching.expect("unbound-access") as caught, watching.allow("FCX101", reason="x"):
            pass
        watching.drain()
    assert caught.findings == watching.findings == ()


def test_what_was_expected_does_not_fail() -> None:
    """A block that leaks just what is said has it in ``caught``, and the test is none the worse."""
    with monitor(root=ROOT) as watching:
        with watching.expect("unbound-access") as caught:
            serve_leak()
        (found,) = caught.findings
        assert (found.status, found.code) == ("expected", "FCX101")
        assert watching.findings == (found,)


def test_what_did_not_leak_is_missed() -> None:
    """Each of the rules has to be met."""
    with monitor(root=ROOT) as watching:
        with pytest.raises(AssertionError, match="the block did not leak FCX102"):
            with watching.expect("FCX101", "unbound-guard"):
                serve_leak()


def test_what_else_leaked_is_told() -> None:
    """A finding that nobody expected fails the block, with all that it is."""

    def leak_both(watching: Monitor) -> None:
        with watching.expect("unbound-guard"):
            serve_leak()
            serve(lambda: run_thread(guard))

    with monitor(root=ROOT) as watching, pytest.raises(ContextLeakError) as caught:
        leak_both(watching)
    (found,) = caught.value.findings
    assert found.code == "FCX101"
    assert str(caught.value).startswith("the block leaked something else:\nFCX101 unbound-access: ")
    assert "(test_monitor.py:" in str(caught.value)


def test_an_error_of_the_block_comes_first() -> None:
    """What the block raises leaves it as it is."""
    with monitor(root=ROOT) as watching, pytest.raises(KeyError):
        with watching.expect("FCX101"):
            raise KeyError


def test_what_is_allowed_has_its_reason() -> None:
    """Within the block it does not fail, after it it does."""
    with monitor(root=ROOT) as watching:
        with watching.allow("unbound-access", reason="ticket 7"):
            serve_leak()
        (found,) = watching.findings
        assert (found.status, found.reason, found.fails) == ("allowed", "ticket 7", False)
        serve_leak()
        assert [each.status for each in watching.findings] == ["new", "allowed"]


def test_blocks_nest() -> None:
    """An expectation inside an allowance takes what is its own."""
    with monitor(root=ROOT) as watching:
        with watching.allow("FCX101", reason="all of it"):
            serve_leak()
            with watching.expect("FCX101") as caught:
                serve_leak()
        assert len(caught.findings) == 1
        assert {each.status for each in watching.findings} == {"allowed", "expected"}


def test_a_strict_rule_fails_in_a_strict_block() -> None:
    """``expect`` judges strictly, ``mode`` and ``rules`` the whole block."""
    for settings in ({"mode": "strict"}, {"rules": {"unbound-guard": "fail"}}):
        with monitor(root=ROOT, **settings) as watching:  # type: ignore[arg-type]
            serve(lambda: run_thread(guard))
        assert [(each.code, each.fails) for each in watching.findings] == [("FCX102", True)]
    with monitor(root=ROOT) as watching:
        serve(lambda: run_thread(guard))
    assert [each.fails for each in watching.findings] == [False]


def test_lines_allow_as_in_the_ini_file() -> None:
    """``rule : path-glob::function : reason``."""
    lines = ["FCX101 : test_monitor.py::leak : a test's own"]
    with monitor(root=ROOT, allow=lines) as watching:
        serve_leak()
    assert [each.status for each in watching.findings] == ["allowed"]


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"mode": "loud"}, r"monitor\(mode=\)"),
        ({"rules": {"FCX999": "off"}}, r"monitor\(rules=\)"),
        ({"allow": ["FCX101"]}, r"monitor\(allow=\)"),
        ({"drain_timeout": -1}, r"monitor\(drain_timeout=\)"),
        ({"drain": "slow"}, r"monitor\(drain=\)"),
        ({"proxies": ["nowhere"]}, r"monitor\(proxies=\)"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, object], where: str) -> None:
    """It says which one cannot be meant."""
    with pytest.raises(SettingsError, match=where):
        with monitor(**arguments):  # type: ignore[arg-type]
            pass


def test_a_bad_rule_is_named_by_its_block() -> None:
    """A misspelt rule, or an allowance without a reason, is no silent pass."""
    with monitor(root=ROOT) as watching:
        with pytest.raises(SettingsError, match=r"flask_ctx_monitor\.expect"):
            with watching.expect("unbound-acces"):
                pass
        with pytest.raises(SettingsError, match=r"flask_ctx_monitor\.allow"):
            with watching.allow("FCX101", reason=""):
                pass


def test_the_facade_offers_what_the_readme_says() -> None:
    """From Python it takes one import."""
    assert set(pytest_flaskctx.__all__) >= {
        "ContextLeakError",
        "Finding",
        "__version__",
        "monitor",
    }
    assert all(hasattr(pytest_flaskctx, name) for name in pytest_flaskctx.__all__)
    assert set(dir(pytest_flaskctx)) >= set(pytest_flaskctx.__all__)
    with pytest.raises(AttributeError, match="'pytest_flaskctx' has no attribute 'leaks'"):
        pytest_flaskctx.leaks  # noqa: B018 - asking is what is tested
