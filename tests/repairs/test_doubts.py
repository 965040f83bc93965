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
    "app.app_context()": True,
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


BODY = {
    "save(request)": False,
    "helper()": False,
    "request.environ['wsgi.input']": False,
    "request.get_data()": False,
    "safe()": True,
    "print(request.path)": True,
    "print(request)": False,
}
HELPERS = """\
def helper():
    return deeper().stream.read()


def deeper():
    return helper()


def safe():
    return safe()


"""


@pytest.mark.parametrize("line", BODY)
def test_who_reads_the_body_first_takes_it_from_the_others(line: str, tmp_path: Path) -> None:
    """So that nothing is moved where the view may read it another way."""
    view = task("pool.submit(work)", line, head="def view():")
    text = app(task("print(request.form['a'])"), view, HEAD + HELPERS)
    write(tmp_path, {"app.py": text})
    assert (repair(leak(tmp_path, "request.form"), tmp_path).patch is not None) == BODY[line]


READ_ONCE = {
    "print(request.get_data(cache=False))": "`request.get_data(cache=False)` may have side effects",
    "print(request.get_data(False))": "`request.get_data(False)` may have side effects",
    "print(request.get_json(cache=False))": "`request.get_json(cache=False)` may have side effects",
    "if app.a:\n        print(request.form.get('a'))": "under a condition",
    "if app.a:\n        print(request.get_json(silent=True))": "under a condition",
    "if app.a:\n        print(request.get_data())": "under a condition",
    "print(request.get_data(as_text=True))": "",
}


@pytest.mark.parametrize("line", READ_ONCE)
def test_the_body_may_fail_and_may_be_gone(line: str, tmp_path: Path) -> None:
    """It may be too large, and is kept only where nobody says otherwise."""
    write(tmp_path, {"app.py": app(task(line))})
    used = "request.form" if "form" in line else "request.get_"
    use = next(
        each for each in ("request.form", "request.get_json", "request.get_data") if each in line
    )
    assert use.startswith(used)
    assert READ_ONCE[line] in repair(leak(tmp_path, use), tmp_path).reason


BEFORE = {
    "login(app)": False,
    "app.login()": False,
    "app.get('a')": False,
    "session.get('a')": True,
    "'a'.upper()": True,
    "str(uuid.uuid4())": True,
    "lambda: load()": True,
    "known()": True,
}


@pytest.mark.parametrize("given", BEFORE)
def test_what_is_called_before_the_hand_over_may_set_what_is_read(
    given: str, tmp_path: Path
) -> None:
    """The value would be read before it is set; what runs later cannot do that."""
    head = MORE + HEAD + "def known():\n    return 1\n\n\n"
    call = f"pool.submit(work, {given})"
    text = app(
        task("print(g.a)", head="def work(n):"),
        task(f"print({call}.result())", head="def view():"),
        head,
    )
    write(tmp_path, {"app.py": text})
    assert (repair(leak(tmp_path, "g.a)", call), tmp_path).patch is not None) == BEFORE[given]
    text = text.replace("print(g.a)", "print(request.path)")
    write(tmp_path, {"app.py": text})
    assert repair(leak(tmp_path, "request.path", call), tmp_path).patch


LIVE = {
    "with g.db as conn:\n        print(conn)": False,
    "conn = g.get('db') or app.a\n    print(conn)": False,
    "conn, table = g.db, 1\n    print(conn)": False,
    "for order in g.user.orders:\n        print(order)": False,
    "app.a(g.db, 1) if g.db else 2": False,
    "user = g.user\n    print(f'{user} {user.name}')": True,
    "user: object = g.user\n    if user:\n        print(user.name == 'a')": True,
    "user = g.user\n    app.a = user": False,
    "print('a' if g.user else 'b')": True,
    "print('a' % g.user)": True,
    "print((g.user, 1))": True,
    "app.a[g.user].run()": True,
}


@pytest.mark.parametrize("lines", LIVE)
def test_what_ends_with_the_request_is_only_looked_at(lines: str, tmp_path: Path) -> None:
    """Its connection may be closed, and its lists may be loaded late."""
    text = app(task(lines, "print(request.path)"))
    write(tmp_path, {"app.py": text})
    assert (repair(leak(tmp_path, "request.path"), tmp_path).patch is not None) == LIVE[lines]


GIVEN = {
    "strip(session['a'])": False,
    "random.shuffle(session['a'])": False,
    "cart = session.get('cart') or []\n    cart.append(1)": False,
    "cart = session['a']\n    app.run(cart)": False,
    "app.run([session['a']])": False,
    "all_of = [session['a']]\n    print(all_of)": False,
    "show(session['a'])": True,
    "show(b=1, text=session['a'])": True,
    "show(*session['a'])": False,
    "show(1, 2, session['a'])": False,
    "loops(session['a'])": True,
    "keeps(session['a'])": False,
    "reads(session['a'])": True,
    "print(json.dumps(session['a']))": True,
    "app.items.append(session['a'])": True,
    "app.run(request.args.getlist('a'))": True,
    "app.run(1 if session['a'] else 2)": True,
    "app.run(session['a'] or 2)": False,
    "app.run(a := session['a'])": False,
}
TAKERS = """\
import json
import random


def strip(data):
    data.pop()


def show(text, b=2):
    print(f"{text}", text)
    text == 1


def loops(text):
    loops(text)


def keeps(text):
    app.a = text


def reads(text):
    return text.upper()


"""


