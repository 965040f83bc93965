"""The hints: the fix that a user pastes, by proxy, by mechanism and by what is used."""

from __future__ import annotations

import ast
import textwrap
import warnings
from itertools import groupby
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints import Bound, Case, hint

STORY = Case(
    proxy="request",
    extension=False,
    operation="__getattr__",
    expression='request.args["user"]',
    chain='request.args["user"]',
    root="request",
    writes=False,
    function="process_task",
    kind="submit",
    call="pool.submit(process_task)",
    handing="queue_task",
    in_request=True,
    inline=False,
    caught_at_guard=False,
)


def case(chain: str = STORY.chain, **changes: Any) -> Case:
    """Return the story's case with the task's expression and other fields changed."""
    proxy = changes.pop("proxy", chain.partition(".")[0].partition("[")[0])
    fields = {"expression": chain, "chain": chain, "proxy": proxy, "root": proxy, **changes}
    return STORY._replace(**fields)


def blocks(text: str) -> list[str]:
    """Return the code of a hint: its runs of indented lines."""
    runs = groupby(text.split("\n"), key=lambda line: line.startswith("    "))
    return [textwrap.dedent("\n".join(lines)) for is_code, lines in runs if is_code]


def first_block(case: Case) -> list[str]:
    """Return the lines of the code that comes first."""
    return blocks(hint(case))[0].splitlines()


def test_story_is_told_as_its_repaired_twin() -> None:
    """The whole request in an f-string: read what is needed in the view, and pass it."""
    story = case("{incoming}", proxy="request", root="incoming", operation="__format__")
    assert hint(story) == textwrap.dedent("""\
        Read the value in `queue_task` and pass it to `process_task`:
            incoming_data = request.json  # or what else the task needs of it
            pool.submit(process_task, incoming_data)
        Let `process_task` take `incoming_data`, and use it in place of `incoming`.""")


@pytest.mark.parametrize(
    ("chain", "line"),
    [
        ("request.json", "data = request.json"),
        ('request.args["user"]', 'user = request.args["user"]'),
        ('request.args.get("user", "nobody").upper()', 'user = request.args.get("user", "nobody")'),
        ('request.form.getlist("tags")', 'tags = request.form.getlist("tags")'),
        ("request.args[key]", "query = request.args"),
        ('request.args["id"]', 'id_value = request.args["id"]'),
        ('request.headers["X-Id"]', 'x_id = request.headers["X-Id"]'),
        ("request.headers", "headers = dict(request.headers)"),
        ("request.get_json()", "data = request.get_json()"),
        ("request.json[0]", "data = request.json[0]"),
        ("request.stream.read()", "body = request.get_data()"),
        ('request.files["doc"].save(path)', 'doc = request.files["doc"].read()'),
        ('request.files.get("doc").save(path)', 'doc = request.files.get("doc").read()'),
        ('request.files["doc"].filename', 'filename = request.files["doc"].filename'),
        (
            "request.files[key]",
            "files = {name: file.read() for name, file in request.files.items()}",
        ),
        ('session["user_id"]', 'user_id = session["user_id"]'),
        ("request.args[\n    'user'\n]", "user = request.args['user']"),
        ("session", "session_data = dict(session)  # or what else the task needs of it"),
        ("g.tenant", "tenant = g.tenant"),
        ("g.user.id", "user_id = g.user.id"),
        ("g.db.execute(sql)", "db = g.db"),
        ('current_app.config["MAIL"]', 'mail = current_app.config["MAIL"]'),
        ('current_app.logger.info("x")', "logger = current_app.logger"),
        ("current_app.name", "app_name = current_app.name"),
        ("current_app.send(x)", "app = current_app._get_current_object()"),
        ("current_user.id", "user_id = current_user.id"),
        ("current_user", "user_id = current_user.id  # or what else the task needs of it"),
    ],
)
def test_what_is_read_in_the_view(chain: str, line: str) -> None:
    """The view reads just what the task used of the proxy, under a name made from it."""
    assert first_block(case(chain))[0] == line


