"""A repaired app is run: its task gets in a real thread what it could not read there."""

from __future__ import annotations

import threading
import types
from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import apply, leak, write

from pytest_flaskctx.repairs import repair

APP = """\
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from multiprocessing.pool import ThreadPool

from flask import Flask, current_app, g, request, session

app = Flask(__name__)
app.secret_key = "a"
app.config["A"] = 1
executor = ThreadPoolExecutor()
pool = ThreadPool(1)
out = []


def work({params}):
    {line}


@app.get("/<to>")
def view(to):
    g.user = "ada"
    session["x"] = 2
    done = {call}
    return "done"
"""
TASKS = {
    "": 'out.append((request.args["to"], g.user, session.get("x"), current_app.config["A"]))',
    "a": 'to = request.args["to"]\n    out.append((to, f"{g.user}", session["x"], len(str(a))))',
    "a=5": 'out.append((request.args.get("to"), g.get("user"), session["x"], a - 4))',
    "*a": 'out.append((request.args["to"], g.user, session["x"], len(a) or 1))',
    "a=5, **k": 'out.append((request.args["to"], getattr(g, "user", 1), session["x"], a - 4))',
    "a=5, /": 'out.append((request.args["to"], g.user, session["x"], a - 4))',
}
GIVEN = {
    "executor.submit(work, 5)": "submit",
    "executor.submit(partial(work, 5))": "submit",
    "executor.submit(lambda: work(5))": "submit",
    "executor.submit(copy_context().run, work, 5)": "submit",
    "executor.map(work, [5])": "map",
    "pool.apply(work, (5,))": "threadpool",
    "pool.apply_async(work, args=[5])": "threadpool",
    "pool.starmap(work, [(5,)])": "threadpool",
    "pool.imap_unordered(work, iter([5]))": "threadpool",
    "pool.apply_async(int, (5,), callback=work)": "threadpool",
    "executor.submit(int, 5).add_done_callback(lambda f: work(5))": "callback",
    "threading.Thread(target=work, args=(5,)).start()": "thread",
    "threading.Timer(0, work, [5]).start()": "timer",
}
CASES = [(params, call) for params in TASKS for call in GIVEN if params]
CASES += [("", "executor.submit(work)"), ("", "threading.Thread(target=work).start()")]


@pytest.mark.parametrize(("params", "call"), CASES)
def test_the_task_gets_what_it_could_not_read(
    params: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its parameters, and however it is handed over."""
    kind = GIVEN.get(call, "thread" if "Thread" in call else "submit")
    line = TASKS[params]
    write(tmp_path, {"app.py": APP.format(params=params, line=line, call=call)})
    use = "request.args"
    code = "FCX201" if "copy_context" in call else "FCX101"
    patch, reason = repair(leak(tmp_path, use, call, kind, code=code), tmp_path)
    assert not reason
    lost: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lost.append)
    module = types.ModuleType("repaired")
    before = set(threading.enumerate())
    exec(compile(apply(tmp_path, patch or "")["app.py"], "app.py", "exec"), module.__dict__)
    assert module.app.test_client().get("/x?to=ada@example.org").text == "done"
    module.executor.shutdown()
    module.pool.close()
    module.pool.join()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert module.out == [("ada@example.org", "ada", 2, 1)]
    assert not lost
