"""Each rule of safety from both sides: what is left alone, why, and its look-alike that is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, WORK, app, apply, leak, write

from pytest_flaskctx.repairs import repair

CLASSES = HEAD.replace("import flask\n", "import flask\nfrom threading import Thread, Timer\n")
GIVEN = "given = [1]\n"


class Pair(NamedTuple):
    """A module that is left alone, and one that is repaired.

    Attributes:
        reason: the sentence, whole.
        refused, repaired: the modules.
        use, call, kind: what was used and which call handed over.
        twin: the same of the repaired one, where it is another.
        changes: of the finding.
    """

    reason: str
    refused: str
    repaired: str = app()
    use: str = "request.args"
    call: str = "pool.submit(work)"
    kind: str = "submit"
    twin: Mapping[str, Any] = MappingProxyType({})
    changes: Mapping[str, Any] = MappingProxyType({})


def task(*lines: str, head: str = "def work():") -> str:
    """Return a task of a few lines."""
    return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n"


def view(*lines: str, head: str = "def view():") -> str:
    """Return a view of a few lines."""
    return task(*lines, head=head)


THREAD = "Thread(target=work).start()"
STARTED = {"call": THREAD, "kind": "thread"}
ARGS = 'request.args["to"]'
MOVED = "so that the request might fail where the task does not"

PAIRS = {
    "MODULE_LEVEL_USE": Pair(
        "`request.args` is used outside any function",
        app(WORK, head=HEAD + 'TO = request.args["to"]\n'),
    ),
    "SAME_FUNCTION": Pair(
        "`request.args` is used by the function that hands over itself, in what is run later",
        app("", view('pool.submit(print, (request.args["to"] for _ in "a"))')),
        app("", view('pool.submit(lambda: print(request.args["to"]))')),
        call='pool.submit(print, (request.args["to"] for _ in "a"))',
        twin={"call": 'pool.submit(lambda: print(request.args["to"]))'},
    ),
    "DEEPER": Pair(
        "the use stands deeper in the task, in `work`, which `pool.submit(outer)` does not name",
        app(WORK + "\n\ndef outer():\n    work()\n", view("pool.submit(outer)")),
        call="pool.submit(outer)",
        twin={"call": "pool.submit(work)"},
    ),
    "DECORATED": Pair(
        "`work` is decorated with `app.cli.command`, and what that does with an argument is not"
        " known",
        app("@app.cli.command\n" + WORK),
        app("@flask.copy_current_request_context\n" + task(f"print({ARGS})")),
    ),
    "ASYNC_TASK": Pair("`work` is a coroutine function", app(WORK.replace("def", "async def"))),
    "GENERATOR_TASK": Pair("`work` is a generator", app(task(f"yield {ARGS}"))),
    "KEYWORDS_SPLAT": Pair(
        "`work` takes any keyword, and `**` may bring the name of the value along",
        app(
            task(f"send({ARGS})", head="def work(**rest):"), view("pool.submit(work, **app.config)")
        ),
        app(task(f"send({ARGS})", head="def work(**rest):"), view("pool.submit(work, a=1)")),
        call="pool.submit(work, **app.config)",
        twin={"call": "pool.submit(work, a=1)"},
    ),
    "ELSEWHERE": Pair(
        "`work` is used at app.py:21 as well, where no value would be passed",
        app(view=view("pool.submit(work)", "work()")),
        app(view=view("pool.submit(work)", "app.work = 1"), head=HEAD),
    ),
    "REDEFINED": Pair(
        "`work` is made more than once in `app.py`",
        app(WORK + "\n\nif app.debug:\n    work = print\n"),
        app(WORK + "\n\nif app.debug:\n    other = print\n"),
    ),
    "INTROSPECTED": Pair(
        "`view` calls `locals`, which sees every local name",
        app(view=view("pool.submit(work)", "print(locals())")),
        app(view=view("pool.submit(work)", "print(app.locals())")),
    ),
    "UNKNOWN_PROXY": Pair(
        "`incoming` is not known to be a proxy that can be read from source",
        app(
            task('send(incoming["to"])', 'send(request.args["to"])'),
            head="from project import *\n" + HEAD,
        ),
        app(
            task('send(request.args["to"])', 'send(request.args["to"])'),
            head="from project import *\n" + HEAD,
        ),
        use="incoming",
        twin={"use": "request.args"},
    ),
    "BARE": Pair(
        "`request` is used as a whole, and what is wanted of it is not written there",
        app(task("send(request)")),
        app(task("send(request.path)")),
        use="request)",
        twin={"use": "request.path"},
    ),
    "WRITES": Pair(
        '`session["to"]` is changed by the task, which only the request itself can do',
        app(task('session["to"] = 1')),
        app(task('send(session["to"])')),
        use='session["to"]',
    ),
    "UNKNOWN_CALL": Pair(
        '`g.db.execute("select 1")` may have side effects',
        app(task('g.db.execute("select 1")')),
        app(task("print(g.db)")),
        use="g.db",
    ),
    "UNKNOWN_PART": Pair(
        "`request.environ` is not among what is known to be safe to read",
        app(task("send(request.environ)")),
        app(task("send(request.path)")),
        use="request.environ",
        twin={"use": "request.path"},
    ),
    "DEPENDS": Pair(
        "`request.headers.get(name)` depends on `name`, which only the task may know",
        app(
            task("send(request.headers.get(name))", head="def work(name):"),
            view('pool.submit(work, "a")'),
        ),
        app(
            task('send(request.headers.get("a"))', head="def work(name):"),
            view('pool.submit(work, "a")'),
        ),
        use="request.headers.get",
        call='pool.submit(work, "a")',
    ),
    "CLOSED": Pair(
        "`request.files` is closed when the request is over",
        app(task('send(request.files["doc"].read())')),
        app(task('send(request.form["doc"].strip())')),
        use="request.files",
        twin={"use": "request.form"},
    ),
    "MAY_RAISE": Pair(
        f'`request.args["to"]` may raise and stands under a condition, {MOVED}',
        app(task("if app.debug:", f"    send({ARGS})")),
        app(task("if app.debug:", '    send(request.args.get("to"))')),
    ),
    "CONDITION": Pair(
        f'`request.args["to"]` may raise and stands under a condition, {MOVED}',
        app(task(f"send({ARGS} if app.debug else 1)")),
        app(task(f"send(1 if {ARGS} else 2)")),
    ),
    "IN_TRY": Pair(
        f'`request.args["to"]` may raise and stands in a `try`, {MOVED}',
        app(task("try:", f"    send({ARGS})", "finally:", "    send(1)")),
        app(task("try:", '    send(request.args.get("to"))', "finally:", "    send(1)")),
    ),
    "IN_LOOP": Pair(
        f'`request.args["to"]` may raise and stands in a loop, {MOVED}',
        app(task("for _ in app.extensions:", f"    send({ARGS})")),
        app(task(f"for _ in {ARGS}:", "    send(1)")),
    ),
    "SUPPRESSED": Pair(
        f'`request.args["to"]` may raise and stands where exceptions are suppressed, {MOVED}',
        app(
            task("with contextlib.suppress(KeyError):", f"    send({ARGS})"),
            head="import contextlib\n" + HEAD,
        ),
        app(
            task("with contextlib.closing(app):", f"    send({ARGS})"),
            head="import contextlib\n" + HEAD,
        ),
    ),
    "SHORTENED": Pair(
        f'`request.args["to"]` may raise and stands in what may be skipped by a short-circuit, {MOVED}',
        app(task(f"send(app.debug and {ARGS})")),
        app(task(f"send({ARGS} and app.debug)")),
    ),
    "SKIPPED": Pair(
        f'`request.args["to"]` may raise and stands after something that may end the task before, {MOVED}',
        app(task("if app.debug:", "    return", f"send({ARGS})")),
        app(task("if app.debug:", "    send(1)", f"send({ARGS})")),
    ),
    "DEFERRED": Pair(
        f'`request.args["to"]` may raise and stands in what is run later, {MOVED}',
        app(task(f"send(lambda: {ARGS})")),
        app(task('send(lambda: request.args.get("to"))')),
    ),
    "FUNCTION": Pair(
        '`url_for("page", name=name)` needs a context in the task as well',
        app(
            task('send(url_for("page", name=name))', head="def work(name):"),
            view("pool.submit(work, 1)"),
            head="from flask import url_for\n" + HEAD,
        ),
        app(
            task('send(url_for("page", name=1))', head="def work(name):"),
            view("pool.submit(work, 1)"),
            head="from flask import url_for\n" + HEAD,
        ),
        use='url_for("page", name=name)',
        call="pool.submit(work, 1)",
        twin={"use": 'url_for("page", name=1)'},
    ),
    "HELPER": Pair(
        "`work` calls `helper`, which uses `session` as well",
        app("def helper():\n    return session\n\n\n" + task(f"send(helper(), {ARGS})")),
        app("def helper():\n    return app\n\n\n" + task(f"send(helper(), {ARGS})")),
    ),
    "LIVE": Pair(
        "`g.user` may be torn down with the request, and `return g.user` may use it longer",
        app(task("return g.user")),
        app(task("return f'{g.user}'")),
        use="g.user",
    ),
    "GIVEN_AWAY": Pair(
        '`session["cart"]` is the request\'s own object, which `app.sell` may change',
        app(task('app.sell(session["cart"])')),
        app(task('send(session["cart"])')),
        use='session["cart"]',
    ),
    "OWN_CONTEXT": Pair(
        "the task may get a context of its own by `app.app_context`, and what it reads may be of"
        " that",
        app(task("ctx = app.app_context()", "ctx.push()", "print(g.to)")),
        app(task("with app.app_context():", "    print(g.to)", "print(request.path)")),
        use="g.to)",
        twin={"use": "request.path"},
    ),
    "UNKNOWN_MANAGER": Pair(
        "`request.path` stands under `with job()`, of which it is not known what it does",
        app(task("with job() as here:", "    print(request.path)"), head=HEAD + "job = load\n\n\n"),
        app(task("with open('a') as here:", "    print(request.path)")),
        use="request.path",
    ),
    "PRINTED": Pair(
        "the text of `request.path` is printed by `=` in an f-string",
        app(task('send(f"{request.path=}")')),
        app(task('send(f"{request.path}")')),
        use="request.path",
    ),
    "PICKLED": Pair(
        "`g.tenant` may not be picklable, and the task runs in another process",
        app(task("print(g.tenant)"), view("pool.apply(work)")),
        app(task("print(request.path)"), view("pool.apply(work)")),
        use="g.tenant",
        call="pool.apply(work)",
        kind="processpool",
        twin={"use": "request.path"},
    ),
    "ALIAS_CHANGED": Pair(
        '`session["cart"]` is changed or called by the task as `cart.append(1)`',
        app(task('cart = session["cart"]', "cart.append(1)")),
        app(task('cart = session["cart"]', "print(cart)")),
        use='session["cart"]',
    ),
    "PASSED_ON": Pair(
        "`g.user` is passed on to `send`, and may be torn down with the request",
        app(task("send(g.user)")),
        app(task("print(g.user)")),
        use="g.user",
    ),
    "CARRIED": Pair(
        "a context goes along with the task, which may need it for `flask.abort(404)`",
        app(
            task("print(request.path)", "flask.abort(404)"),
            view("pool.submit(copy_context().run, work)"),
            head="from contextvars import copy_context\n" + HEAD,
        ),
        app(
            task("print(request.path)", "send(404)"),
            view("pool.submit(copy_context().run, work)"),
            head="from contextvars import copy_context\n" + HEAD,
        ),
        use="request.path",
        call="pool.submit(copy_context().run, work)",
        changes={"code": "FCX201"},
    ),
    "CARRIED_UNSEEN": Pair(
        "a context goes along with the task, and what lets it is not to be seen there",
        app(task("print(request.path)")),
        app(task("print(request.path)")),
        use="request.path",
        changes={"code": "FCX201"},
        twin={"code": "FCX101"},
    ),
    "NOT_A_CALL": Pair(
        "`pool.enqueue(work)` is no call of which it is known how it names the function that it"
        " hands over",
        app(view=view("pool.enqueue(work)")),
        call="pool.enqueue(work)",
        twin={"call": "pool.submit(work)"},
    ),
    "UNKNOWN_CLASS": Pair(
        "`Mailer` is a class of its own, which would have to keep the value",
        app(view=view("Mailer(target=work).start()")),
        app(view=view(THREAD), head=CLASSES),
        call="Mailer(target=work).start()",
        kind="thread",
        twin={"call": THREAD},
    ),
    "STARTED_ELSEWHERE": Pair(
        "where `app.thread` was made is not to be seen beside its start",
        app(view=view("app.thread.start()"), head=CLASSES),
        app(view=view("app.thread = Thread(target=work)", "app.thread.start()"), head=CLASSES),
        call="app.thread.start()",
        kind="thread",
    ),
    "BETWEEN": Pair(
        "what stands between the making and the start of `t` may change what is read",
        app(view=view("t = Thread(target=work)", "load()", "t.start()"), head=CLASSES),
        app(view=view("t = Thread(target=work)", "t.daemon = True", "t.start()"), head=CLASSES),
        call="t.start()",
        kind="thread",
    ),
    "ARGUMENTS": Pair(
        "the arguments of `Thread(target=work, args=given, kwargs=app.config)` are not written out",
        app(
            task(f"print({ARGS})", head="def work(a):"),
            view("Thread(target=work, args=given, kwargs=app.config).start()"),
            head=CLASSES + GIVEN,
        ),
        app(
            task(f"print({ARGS})", head="def work(a):"),
            view("Thread(target=work, args=given, kwargs=dict(b=2)).start()"),
            head=CLASSES + GIVEN,
        ),
        call="Thread(target=work, args=given, kwargs=app.config).start()",
        kind="thread",
        twin={"call": "Thread(target=work, args=given, kwargs=dict(b=2)).start()"},
    ),
    "MODULE_LEVEL_HANDOVER": Pair(
        "`pool.submit(work)` stands outside any function",
        app(view="view = 1\npool.submit(work)\n").replace("@app.post('/')\n", ""),
    ),
    "WITHIN_LAMBDA": Pair(
        "`pool.submit(work)` stands in a lambda or a generator, which runs at another time",
        app(view=view("list(pool.submit(work) for _ in app.config)")),
        app(
            task('print(request.args.get("to"))'),
            view("list([pool.submit(work) for _ in app.config])"),
        ),
    ),
    "GENERATOR": Pair(
        "`view` is a generator, which may go on when the request is over",
        app(view=view("pool.submit(work)", "yield 1")),
        app(view=view("pool.submit(work)", "return lambda: (yield 1)")),
    ),
    "HEAD": Pair(
        "`pool.submit(work)` stands in the head of a compound statement, which may run at another time",
        app(view=view("while pool.submit(work):", "    print(1)")),
        app(view=view("if pool.submit(work):", "    print(1)")),
    ),
    "SEVERAL": Pair(
        "`pool.submit(work)` shares its line with other statements",
        app(view=view("print(1); pool.submit(work)")),
        app(view=view("print(1)", "pool.submit(work)")),
    ),
    "STATEMENT_CHANGES": Pair(
        "the statement of the hand-over changes `session` itself",
        app(task('print(session["to"])'), view('session["job"] = pool.submit(work)')),
        app(task('print(session["to"])'), view('job = session["job"], pool.submit(work)')),
        use='session["to"]',
    ),
    "STATEMENT_CALLS": Pair(
        "the statement of the hand-over calls `helper` too, which uses `g`",
        app(
            "def helper():\n    g.to = 1\n\n\n" + task("print(g.to)"),
            view("print(helper(), pool.submit(work))"),
        ),
        app(
            "def helper():\n    app.to = 1\n\n\n" + task("print(g.to)"),
            view("print(helper(), pool.submit(work))"),
        ),
        use="g.to)",
        twin={"use": "g.to)"},
    ),
    "SWALLOWED": Pair(
        '`request.args["to"]` may raise, and the hand-over stands under `with load()`, which might'
        " swallow that",
        app(view=view("with load():", "    pool.submit(work)")),
        app(view=view("with open('a'):", "    pool.submit(work)")),
    ),
    "CLEANS_UP": Pair(
        '`request.args["to"]` may raise, and the hand-over stands where an error is dealt with'
        " already",
        app(view=view("try:", "    print(1)", "finally:", "    pool.submit(work)")),
        app(view=view("try:", "    pool.submit(work)", "finally:", "    print(1)")),
    ),
    "CAUGHT_BY_CALLER": Pair(
        '`request.args["to"]` may raise, and `view` is called in a `try` that might catch it',
        app(
            view=view("pool.submit(work)")
            + task("try:", "    view()", "except KeyError:", "    pass", head="def a():")
        ),
        app(
            view=view("pool.submit(work)")
            + task("try:", "    app()", "except KeyError:", "    view()", head="def a():")
        ),
    ),
    "CHANGED_LATER": Pair(
        '`session["cart"]` is handed over as it is, and may be changed by'
        ' `session["cart"].clear()`',
        app(task('print(session["cart"])'), view("pool.submit(work)", 'session["cart"].clear()')),
        app(task('print(session["cart"])'), view("pool.submit(work)", "session.clear()")),
        use='session["cart"]',
    ),
    "BODY_READ": Pair(
        '`request.form["to"]` reads the body, which `request.stream` may read by another way',
        app(task('print(request.form["to"])'), view("pool.submit(work)", "request.stream.read()")),
        app(task('print(request.form["to"])'), view("pool.submit(work)", "request.path.strip()")),
        use="request.form",
    ),
    "STATEMENT_UNKNOWN": Pair(
        "the statement of the hand-over calls `load` too, which may change `g.to`",
        app(task("print(g.to)", head="def work(a):"), view("pool.submit(work, load())")),
        app(task("print(g.to)", head="def work(a):"), view("pool.submit(work, len('a'))")),
        use="g.to)",
        call="pool.submit(work, load())",
        twin={"call": "pool.submit(work, len('a'))"},
    ),
    "SKIPPED_HANDOVER": Pair(
        '`request.args["to"]` may raise, and the hand-over may be skipped',
        app(view=view("[pool.submit(work) for _ in app.config]")),
        app(view=view("for _ in app.config:", "    pool.submit(work)")),
    ),
    "CAUGHT": Pair(
        '`request.args["to"]` may raise, and the hand-over stands in a `try` that might catch it',
        app(view=view("try:", "    pool.submit(work)", "except KeyError:", "    print(1)")),
        app(view=view("try:", "    print(1)", "except KeyError:", "    pool.submit(work)")),
    ),
    "CLOSURE_IN_LOOP": Pair(
        "`g.to` is read in a loop, and the lambda would see the value of a later turn",
        app("", view("for g.to in app.config:", "    pool.submit(lambda: print(g.to))")),
        app("", view("for _ in app.config:", "    pool.submit(lambda: print(request.path))")),
        use="g.to)",
        call="pool.submit(lambda: print(g.to))",
        twin={"use": "request.path", "call": "pool.submit(lambda: print(request.path))"},
    ),
    "CLASS_BODY": Pair(
        "`pool.submit(work)` stands in the body of a class, of which a new name would be an"
        " attribute",
        app(view=view("class Job:", "    future = pool.submit(work)")),
        app(view=view("class Job:", "    pass", "pool.submit(work)")),
    ),
    "PERHAPS_UNBOUND": Pair(
        "`request` is imported by `app.py` where that may not have run before the hand-over",
        app(view=view("pool.submit(work)", "from flask import request")),
        app(view=view("from flask import request", "if request:", "    pool.submit(work)")),
    ),
    "STAR": Pair(
        "`app.py` imports `*`, which may bind `request` to something else",
        app(head=HEAD + "from project import *\n"),
        app(head="from project import *\n" + HEAD + "from flask import *\n"),
    ),
    "NO_PARTIAL": Pair(
        "`partial` means something else in `app.py`",
        app(view=view("partial = 1", "future.add_done_callback(work)", head="def view(future):")),
        app(view=view("future.add_done_callback(work)", head="def view(future):")),
        call="future.add_done_callback(work)",
        kind="callback",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_not_understood_is_left_alone_and_its_look_alike_repaired(
    name: str, tmp_path: Path
) -> None:
    """One thing makes the difference, and the reason names it."""
    pair = PAIRS[name]
    known = {"use": pair.use, "call": pair.call, "kind": pair.kind, **pair.changes}
    write(tmp_path, {"app.py": pair.refused})
    assert repair(leak(tmp_path, **known), tmp_path) == (None, pair.reason)
    write(tmp_path, {"app.py": pair.repaired})
    patch, reason = repair(leak(tmp_path, **{**known, **pair.twin}), tmp_path)
    assert not reason
    assert patch is not None
    assert apply(tmp_path, patch)["app.py"] != pair.repaired


def test_every_reason_is_held_against_a_look_alike_or_told_by_name() -> None:
    """A new sentence needs a test that prints it."""
    from pytest_flaskctx.repairs import reasons

    told = {name for name in vars(reasons) if name.isupper()}
    of_findings = {
        "EAGER", "INTERNAL", "LIBRARY", "NESTED", "NO_HANDOVER", "NO_LIBCST", "NO_REQUEST",
        "NO_SITE", "OTHER_RULE", "OTHER_THREAD", "RULES",
    }  # fmt: skip
    of_files = {
        "CHANGED", "INSTALLED", "LINKED", "NOT_BENEATH", "NOT_PARSED", "NOT_PYTHON", "NOT_UTF8",
        "NO_COLUMNS", "OUTSIDE", "TOO_LARGE", "UNREADABLE",
    }  # fmt: skip
    of_others = {"INHERITS", "LOOKED_UP", "NOT_COMPILED", "PROTOCOL", "NO_PROXY_THERE", "UNBOUND"}
    assert told == {*PAIRS, *of_findings, *of_files, *of_others}