@pytest.mark.parametrize(
    ("kind", "call", "lines"),
    [
        ("submit", "pool.submit(process_task)", ["pool.submit(process_task, user)"]),
        ("submit", "pool.submit(process_task, 1)", ["pool.submit(process_task, 1, user)"]),
        ("submit", "pool.submit(process_task, *a)", ["pool.submit(process_task, *a, user=user)"]),
        (
            "submit",
            "pool.submit(process_task, n=1, **k)",
            ["pool.submit(process_task, n=1, user=user, **k)"],
        ),
        ("submit", "pool.submit(*work)", []),
        ("submit", "pool.submit((job := f))", ["pool.submit((job := f), user)"]),
        (
            "submit",
            "pool.submit(process_task).add_done_callback(log)",
            ["pool.submit(process_task, user).add_done_callback(log)"],
        ),
        ("map", "pool.map(process_task, xs)", ["pool.map(partial(process_task, user=user), xs)"]),
        ("map", "pool.map(partial(f, 1), xs)", ["pool.map(partial(f, 1, user=user), xs)"]),
        ("map", "pool.map(*work)", []),
        ("map", "pool.map(iterable=xs)", []),
        ("thread", "Thread(target=f).start()", ["Thread(target=f, args=(user,)).start()"]),
        (
            "thread",
            "threading.Thread(target=f, args=(1,))",
            ["threading.Thread(target=f, args=(1, user))"],
        ),
        (
            "thread",
            "Thread(target=f, args=given)",
            ["Thread(target=partial(f, user=user), args=given)"],
        ),
        (
            "thread",
            "Thread(target=f, **options)",
            ["Thread(target=partial(f, user=user), **options)"],
        ),
        ("process", "Process(target=f).start()", ["Process(target=f, args=(user,)).start()"]),
        ("processpool", "pool.apply_async(f)", ["pool.apply_async(f, args=(user,))"]),
        ("processpool", "pool.imap(f, xs)", ["pool.imap(partial(f, user=user), xs)"]),
        ("thread", "t.start()", ["t = threading.Thread(target=..., args=(user,))", "t.start()"]),
        ("thread", "ts[0].start()", ["threading.Thread(target=..., args=(user,)).start()"]),
        ("thread", 'Mailer("x").start()', ['Mailer("x", user).start()']),
        ("thread", "Mailer(to=x).start()", ["Mailer(to=x, user=user).start()"]),
        ("timer", "Timer(5, f).start()", ["Timer(5, f, args=(user,)).start()"]),
        ("timer", "Timer(5, f, [1])", ["Timer(5, f, [1, user])"]),
        ("timer", "t.start()", ["t = threading.Timer(..., ..., args=(user,))", "t.start()"]),
        (
            "callback",
            "future.add_done_callback(f)",
            ["future.add_done_callback(partial(f, user=user))"],
        ),
        ("to_thread", "await asyncio.to_thread(f)", ["await asyncio.to_thread(f, user)"]),
        (
            "run_in_executor",
            "loop.run_in_executor(None, f)",
            ["loop.run_in_executor(None, f, user)"],
        ),
        ("run_in_executor", "loop.run_in_executor(None, *work)", []),
        ("threadpool", "pool.apply_async(f)", ["pool.apply_async(f, args=(user,))"]),
        ("threadpool", "pool.apply(f, (1,))", ["pool.apply(f, (1, user))"]),
        ("threadpool", "pool.map(f, xs)", ["pool.map(partial(f, user=user), xs)"]),
        (
            "submit",
            'pool.submit(lambda: log(request.args["user"]))',
            ["pool.submit(lambda: log(user))"],
        ),
        (
            "thread",
            "Thread(target=lambda: process_task(1)).start()",
            ["Thread(target=lambda: process_task(1, user=user)).start()"],
        ),
        ("eager", "process_task.delay()", ["process_task.delay(user)"]),
        ("eager", "process_task.delay(1, n=2)", ["process_task.delay(1, n=2, user=user)"]),
        ("eager", "process_task.delay(*a)", ["process_task.delay(*a, user=user)"]),
        ("eager", "process_task.s(1).delay()", ["process_task.s(1, user).delay()"]),
        (
            "eager",
            "chain(first.s(), process_task.s(1))()",
            ["chain(first.s(user), process_task.s(1))()"],
        ),
        ("eager", "process_task(1)", ["process_task(1, user)"]),
        (
            "eager",
            "process_task.apply_async(countdown=3)",
            ["process_task.apply_async(countdown=3, args=(user,))"],
        ),
        (
            "eager",
            "process_task.apply_async((1,), countdown=3)",
            ["process_task.apply_async((1, user), countdown=3)"],
        ),
        ("eager", "process_task.apply(args=[1])", ["process_task.apply(args=[1, user])"]),
        ("eager", "process_task.apply(given)", []),
        ("eager", "process_task.apply(**options)", []),
        ("eager", "queue.enqueue(process_task, 1)", ["queue.enqueue(process_task, 1, user)"]),
        (
            "eager",
            "queue.enqueue(process_task, job_timeout=9)",
            ["queue.enqueue(process_task, job_timeout=9, user=user)"],
        ),
        (
            "eager",
            "queue.enqueue(process_task, args=(1,), at_front=True)",
            ["queue.enqueue(process_task, args=(1, user), at_front=True)"],
        ),
        ("eager", "queue.enqueue(f=process_task, args=given)", []),
        ("eager", "worker.work(burst=True)", []),
        ("eager", "", ["process_task.delay(user)"]),
        ("greenlet", "gevent.spawn(process_task, 1)", ["gevent.spawn(process_task, 1, user)"]),
        ("greenlet", "spawn_later(5, process_task)", ["spawn_later(5, process_task, user)"]),
        ("greenlet", "pool.apply_async(f, (1,))", ["pool.apply_async(f, (1, user))"]),
        ("greenlet", "pool.imap(f, xs)", ["pool.imap(partial(f, user=user), xs)"]),
        ("greenlet", "Greenlet(process_task)", ["Greenlet(process_task, user)"]),
        ("greenlet", "job.start()", []),
        ("greenlet", "", ["gevent.spawn(process_task, user)"]),
        ("submit", "enqueue(job)", []),
        ("submit", "", ["executor.submit(process_task, user)"]),
        ("callback", "", ["future.add_done_callback(partial(process_task, user=user))"]),
    ],
)
def test_how_it_is_handed_over(kind: OriginKind, call: str, lines: list[str]) -> None:
    """The user's own hand-over is written again with the value in it, by the mechanism's rules."""
    code = first_block(case(kind=kind, call=call))
    imports = ["from functools import partial"] * any("partial(" in line for line in lines)
    assert code == [*imports, 'user = request.args["user"]', *lines]


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ("t.start()", ["t = Mailer(..., user=user)", "t.start()"]),
        ("", ["Mailer(..., user=user).start()"]),
    ],
)
def test_thread_class_keeps_the_value(call: str, lines: list[str]) -> None:
    """A subclass of Thread takes the value in its constructor."""
    text = hint(case(kind="thread", call=call, function="Mailer.run"))
    assert blocks(text)[0].splitlines()[1:] == lines
    assert "Keep it as `self.user` in `__init__`" in text


