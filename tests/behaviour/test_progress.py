"""What the drain waits for is said on a terminal, and only there."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")

# The drain tells after a second: here at once, so that no test waits for time to pass.
CONFTEST = """
    import pytest_flaskctx.drain
    pytest_flaskctx.drain.QUICK = 0.0
"""
PATIENT = """
    import threading

    @pytest.fixture(autouse=True, scope="module")
    def opened():
        # Open when the drain has told: the plugin is asked what it wrote.
        told = threading.Event()
        from pytest_flaskctx.plugin import progress
        say = progress.Progress._say
        def saying(self, left, seconds):
            try:
                return say(self, left, seconds)
            finally:
                gate.set()
        progress.Progress._say = saying
        yield
        progress.Progress._say = say

    def test_before(): pass

    def test_late(client):
        gate.clear()
        client.get("/late")
        client.get("/late")

    def test_after(): pass
"""
LINE = r"flaskctx: waiting for 2 tasks, one handed over by Thread.start\(\) at shop.py:\d+, at most 5 s more"


@pytest.fixture
def suite(pytester, run):
    """Return a function that runs the suite, and returns what was printed."""
    run("")
    pytester.makeconftest(CONFTEST)
    text = "import pytest\nfrom shop import *\n"
    path = pytester.makepyfile(test_shop=text)
    path.write_text(text + "\n".join(line[4:] for line in PATIENT.splitlines()))

    def suite(*args: str, terminal: bool) -> str:
        command = [sys.executable, "-m", "pytest", "--flaskctx=warn", *args]
        if not terminal:
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout
        ours, theirs = os.openpty()
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL):
            os.close(theirs)
            return re.sub(r"\x1b\[[0-9;]*m", "", _all_of(ours))

    return suite


def _all_of(number: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(number, 65536)
        except OSError:  # Linux says so when the other end is closed
            part = b""
        if not part:
            os.close(number)
            return b"".join(parts).decode()
        parts.append(part)


def test_a_terminal_is_told(suite):
    """On a line of its own, once, with how many, where from and for how long."""
    lines = suite(terminal=True).splitlines()
    (at,) = [number for number, line in enumerate(lines) if re.fullmatch(LINE, line)]
    assert "test_shop.py ." in lines[at - 1]
    assert "3 passed" in lines[-1]


@pytest.mark.parametrize("args", [(), ("-n1",)])
def test_a_log_is_not(suite, args):
    """A pipe, and the worker of a distributed run, keep quiet."""
    text = suite(*args, terminal=False)
    assert "waiting for" not in text
    assert "3 passed" in text


def test_without_a_terminal_plugin_nothing_is_said(suite):
    """A suite may report in a way of its own."""
    assert "waiting for" not in suite("-p", "no:terminal", "-p", "no:timeout", terminal=True)
