"""What a task may read, how the view reads it instead, and what that is called."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import repair

MORE = """\
import flask_login
from flask.globals import app_ctx, request_ctx
from flask_jwt_extended import get_jwt_identity
from flask import url_for as link, jsonify, render_template, has_request_context
"""
LOADED = 'jwt = pytest.importorskip("flask_jwt_extended")\nimport pytest\n'

READ = {
    "print(request.path)": ("path", "request.path", "print(path)"),
    "print(flask.request.method)": ("method", "flask.request.method", "print(method)"),
    "print(request_ctx.request.endpoint)": (
        "endpoint",
        "request_ctx.request.endpoint",
        "print(endpoint)",
    ),
    "print(app_ctx.app.name)": ("app_name", "app_ctx.app.name", "print(app_name)"),
    "print(request.args['a'].upper())": ("a", "request.args['a']", "print(a.upper())"),
    "print(request.args.get('a', type=int))": (
        "a",
        "request.args.get('a', type=int)",
        "print(a)",
    ),
    "print(request.form.getlist('a'))": ("a", "request.form.getlist('a')", "print(a)"),
    "print(request.form.items())": ("form", "request.form", "print(form.items())"),
    "print(request.args[0:1])": ("query", "request.args", "print(query[0:1])"),
    "print(request.get_json(silent=True))": (
        "data",
        "request.get_json(silent=True)",
        "print(data)",
    ),
    "print(request.get_json(silent=False))": (
        "data",
        "request.get_json(silent=False)",
        "print(data)",
    ),
    "print(request.get_json()['a']['b'])": ("b", "request.get_json()['a']['b']", "print(b)"),
    "print(request.get_data(as_text=True))": (
        "body",
        "request.get_data(as_text=True)",
        "print(body)",
    ),
    "print(request.json.get('a', -1))": ("a", "request.json.get('a', -1)", "print(a)"),
    "print(request.user_agent.string)": ("string", "request.user_agent.string", "print(string)"),
    "print(request.accept_languages.best_match(('a', 'b')))": (
        "best_match",
        "request.accept_languages.best_match(('a', 'b'))",
        "print(best_match)",
    ),
    "print(request.authorization.username)": (
        "username",
        "request.authorization.username",
        "print(username)",
    ),
    "print(session.get('a', []))": ("a", "session.get('a', [])", "print(a)"),
    "print(session['a'][app.a])": ("a", "session['a']", "print(a[app.a])"),
    "print(session['a'].get(app.a))": ("a", "session['a']", "print(a.get(app.a))"),
    "print(g.tenant.id)": ("tenant_id", "g.tenant.id", "print(tenant_id)"),
    "print(g.get('tenant'))": ("tenant", "g.get('tenant')", "print(tenant)"),
    "print(getattr(g, 'tenant', None))": ("tenant", "getattr(g, 'tenant', None)", "print(tenant)"),
    "print(getattr(g.user, 'id'))": ("user_id", "getattr(g.user, 'id')", "print(user_id)"),
    "print(g.limits[app.a])": ("limits", "g.limits", "print(limits[app.a])"),
    "print(current_app.config['A'])": ("a", "current_app.config['A']", "print(a)"),
    "print(current_app.config[app.a])": ("config", "current_app.config", "print(config[app.a])"),
    "current_app.logger.info('a')": ("logger", "current_app.logger", "logger.info('a')"),
    "print(current_app.extensions['a'])": ("a", "current_app.extensions['a']", "print(a)"),
    "send(current_app._get_current_object())": (
        "app",
        "current_app._get_current_object()",
        "send(app)",
    ),
    "print(flask_login.current_user.get_id())": (
        "user_id",
        "flask_login.current_user.get_id()",
        "print(user_id)",
    ),
    "print(flask_login.current_user.is_authenticated)": (
        "is_authenticated",
        "flask_login.current_user.is_authenticated",
        "print(is_authenticated)",
    ),
    "print(get_jwt_identity())": ("identity", "get_jwt_identity()", "print(identity)"),
    "print(link('page', _external=True))": ("url", "link('page', _external=True)", "print(url)"),
    "print(jwt.current_user['a'])": ("a", "jwt.current_user['a']", "print(a)"),
    "return(request.path)": ("path", "request.path", "return(path)"),
    "print(f'{request.path!r:>10}')": ("path", "request.path", "print(f'{path!r:>10}')"),
}


@pytest.mark.parametrize("line", READ)
def test_what_can_be_read_is_read_in_the_view(line: str, tmp_path: Path) -> None:
    """As far as the chain is known, and under a name that says what it is."""
    name, read, changed = READ[line]
    write(tmp_path, {"app.py": app(f"def work():\n    {line}\n", head=MORE + LOADED + HEAD)})
    patch, reason = repair(leak(tmp_path, read), tmp_path)
    assert not reason
    after = apply(tmp_path, patch or "")["app.py"]
    assert f"def work({name}):\n    {changed}\n" in after
    assert f"    {name} = {read}\n    pool.submit(work, {name})\n" in after


OWN = """\
def work():
    with current_app.app_context():
        g.a = current_app.name
        print(jsonify(a=g.a), db.session.get(1))