def test_lambda_is_called_one() -> None:
    """A lambda has no name to go by, and needs no parameter."""
    call = 'pool.submit(lambda: log(request.args["user"]))'
    text = hint(case(call=call, function="queue_task.<locals>.<lambda>"))
    assert text.startswith("Read the value in `queue_task`, and let the lambda use it:")
    assert text.endswith(
        'The lambda then holds the value itself, in place of `request.args["user"]`.'
    )


def test_comprehension_is_part_of_its_function() -> None:
    """Who hands over in a generator expression wrote that into a function with a name."""
    text = hint(case(handing="make.<locals>.queue_task.<locals>.<genexpr>"))
    assert text.startswith("Read the value in `queue_task` and")


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("{request.args['user']!r:>{width}}", "user = request.args['user']"),
        ("{request.args['user']=}", "user = request.args['user']"),
        ("{request.args['user'] + 1}", "user = request.args['user']"),
        ("{len(request.args['user'])}", "user = request.args['user']"),
        ("{len({)}", "data = request.json  # or what else the task needs of it"),
    ],
)
def test_field_of_a_string(field: str, line: str) -> None:
    """Of a replacement field only what stands on the proxy is read in the view."""
    assert first_block(case(field, proxy="request"))[0] == line


def test_name_that_only_the_task_knows() -> None:
    """The view has no ``incoming``: it reads the same of the proxy."""
    text = hint(case('incoming.args["user"]', proxy="request", root="incoming"))
    assert blocks(text)[0].splitlines()[0] == 'user = request.args["user"]'
    assert text.endswith('in place of `incoming.args["user"]`.')


@pytest.mark.parametrize("root", ["a b", "1"])
def test_root_that_is_no_name(root: str) -> None:
    """Where the source's name of the proxy cannot be used, its own is looked for."""
    assert first_block(case("request.json", root=root))[0] == "data = request.json"


@pytest.mark.parametrize("call", ["", "pool.submit(process_task)"])
def test_source_that_is_gone(call: str) -> None:
    """Without a source there is still the likeliest value to pass."""
    lines = first_block(case("", proxy="request", root="", call=call))
    assert lines[0] == "data = request.json  # or what else the task needs of it"
    assert lines[1].endswith(".submit(process_task, data)")


def test_name_is_not_used_twice() -> None:
    """The value is not called like anything that the hand-over uses, nor like a keyword."""
    assert first_block(case('request.args["pool"]'))[0].startswith("pool_value = ")
    assert first_block(case('request.args["process_task"]'))[0].startswith("process_task_value = ")
    assert first_block(case('request.args["class"]'))[0].startswith("class_value = ")
    assert first_block(case('request.args["2fa"]'))[0].startswith("value_2fa = ")


