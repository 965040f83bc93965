"""What looks plain and is not: in doubt nothing is proposed, and a look-alike is repaired."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import repair

MORE = """\
import contextlib
import threading
from contextlib import ExitStack
from flask import url_for
from flask.ctx import AppContext
import sys
import time
import uuid
"""


def task(*lines: str, head: str = "def work():") -> str:
    """Return a function of a few lines."""
    return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n"


OWN = {
    "app.app_context().push()": False,
    "ctx = app.app_context()\n    with ctx:\n        print(1)": False,
    "with ExitStack() as stack:\n        stack.enter_context(app.a())": False,
    "app.made().__enter__()": False,
    "AppContext(app).push()": False,
    "enter = app.app_context": False,
    "with app.app_context():\n        print(url_for('a'))": True,
    "print(app.a(push=1))": True,
}


@pytest.mark.parametrize("lines", OWN)
def test_a_context_that_is_not_seen_to_end_may_be_what_the_task_reads(
    lines: str, tmp_path: Path
) -> None:
    """Only the plain block is known: what stands in it is left as it is."""
    text = app(task(lines, "print(request.path)"), head=MORE + HEAD)
    write(tmp_path, {"app.py": text})
    patch, reason = repair(leak(tmp_path, "request.path"), tmp_path)
    assert (patch is not None) == OWN[lines]
    assert OWN[lines] or "context of its own" in reason
    if OWN[lines]:
        assert f"    {lines}\n    print(path)\n" in apply(tmp_path, patch or "")["app.py"]


MANAGERS = {
    "lock": True,
    "open('a')": True,
    "threading.Lock()": True,
    "app, lock": False,
    "ctx": False,
    "load()": False,
    "app.a": False,
    "contextlib.suppress(KeyError)": False,
    "unknown": False,
    "flask.Flask()": False,
    "[1][0]": False,
    "lock, open(request.path)": True,
    "load(), open(request.path)": False,
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_a_block_of_which_it_is_not_known_what_it_does(manager: str, tmp_path: Path) -> None:
    """It may push a context, or swallow what is raised: locks, files and the like do neither."""
    head = MORE + HEAD + "lock = threading.Lock()\nctx = app.app_context()\nunknown = 1\n\n\n"
    text = app(task(f"with {manager}:", "    print(request.path)"), head=head)
    write(tmp_path, {"app.py": text})
    assert (repair(leak(tmp_path, "request.path"), tmp_path).patch is not None) == MANAGERS[manager]