"""


def test_a_context_of_its_own_is_all_that_a_task_needs(tmp_path: Path) -> None:
    """It is given the application; what it reads in that context is its own."""
    head = MORE + "from main import db\n" + HEAD.replace("app = ", "main = ")
    text = app(OWN, head=head).replace("@app.post", "@main.post")
    write(tmp_path, {"app.py": text})
    patch, reason = repair(leak(tmp_path, "current_app.app_context"), tmp_path)
    assert not reason
    after = apply(tmp_path, patch or "")["app.py"]
    assert "def work(app):\n    with app.app_context():\n        g.a = current_app.name\n" in after
    assert "    app = current_app._get_current_object()\n    pool.submit(work, app)\n" in after


def test_a_request_of_its_own_is_the_tasks_own(tmp_path: Path) -> None:
    """What is read in it is not what the view has."""
    lines = ("with app.test_request_context():", "    print(request.path)", "print(request.method)")
    task = "def work():\n" + "".join(f"    {line}\n" for line in lines)
    write(tmp_path, {"app.py": app(task)})
    patch, _ = repair(leak(tmp_path, "request.method"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert "        print(request.path)\n    print(method)\n" in after


LEFT = {
    "send(request.headers)": "`request.headers` is used as a whole, and what is wanted of it is not written there",
    "send(request.args.pop('a'))": "`request.args.pop('a')` may have side effects",
    "send(request.get_json(**app.a))": "`request.get_json(**app.a)` depends on `app`, which only the task may know",
    "send(request.args.get('a', type=app))": None,
    "send(session.pop('a'))": "`session.pop('a')` may have side effects",
    "send(session[app.a])": "`session[app.a]` depends on `app`, which only the task may know",
    "send(session[1:2])": "`session[1:2]` is not among what is known to be safe to read",
    "send(session['a'].refresh())": "`session['a'].refresh()` may have side effects",
    "send(session['a']())": "`session['a']()` may have side effects",
    "send(g.pop('a'))": "`g.pop('a')` may have side effects",
    "send(g.a.append(1))": "`g.a.append(1)` may have side effects",
    "send(g._a)": "`g._a` is not among what is known to be safe to read",
    "send(getattr(g, app.a))": "`g` is used as a whole, and what is wanted of it is not written there",
    "send(getattr(g, 'pop'))": "`g` is used as a whole, and what is wanted of it is not written there",
    "send(current_app.open_resource('a'))": "`current_app.open_resource('a')` may have side effects",
    "send(current_app.logger.addHandler(1))": "`current_app.logger.addHandler(1)` may have side effects",
    "current_app.debug = True": "`current_app.debug` is changed by the task, which only the request itself can do",
    "session[app.a] = 1": "`session[app.a]` is changed by the task, which only the request itself can do",
    "del g.a": "`g.a` is changed by the task, which only the request itself can do",
    "g.a += 1": "`g.a` is changed by the task, which only the request itself can do",
    "(g.a, b) = 1, 2": "`g.a` is changed by the task, which only the request itself can do",
    "send(request.args['a'] in request)": "`request` is used as a whole, and what is wanted of it is not written there",
    "send(request.stream.read())": "`request.stream` is closed when the request is over",
    "send(render_template('a'))": "`render_template('a')` needs a context in the task as well",
    "send(has_request_context)": "`has_request_context` needs a context in the task as well",
    "send(flask_login.login_user(1))": "`flask_login.login_user(1)` needs a context in the task as well",
    "mail.send(1)": "`mail.send(1)` needs a context in the task as well",
    "send(cache)": "`cache` needs a context in the task as well",
    "with app.app_context():\n        mail.send(1)": None,
    "send(made.mail)": None,
    "send(flask_mail.Message('a'))": None,
    "send(db.session.get(1))": "`db.session` needs a context in the task as well",
    "send(self.helper())": None,
    "match request.args['a']:\n        case 1:\n            send(request.args['b'])": "`request.args['b']` may raise and stands under a condition, so that the request might fail where the task does not",
    "assert app.a, request.args['a']": "`request.args['a']` may raise and stands under a condition, so that the request might fail where the task does not",
    "send(1 < app.a < request.args['a'])": "`request.args['a']` may raise and stands in what may be skipped by a short-circuit, so that the request might fail where the task does not",
    "[request.args['a'] for _ in app.a]": "`request.args['a']` may raise and stands in a loop, so that the request might fail where the task does not",
    "while app.a:\n        send(request.args['a'])": "`request.args['a']` may raise and stands in a loop, so that the request might fail where the task does not",
    "class A:\n        a = request.args['a']": "`request.args['a']` may raise and stands in what is run later, so that the request might fail where the task does not",
    "a: object = session['a']\n    a['b'] = 1": "`session['a']` is changed or called by the task as `a['b']`",
    "for a in g.users:\n        a.save()": "`g.users` is changed or called by the task as `a.save()`",
    "print([a.save() for a, b in g.users])": "`g.users` is changed or called by the task as `a.save()`",
    "a, b = g.users\n    b.save()": "`g.users` is changed or called by the task as `b.save()`",
    "a = session['a'][app.a]\n    a.pop()": "`session['a']` is changed or called by the task as `a.pop()`",
    "for a in session['a'].values():\n        a.upper()": None,
    "send(a := session['a'])\n    b = a\n    b.pop()": "`session['a']` is changed or called by the task as `b.pop()`",
}  # fmt: skip


@pytest.mark.parametrize("line", LEFT)
def test_what_is_not_surely_a_plain_read_is_left_alone(line: str, tmp_path: Path) -> None:
    """And the sentence names it; two look-alikes are repaired."""
    reason = LEFT[line]
    head = (
        MORE + "from main import db, made\nfrom extensions import cache\nimport flask_mail\n" + HEAD
    )
    head += "mail = flask_mail.Mail()\n"
    write(
        tmp_path, {"extensions.py": "from flask_caching import Cache\n\ncache: Cache = Cache()\n"}
    )
    line = line.replace("self.helper()", "request.path")
    write(tmp_path, {"app.py": app(f"def work():\n    {line}\n    send(request.url)\n", head=head)})
    answer = repair(leak(tmp_path, "request.url"), tmp_path)
    assert (answer.reason or None) == reason
    assert (answer.patch is None) == (reason is not None)