def test_task_names_are_kept_apart() -> None:
    """Where a helper of the task uses the proxy, the task passes the value on."""
    text = hint(case(call="pool.submit(run_all)"))
    assert "Let `run_all` pass `user` on to `process_task`" in text


@pytest.mark.parametrize(
    ("chain", "operation", "line"),
    [
        ('session["seen"]', "__setitem__", 'session["seen"] = ...'),
        ('session["seen"]', "__delitem__", 'del session["seen"]'),
        ('session.pop("seen", None)', "__getattr__", 'session.pop("seen", None)'),
        ("g.count", "__setattr__", "g.count = ..."),
        ('current_app.config["DEBUG"]', "__getattr__", 'app.config["DEBUG"] = ...'),
    ],
)
def test_writes_stay_in_the_view(chain: str, operation: str, line: str) -> None:
    """What a task writes reaches nobody: it is written before the hand-over, or elsewhere."""
    writes = not chain.endswith(")")
    code = first_block(case(chain, operation=operation, writes=writes))
    assert code == [line]


def test_session_write_tells_why() -> None:
    """A session written in a task misses the response."""
    assert "cookie, which a task cannot reach" in hint(case('session["seen"]', writes=True))


@pytest.mark.parametrize("root", ["db.session", ""])
def test_database_gets_a_context_of_its_own(root: str) -> None:
    """A database session belongs to an application context: the task pushes its own."""
    text = hint(case("db.session.add(user)", proxy="app_ctx", root=root))
    assert blocks(text) == [
        "app = current_app._get_current_object()\npool.submit(process_task, app)",
        "with app.app_context():\n    db.session.add(user)",
    ]
    assert "Pass ids, not model objects" in text


def test_a_queues_task_makes_a_context() -> None:
    """An application cannot go through a queue: the task has one, and pushes its context."""
    text = hint(case("db.session.add(user)", proxy="app_ctx", root="db.session", kind="eager"))
    assert text.splitlines() == [
        "Let `process_task` push an application context of its own:",
        "    with app.app_context():",
        "        db.session.add(user)",
        "Or let the class of all tasks do so, in its `__call__`.",
        "Pass ids, not model objects: those belong to the session of the request.",
    ]


@pytest.mark.parametrize(
    ("kind", "luck"), [("callback", True), ("eager", False), ("submit", False)]
)
def test_only_a_callback_is_lucky(kind: OriginKind, luck: bool) -> None:
    """What runs at once because the suite says so is told by its message."""
    assert ("only by luck" in hint(case(kind=kind, inline=True))) is luck


def test_a_library_hands_over_by_itself() -> None:
    """A scheduler's line is not the user's to change, and serves no request."""
    changes = {"by_library": True, "in_request": False, "call": "self._pool.submit(run_job, job)"}
    assert hint(case('current_app.config["N"]', **changes)).splitlines() == [
        "Let `process_task` push an application context of its own:",
        "    with app.app_context():",
        '        current_app.config["N"]',
    ]
    assert hint(case(**changes)).splitlines() == [
        "A library runs `process_task`, when no request is there. Give it the value as an",
        "argument, where you tell the library of it.",
    ]


@pytest.mark.parametrize(
    ("call", "spelt"),
    [("pool.submit(lib.process_task, 1)", "lib.process_task"), ("pool.submit(f)", "process_task")],
)
def test_a_librarys_function_is_not_to_be_changed(call: str, spelt: str) -> None:
    """It is called where it finds what it reads."""
    changes = {"call": call, "of_library": True}
    assert hint(case(**changes)).splitlines() == [
        "A library uses it, in `process_task`. Call that in `queue_task`, and hand over what it returns:",
        f"    result = {spelt}(...)",
    ]
    assert hint(case("current_app.url_map", **changes)).splitlines() == [
        "A library uses it, in `process_task`. Let the task push a context of its own around that:",
        "    def in_context(app, *args):",
        "        with app.app_context():",
        f"            return {spelt}(*args)",
        "Hand that over in `queue_task`, with the application itself:",
        "    app = current_app._get_current_object()",
    ]
    assert hint(case(**changes, elsewhere=True)) == hint(case(call=call, elsewhere=True))


