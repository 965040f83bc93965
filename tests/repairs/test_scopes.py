"""Names that scopes within a task or a view call their own, and those that text put in needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, replace, write

from pytest_flaskctx.repairs import combined, repair

LANG = 'request.args.get("lang")'


def repaired(root: Path, text: str, **known: Any) -> str:
    """Return a module after its repair."""
    write(root, {"app.py": text})
    patch, reason = repair(leak(root, **known), root)
    assert not reason
    return apply(root, patch or "")["app.py"]


INNER = {
    f'send([(lang, {LANG}) for lang in "ab"])': 'send([(lang, request_lang) for lang in "ab"])',
    f'send([(to, {LANG}) for to in "ab"])': 'send([(to, lang) for to in "ab"])',
    f"send(lambda lang: (lang, {LANG}))": "send(lambda lang: (lang, request_lang))",
    f"send(lambda x: (x.lang, send(lang={LANG})))": "send(lambda x: (x.lang, send(lang=lang)))",
    f"class A:\n        lang = 1\n        to = {LANG}": (
        "class A:\n        lang = 1\n        to = request_lang"
    ),
}


@pytest.mark.parametrize("line", INNER)
def test_a_name_of_a_scope_within_the_task_is_not_taken_for_the_value(
    line: str, tmp_path: Path
) -> None:
    """A comprehension's, a lambda's or a class's, where the value is used in it."""
    after = repaired(tmp_path, app(f"def work():\n    {line}\n"))
    assert f"    {INNER[line]}\n" in after


def test_a_name_of_a_scope_in_the_statement_is_not_taken_for_the_value(tmp_path: Path) -> None:
    """The call might stand in that very comprehension."""
    call = "pool.submit(work, lang)"
    view = f'def view():\n    print([{call} for lang in "ab"])\n'
    after = repaired(tmp_path, app(f"def work(n):\n    print(n, {LANG})\n", view), call=call)
    assert f"    request_lang = {LANG}\n" in after
    assert "pool.submit(work, lang, request_lang)" in after


ROOTS = {
    'request.args["request"]': "flask_request",
    'flask.request.args["flask"]': "request_flask",
    'request.args["functools"]': "request_functools",
    'request.args["other"]': "request_other",
    'g.get("g")': "flask_g",
}


@pytest.mark.parametrize("text", ROOTS)
def test_no_name_hides_what_text_put_in_may_need(text: str, tmp_path: Path) -> None:
    """A proxy, the module of one, what is imported at all."""
    head = "from flask import session as other\n" + HEAD
    after = repaired(tmp_path, app(f"def work():\n    print({text})\n", head=head), use=text)
    assert f"    {ROOTS[text]} = {text}\n    pool.submit(work, {ROOTS[text]})\n" in after


def test_the_value_of_one_proxy_does_not_hide_the_next_one(tmp_path: Path) -> None:
    """It is read by the line below."""
    task = 'def work():\n    print(request.args.get("session"), session.get("u"))\n'
    after = repaired(tmp_path, app(task))
    assert 'request_session = request.args.get("session")\n    u = session.get("u")\n' in after


def test_the_name_of_a_partial_is_not_hidden(tmp_path: Path) -> None:
    """The parameter may be called so."""
    task = 'def work(n):\n    print(n, request.args["partial"])\n'
    call = "pool.map(work, [1])"
    text = app(task, f"def view():\n    {call}\n")
    after = repaired(tmp_path, text, call=call, kind="map")
    assert "pool.map(partial(work, partial=request_partial), [1])" in after


TWICE = """\
def slow(n):
    print(n, {0})


def quick(n):
    print(n, {0})
"""
VIEW = """\
def view():
    pool.submit(lambda: slow(1))
    g.tenant = "b"
    pool.submit(quick, 2)
    pool.submit(quick, 3)
"""


@pytest.mark.parametrize("value", ["g.tenant", "request.path"])
def test_a_name_that_a_lambda_closes_over_is_not_written_again(value: str, tmp_path: Path) -> None:
    """It would hand over the later value, where there are two."""
    write(tmp_path, {"app.py": app(TWICE.format(value), VIEW)})
    calls = ("pool.submit(lambda: slow(1))", "pool.submit(quick, 2)", "pool.submit(quick, 3)")
    found = [leak(tmp_path, value, call) for call in calls]
    site = found[0].site
    below = site._replace(line=site.line + 4)
    found[1:] = [replace(each, site=below) for each in found[1:]]
    patch, left = combined(found, tmp_path)
    assert not left
    after = apply(tmp_path, patch)["app.py"].partition("def view")[2]
    name = value.rpartition(".")[2]
    assert f"    {name} = {value}\n    pool.submit(lambda: slow(1, {name}))\n" in after
    assert after.count(f"    {name} = {value}\n") == 1
    if value == "g.tenant":
        assert after.count("    g_tenant = g.tenant\n    pool.submit(quick, ") == 2
        assert "pool.submit(quick, 3, g_tenant)" in after
    else:
        assert "pool.submit(quick, 2, path)\n    pool.submit(quick, 3, path)\n" in after


WORDS = {
    'Thread(target=work, kwargs={"lang": 1, **app.a})': 'kwargs={"lang": 1, **app.a}',
    'Thread(target=work, kwargs={"lang": 1})': 'kwargs={"lang": 1, "request_lang": lang}',
    "Thread(target=work, kwargs=dict(lang=1))": "kwargs=dict(lang=1, request_lang=lang)",
    'Thread(target=work, kwargs={"to": 1, b"a": 2})': '{"to": 1, b"a": 2, "lang": lang}',
}


@pytest.mark.parametrize("line", [f"print({LANG})", f"lang = {LANG}\n    print(lang)"])
@pytest.mark.parametrize("call", WORDS)
def test_what_the_task_is_given_by_name_is_no_new_parameter(
    call: str, line: str, tmp_path: Path
) -> None:
    """A task that takes any keyword finds it among them."""
    head = HEAD + "from threading import Thread\n"
    text = app(f"def work(**rest):\n    {line}\n", f"def view():\n    {call}.start()\n", head)
    write(tmp_path, {"app.py": text})
    answer = repair(leak(tmp_path, call=f"{call}.start()", kind="thread"), tmp_path)
    if "**" in call:
        assert answer.patch is None
    else:
        assert WORDS[call] in apply(tmp_path, answer.patch or "")["app.py"]