@pytest.mark.parametrize("lines", GIVEN)
def test_what_the_request_has_as_well_is_not_given_to_who_may_change_it(
    lines: str, tmp_path: Path
) -> None:
    """The session would be saved with it, and the answer would show it."""
    text = app(task(lines, "print(request.path)"), head=HEAD + TAKERS)
    write(tmp_path, {"app.py": text})
    assert (repair(leak(tmp_path, "request.path"), tmp_path).patch is not None) == GIVEN[lines]


AFTER = {
    "cart = session['cart']\n    pool.submit(work)\n    cart.pop()": False,
    "pool.submit(work)\n    session['cart'] += [1]": False,
    "pool.submit(work)\n    session['cart']['a'] = 1": False,
    "pool.submit(work)\n    del session['cart'][0]": False,
    "pool.submit(work)\n    (cart := session['cart']).pop()": False,
    "pool.submit(work)\n    session['cart'] = 1": True,
    "pool.submit(work)\n    other = []; other.append(1)": True,
    "(cart := session['cart'])\n    pool.submit(work)\n    print(cart)": True,
}


@pytest.mark.parametrize("lines", AFTER)
def test_what_is_handed_over_stays_as_it_was(lines: str, tmp_path: Path) -> None:
    """The task may run later than what the view does next."""
    text = app(task("print(session['cart'])"), task(lines, head="def view():"))
    write(tmp_path, {"app.py": text})
    found = leak(tmp_path, "session['cart']")
    assert (repair(found, tmp_path).patch is not None) == AFTER[lines]


@pytest.mark.parametrize("line", ["errorhandler(404)", "teardown_request"])
def test_what_deals_with_an_error_is_to_raise_no_other(line: str, tmp_path: Path) -> None:
    """It would take the place of the answer; what cannot raise may be read there."""
    text = app(view="def view():\n    pool.submit(work)\n").replace("post('/')", line)
    write(tmp_path, {"app.py": text})
    assert "dealt with already" in repair(leak(tmp_path), tmp_path).reason
    write(tmp_path, {"app.py": text.replace('args["to"]', "path")})
    assert repair(leak(tmp_path, "request.path"), tmp_path).patch


ENDS = {
    "sys.exit()": False,
    "flask.abort(404)": False,
    "need(1)": False,
    "deeper(1)": False,
    "fine(1)": True,
    "def need(a):\n        raise a": True,
}
NEEDS = """\
def need(a):
    if not a:
        raise ValueError


def deeper(a):
    need(a)


def fine(a):
    return fine(a)


"""


@pytest.mark.parametrize("line", ENDS)
def test_what_is_called_before_a_read_may_end_the_task(line: str, tmp_path: Path) -> None:
    """Then the request would fail for a value that was not asked for."""
    write(
        tmp_path, {"app.py": app(task(line, 'print(request.args["to"])'), head=MORE + HEAD + NEEDS)}
    )
    assert (repair(leak(tmp_path), tmp_path).patch is not None) == ENDS[line]


SUBMITS = {
    "def submit(self, fn, *args): ...": "pool.submit(work, path)",
    "def submit(self, fn, arg=None): ...": "pool.submit(partial(work, path=path))",
    "def submit(self, fn, *args, **words): ...": "pool.submit(work, path)",
}


@pytest.mark.parametrize("made", SUBMITS)
def test_an_executor_of_the_projects_takes_what_it_takes(made: str, tmp_path: Path) -> None:
    """A ``partial`` goes through any of them."""
    own = f"class Later(ThreadPoolExecutor):\n    {made}\n"
    write(tmp_path, {"app.py": app(task("print(request.path)")), "later.py": own})
    patch, _ = repair(leak(tmp_path, "request.path"), tmp_path)
    assert f"    {SUBMITS[made]}\n" in apply(tmp_path, patch or "")["app.py"]


def test_an_executor_that_takes_no_keywords_is_given_none(tmp_path: Path) -> None:
    """Where the task can be given its value by keyword only."""
    own = "class Later(ThreadPoolExecutor):\n    def submit(self, fn, *args): ...\n"
    text = app(task("print(request.path)", head="def work(a=1):"))
    write(tmp_path, {"app.py": text, "later.py": own})
    patch, _ = repair(leak(tmp_path, "request.path"), tmp_path)
    assert "pool.submit(partial(work, path=path))\n" in apply(tmp_path, patch or "")["app.py"]