def test_a_librarys_code_without_a_name_is_called_all_the_same() -> None:
    """There is nothing to paste but the call."""
    text = hint(case(of_library=True, call="pool.submit(", function="f.<locals>.<lambda>"))
    assert blocks(text) == ["result = ...(...)"]


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("thread", "service.start()"),
        ("thread", "lib.Service(process_task).start()"),
        ("submit", "lib.spawn(process_task)"),
    ],
)
def test_what_a_library_starts_is_given_to_it_with_the_value(kind: OriginKind, call: str) -> None:
    """Its `start` is that of no thread."""
    given = case(kind=kind, call=call, through_library=True)
    *code, words = hint(given).splitlines()
    assert code == [
        "Read the value in `queue_task` and pass it to `process_task`:",
        '    user = request.args["user"]',
    ]
    assert words == (
        "Give the library `partial(process_task, user=user)` for `process_task`, and use it there in "
        'place of `request.args["user"]`.'
    )
    unnamed = hint(given._replace(function="f.<locals>.<lambda>"))
    assert f"Hand `user` over with `{call}`" in unnamed


def test_an_app_is_not_sent_to_another_process() -> None:
    """It cannot be pickled: the process makes or imports its own."""
    text = hint(case("current_app.url_map", elsewhere=True))
    assert text.startswith("An application cannot be pickled. Make or import it in `process_task`")
    assert blocks(text) == ["with app.app_context():\n    current_app.url_map"]


def test_app_that_is_handed_over_already() -> None:
    """A task that has the application is not given it again."""
    text = hint(case("current_app", call="pool.submit(process_task, app)"))
    assert blocks(text) == ["with app.app_context():\n    ..."]


@pytest.mark.parametrize(
    ("chain", "changes", "lines"),
    [
        (
            "where.app_context()",
            {"proxy": "current_app", "call": "Thread(target=process_task, args=(current_app, 1))"},
            [
                "app = current_app._get_current_object()",
                "Thread(target=process_task, args=(app, 1))",
            ],
        ),
        (
            "where.path",
            {"proxy": "request", "call": "pool.submit(process_task, request, a=1)"},
            ["path = request.path", "pool.submit(process_task, path, a=1)"],
        ),
        # Another function than the one handed over uses it: that is to take the value besides.
        (
            "where.path",
            {"proxy": "request", "call": "pool.submit(outer, request)"},
            ["path = request.path", "pool.submit(outer, request, path)"],
        ),
        # Not seen in the call.
        (
            "where.path",
            {"proxy": "request", "call": "pool.submit(process_task, *things)"},
            ["path = request.path", "pool.submit(process_task, *things, path=path)"],
        ),
    ],
)
def test_a_proxy_that_is_handed_over_makes_room_for_the_value(
    chain: str, changes: dict[str, Any], lines: list[str]
) -> None:
    """The task got it as an argument, and it stands for nothing there."""
    assert first_block(case(chain, root="where", **changes)) == lines


def test_a_push_is_not_told_to_push() -> None:
    """The statement under the new context is not the one that makes a context."""
    text = hint(case("app.app_context()", proxy="current_app", root="app", call="t.start()"))
    assert blocks(text)[-1] == "with app.app_context():\n    ..."


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ('url_for("index")', 'url = url_for("index")'),
        ("after_this_request(close)", "after_this_request(close)"),
        ("copy_current_request_context(work)", "data = request.json"),
        ("stream_with_context(rows())", "response = Response(stream_with_context(rows()))"),
    ],
)
def test_functions_of_flask(function: str, told: str) -> None:
    """A function of Flask that needs a context is called where there is one."""
    name = function.partition("(")[0]
    text = hint(case(function, proxy=name, root=name, operation="call"))
    assert blocks(text)[0].startswith(told)


def test_function_whose_call_is_not_seen() -> None:
    """Where the source does not show the call, the task gets a context to call it in."""
    text = hint(case("", proxy="url_for", root="", operation="call"))
    assert blocks(text)[-1] == "with app.app_context():\n    ..."


@pytest.mark.parametrize("root", ["", "render_template"])
@pytest.mark.parametrize(
    ("proxy", "function", "told"),
    [
        ("current_app", 'render_template("m.txt")', 'text = render_template("m.txt")'),
        ("session", 'flash("done")', 'flash("done")'),
        ("current_app", "jsonify(x=1)", "return jsonify(x=1)"),
        ("g", "get_jwt_identity()", "jwt_identity = get_jwt_identity()"),
    ],
)
def test_functions_that_read_a_proxy(proxy: str, function: str, told: str, root: str) -> None:
    """What a function read on the way is less use to the reader than the function itself."""
    text = hint(case(function, proxy=proxy, root=root and function.partition("(")[0]))
    assert blocks(text)[0].startswith(told)


def test_copied_context_is_never_the_advice() -> None:
    """The copy is named only to those who used it already, and with what is wrong with it."""
    assert "copy" not in hint(STORY)
    copied = hint(case("copy_current_request_context(f)", operation="call"))
    assert "empty `g`" in copied


def test_current_user_asked_by_getattr() -> None:
    """``getattr`` with a default is an attribute like any other."""
    asked = 'getattr(current_user, "id", None)'
    line = first_block(case(asked, proxy="current_user", root="getattr", extension=True))[0]
    assert line == f"user_id = {asked}"


