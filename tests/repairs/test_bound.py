"""Whether a name means what it was imported as, where a value is read."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import repair

TASKS = {"jobs.py": "from flask import session\n\n\ndef work():\n    print(session.get('u'))\n"}
SESSION = "from flask import session"
UNBOUND = "`session` is imported by `app.py` where that may not have run before the hand-over"
STAR = "`app.py` imports `*`, which may bind `session` to something else"

VIEWS = {
    f"{SESSION}\n    pool.submit(work)": "",
    f"{SESSION}\n    if app.a:\n        pool.submit(work)": "",
    f"if app.a:\n        {SESSION}\n        pool.submit(work)": "",
    f"{SESSION}\n    def inner():\n        pool.submit(work)": "",
    f"if app.a:\n        {SESSION}\n    pool.submit(work)": UNBOUND,
    f"pool.submit(work)\n    {SESSION}": UNBOUND,
    f"if app.a: {SESSION}\n    pool.submit(work)": UNBOUND,
    f"def inner():\n        pool.submit(work)\n    {SESSION}": UNBOUND,
}


@pytest.mark.parametrize("lines", VIEWS)
def test_a_local_import_has_to_stand_above_in_the_same_block(lines: str, tmp_path: Path) -> None:
    """Or in one around it: else the name may not be bound yet."""
    head = HEAD.replace(", session", "\nfrom jobs import work")
    text = app("", f"def view():\n    {lines}\n", head)
    write(tmp_path, {"app.py": text, **TASKS})
    answer = repair(leak(tmp_path, "session.get('u')", file="jobs.py"), tmp_path)
    assert answer.reason == VIEWS[lines]


HEADS = {
    f"try:\n    {SESSION}\nfinally:\n    pass\n": "",
    f"if app.a:\n    {SESSION}\n": UNBOUND,
    f"from project import *\n{SESSION}\n": "",
    f"{SESSION}\nfrom project import *\n": STAR,
    f"{SESSION}\nfrom . import *\n": STAR,
    f"{SESSION}\nfrom .flask import *\n": STAR,
    f"{SESSION}\nfrom flask import *\n": "",
    "from project import *\n": STAR,
    "": "",
}


@pytest.mark.parametrize("lines", HEADS)
def test_an_import_at_the_top_may_be_hidden_or_left_out(lines: str, tmp_path: Path) -> None:
    """By one of everything below it, or by a condition."""
    head = HEAD.replace(", session", "\nfrom jobs import work") + lines
    write(tmp_path, {"app.py": app("", head=head), **TASKS})
    answer = repair(leak(tmp_path, "session.get('u')", file="jobs.py"), tmp_path)
    assert answer.reason == HEADS[lines]


def test_a_partial_that_may_not_be_bound_is_not_used(tmp_path: Path) -> None:
    """As a proxy."""
    call = "pool.map(work, [1])"
    view = f"def view():\n    {call}\n    from functools import partial\n"
    write(tmp_path, {"app.py": app(view=view)})
    answer = repair(leak(tmp_path, call=call, kind="map"), tmp_path)
    assert answer == (None, UNBOUND.replace("session", "partial"))


@pytest.mark.parametrize("line", ["if app.a: pool.submit(work)", "for _ in 'a': pool.submit(work)"])
def test_a_call_behind_a_colon_has_no_line_of_its_own(line: str, tmp_path: Path) -> None:
    """It stands in the body, and nothing can stand before it there."""
    write(tmp_path, {"app.py": app(view=f"def view():\n    {line}\n")})
    answer = repair(leak(tmp_path), tmp_path)
    assert answer == (None, "`pool.submit(work)` shares its line with other statements")


HELPERS = "from flask import request\n\n\ndef ip():\n    return {}\n"


@pytest.mark.parametrize("call", ["helpers.ip()", "shop.helpers.ip()", "shop.helpers.port()"])
def test_a_helper_is_followed_through_its_module(call: str, tmp_path: Path) -> None:
    """As one that is called by its bare name."""
    head = "import shop.helpers\nfrom shop import helpers\n" + HEAD
    task = f"def work():\n    print(request.path, {call})\n"
    files = {"app.py": app(task, head=head), "shop/__init__.py": ""}
    write(tmp_path, {**files, "shop/helpers.py": HELPERS.format("request.remote_addr")})
    answer = repair(leak(tmp_path, "request.path"), tmp_path)
    known = "" if "port" in call else "`work` calls `ip`, which uses `request` as well"
    assert answer.reason == known
    write(tmp_path, {"shop/helpers.py": HELPERS.format("1")})
    assert repair(leak(tmp_path, "request.path"), tmp_path).patch


def test_a_name_is_compared_as_python_reads_it(tmp_path: Path) -> None:
    """A ligature is the letters that it is made of."""
    for line in ("\ufb01 = 1", "fi = 1"):
        task = 'def work():\n    print(request.args["\ufb01"])\n'
        view = f"def view():\n    {line}\n    pool.submit(work)\n"
        write(tmp_path, {"app.py": app(task, view)})
        patch, _ = repair(leak(tmp_path), tmp_path)
        after = apply(tmp_path, patch or "")["app.py"]
        assert '    request_fi = request.args["\ufb01"]\n' in after
        assert "def work(fi):\n    print(fi)\n" in after