@pytest.mark.parametrize("proxy", ["request", "current_app"])
def test_guard_may_be_meant(proxy: str) -> None:
    """Besides the value, a guard has a plain question as its repair."""
    text = hint(case(proxy, caught_at_guard=True, operation="__bool__"))
    asks = "has_request_context" if proxy == "request" else "has_app_context"
    assert blocks(text)[-1] == f"from flask import {asks}\nif {asks}():\n    ..."
    assert "the thread decides the branch" in text


def test_worker_without_a_task_gets_the_value_by_its_queue() -> None:
    """Where nobody is known to have handed over, the value goes with the queue's item."""
    text = hint(case(kind=None, call="", handing="", in_request=False, function="worker"))
    assert blocks(text) == [
        'user = request.args["user"]\nqueue.put((item, user))',
        "item, user = queue.get()",
    ]


def test_worker_without_a_task_gets_the_app_at_its_start() -> None:
    """An application goes with no item of a queue: the thread has it from the beginning."""
    text = hint(case("current_app", kind=None, call="", handing="", function="worker"))
    assert text.startswith("Push an application context in `worker`; give its thread the app at")


def test_outside_a_request_there_is_nothing_to_read() -> None:
    """A task that no request handed over is not told to read a request there."""
    text = hint(case(in_request=False, handing="<module>"))
    assert "the module's top level handed it over outside any request" in text
    assert "request.args" not in blocks(text)[0]


def test_nested_task_is_given_the_value_from_the_view() -> None:
    """A task that hands over has no context itself: the value comes from further up."""
    text = hint(case(nested=True, handing="first"))
    assert text.startswith("Read the value in the view, pass it to `first` and on to")
    assert blocks(text) == ["pool.submit(process_task, user)"]


def test_luck_is_said() -> None:
    """A callback that ran at once worked by luck."""
    text = hint(case(kind="callback", call="f.add_done_callback(process_task)", inline=True))
    assert text.endswith("the future was done already, so the callback ran at once.")


def test_hint_is_short_and_begins_with_what_to_do() -> None:
    """A hint has a handful of lines; the first is a sentence, and leads to the code."""
    lines = hint(STORY).split("\n")
    assert 2 <= len(lines) <= 10
    assert lines[0][0].isupper()
    assert lines[0].endswith(":")


CHAINS = st.sampled_from(
    [
        'request.args["user"]',
        "{incoming}",
        "{incoming!r:>{width}}",
        "{request.args['x']=}",
        "str(incoming)",
        "request",
        'request.files.get("a")',
        "session[key]",
        'session["\x1b[31m"]',
        "g.db.execute(sql)",
        "x.y = request.z",
        'current_app.config["A\\d"]',
        "db.session.add(user)",
        'url_for("index", **values)',
        "getattr(current_user, 'id', None)",
        "flask.render_template('x')",
        "request.args[\n 'a'\n]",
        "(yield request.x)",
        "",
        "\0",
    ]
)
CALLS = st.sampled_from(
    [
        "pool.submit(process_task)",
        "pool.submit(*work)",
        "pool.submit()",
        "pool.submit(work, (x for x in y))",
        "pool.submit((a := work), *b, **c)",
        "pool.submit(lambda: request.args['user'])",
        "pool.submit(lambda user: [process_task(u) for u in user], 1)",
        "pool.map(partial(work, **k), xs)",
        "pool.map(fn=work, iterable=xs)",
        "Thread(None, work)",
        "Thread(target=self.work, args=[*a]).start()",
        "Thread(**options).start()",
        "Mailer(*a, **k).start()",
        "self.threads[0].start()",
        "t.start()",
        "Timer(5, work, args=())",
        "pool.apply_async(work, (a), {})",
        "pool.starmap(lambda a, b: a, xs)",
        "asyncio.to_thread(work, f'{x}')",
        "[pool.submit(w) for w in work]",
        "loop.run_in_executor(None)",
        "future.add_done_callback(functools.partial(f))",
        "f = pool.submit(process_task)",
        'pool.submit(process_task, "ä", work)',
        "pool.submit(\n  process_task,\n)",
        "pool.submit(process_task",
        "pool.submit(copy_context().run, work, 1)",
        "pool.submit(ctx.run, *a, **k)",
        "pool.submit(lambda *a: ctx.run(work, *a))",
        "Thread(target=ctx.run, args=(*a,)).start()",
        "Thread(target=ctx.run, args=[], context=c).start()",
        "Thread(None, ctx.run, args=(work, *a), **k).start()",
        "Timer(5, ctx.run, [work, *a], {})",
        "pool.apply_async(ctx.run, ())",
        "",
    ]
)
PROXIES = ["request", "session", "g", "current_app", "app_ctx", "request_ctx", "current_user"]
FUNCTIONS = ["url_for", "after_this_request", "copy_current_request_context", "stream_with_context"]
NAMES = st.sampled_from(
    [
        "",
        "work",
        "make.<locals>.work",
        "Mailer.run",
        "view.<locals>.<lambda>",
        "<module>",
        "<lambda>",
    ]
) | st.text(max_size=6)
CASES = st.builds(
    Case,
    proxy=st.sampled_from([*PROXIES, *FUNCTIONS, "identity"]),
    extension=st.booleans(),
    operation=st.sampled_from(
        ["__getattr__", "__setitem__", "__delattr__", "__bool__", "call", "body", "file"]
    ),
    expression=CHAINS,
    chain=CHAINS | st.text(max_size=10),
    root=st.sampled_from(
        ["", "request", "flask.request", "incoming", "db.session", "self.req", "getattr", "a b"]
    ),
    writes=st.booleans(),
    function=NAMES,
    kind=st.none() | st.sampled_from(get_args(OriginKind)),
    call=CALLS | st.text(max_size=10),
    handing=NAMES,
    in_request=st.booleans(),
    inline=st.booleans(),
    caught_at_guard=st.booleans(),
    nested=st.booleans(),
    bound=st.sampled_from(get_args(Bound)),
    inherited=st.booleans(),
)


@given(CASES)
def test_code_always_parses(any_case: Case) -> None:
    """Whatever the sources look like, what is to be pasted is Python; no warning is made of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = hint(any_case)
        warnings.simplefilter("ignore")
        for block in blocks(text):
            ast.parse(block)


@pytest.mark.filterwarnings("error")
@given(CASES)
def test_hint_can_be_printed(any_case: Case) -> None:
    """No control character of the user's sources reaches the terminal, and no line is empty."""
    for line in hint(any_case).split("\n"):
        assert line.isprintable()
        assert line.strip()


VALUE = 'user = request.args["user"]'


@pytest.mark.parametrize(
    ("kind", "call", "rewritten"),
    [
        (
            "submit",
            "pool.submit(copy_context().run, process_task)",
            "pool.submit(process_task, user)",
        ),
        (
            "submit",
            'pool.submit(contextvars.copy_context().run, process_task, "a", *rest)',
            'pool.submit(process_task, "a", *rest, user=user)',
        ),
        ("submit", "pool.submit(ctx.run, work, 1)", "pool.submit(work, 1, user)"),
        ("submit", "pool.submit(kept[0].run, process_task)", "pool.submit(process_task, user)"),
        ("submit", "pool.submit(job.run, item)", "pool.submit(job.run, item, user)"),
        ("submit", "pool.submit(ctx.run, *work)", "pool.submit(ctx.run, *work, user=user)"),
        (
            "submit",
            "pool.submit(lambda: ctx.run(process_task, 1))",
            "pool.submit(lambda: process_task(1, user=user))",
        ),
        (
            "run_in_executor",
            "loop.run_in_executor(None, copy_context().run, process_task, 1)",
            "loop.run_in_executor(None, process_task, 1, user)",
        ),
        (
            "thread",
            "Thread(target=ctx.run, args=(process_task, 1), name='x').start()",
            "Thread(target=process_task, name='x', args=(1, user)).start()",
        ),
        (
            "thread",
            "Thread(target=copy_context().run, args=(process_task,))",
            "Thread(target=process_task, args=(user,))",
        ),
        (
            "thread",
            "Thread(target=process_task, context=copy_context())",
            "Thread(target=process_task, args=(user,))",
        ),
        ("timer", "Timer(5, ctx.run, [process_task, 1])", "Timer(5, process_task, [1, user])"),
        (
            "timer",
            "Timer(5, copy_context().run, args=[process_task, 1])",
            "Timer(5, process_task, args=[1, user])",
        ),
        (
            "threadpool",
            "pool.apply_async(copy_context().run, (process_task,))",
            "pool.apply_async(process_task, args=(user,))",
        ),
        (
            "threadpool",
            "pool.apply_async(func=ctx.run, args=(process_task, 1))",
            "pool.apply_async(func=process_task, args=(1, user))",
        ),
        ("thread", "Thread(target=f, args=(1,))", "Thread(target=f, args=(1, user))"),
        (
            "threadpool",
            "pool.apply_async(ctx.run, ())",
            "pool.apply_async(ctx.run, (user,))",
        ),
        (
            "callback",
            "future.add_done_callback(partial(copy_context().run, process_task))",
            "future.add_done_callback(partial(process_task, user=user))",
        ),
        (
            "map",
            "pool.map(partial(ctx.run, process_task), xs)",
            "pool.map(partial(process_task, user=user), xs)",
        ),
    ],
)
def test_a_hand_over_loses_the_context_that_it_carried(
    kind: OriginKind, call: str, rewritten: str
) -> None:
    """What is shown passes the value, in the user's own spelling, and nothing else along."""
    lines = first_block(case(kind=kind, call=call, bound="over"))
    assert lines[-2:] == [VALUE, rewritten]


def test_where_no_context_was_bound_nothing_is_taken_out() -> None:
    """``copy_context().run`` carries other variables, too, where no request is among them."""
    call = "pool.submit(copy_context().run, process_task)"
    assert first_block(case(call=call))[-1] == (
        "pool.submit(copy_context().run, process_task, user)"
    )


def test_a_context_that_came_by_no_call_is_left_where_it_is() -> None:
    """Kept, put on a queue or given to a loop: the value goes the same way in its place."""
    found = case(kind=None, call="", handing="", in_request=False, bound="over")
    assert hint(found) == textwrap.dedent("""\
        Read the value while the request is served, and hand that on, not the context:
            user = request.args["user"]
        Let `process_task` take `user`, and use it in place of `request.args["user"]`.""")


def test_an_app_that_came_by_no_call() -> None:
    """The application itself goes the same way."""
    found = case("current_app.send(1)", kind=None, call="", in_request=False, bound="over")
    assert hint(found) == textwrap.dedent("""\
        Hand the application on, not the context, and push one of its own in `process_task`:
            with app.app_context():
                current_app.send(1)""")


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("submit", "with `.result()`"),
        ("thread", "with `.join()`"),
        ("timer", "with `.join()`"),
        ("threadpool", "with `.get()`"),
        ("to_thread", "with `await`"),
        ("run_in_executor", "with `await`"),
    ],
)
def test_a_lent_context_may_be_waited_for(kind: OriginKind, way: str) -> None:
    """Where the hand-over gives something to wait for."""
    found = hint(case(kind=kind, call="", bound="lent"))
    assert found.splitlines()[-1] == f"Or wait for the task in `queue_task`, {way}."
    assert "Or wait" not in hint(case(kind=kind, call="", bound="over"))


@pytest.mark.parametrize("changes", [{"kind": "callback"}, {"kind": None, "handing": ""}])
def test_what_nobody_can_wait_for_is_not_to_be_waited_for(changes: dict[str, Any]) -> None:
    """A callback, and a task of which nothing is known."""
    assert "Or wait" not in hint(case(call="", bound="lent", **changes))


def test_a_body_may_be_read_before() -> None:
    """The copied context is right for the rest of the request."""
    found = hint(case("request.get_json()", operation="body", bound="over"))
    assert found.splitlines()[-1] == (
        "Or read it there once, before the hand-over: what was read stays with the request."
    )
    outside = case("request.get_json()", operation="body", bound="over", in_request=False)
    assert "Or read it" not in hint(outside)


def test_a_file_is_read_in_the_view_by_whatever_name() -> None:
    """The task was given the file itself, or asks the request for it."""
    given = case("picture.read", proxy="request", root="picture", operation="file", bound="over")
    assert first_block(given) == [
        "picture_content = picture.read()",
        "pool.submit(process_task, picture_content)",
    ]
    assert "in place of `picture`." in hint(given)
    asked = case('request.files["doc"].save(path)', operation="file", bound="over")
    assert first_block(asked)[0] == 'doc = request.files["doc"].read()'


@pytest.mark.parametrize(("elsewhere", "what"), [(False, "thread"), (True, "process")])
def test_what_lasts_may_be_started_before(elsewhere: bool, what: str) -> None:
    """Where the context came with the thread, or with the process."""
    found = hint(case(bound="foreign", inherited=True, elsewhere=elsewhere))
    assert found.splitlines()[-1] == (
        f"A {what} keeps the context of the request that starts it: start what lasts before any "
        "request."
    )


def test_a_copy_of_a_dead_context_has_nothing_to_copy() -> None:
    """The same advice as where there is none, in other words."""
    found = case("copy_current_request_context(work)", operation="call", root="")
    found = found._replace(proxy="copy_current_request_context")
    assert "There is no context to copy in a task." in hint(found)
    assert "What a task copies is over, or another thread's." in hint(found._replace(bound="over"))


def test_luck_is_not_told_of_a_context_that_was_carried() -> None:
    """It would have been there in another thread, too."""
    assert "by luck" in hint(case(inline=True, kind="callback"))
    assert "by luck" not in hint(case(inline=True, bound="over"))
