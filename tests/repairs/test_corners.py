"""Corners: rare forms of calls, names that are taken, results that would be no programs."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import repair

HEADS = HEAD + "from functools import partial\nfrom threading import Thread, Timer\n"
HEADS += "from contextvars import copy_context\nfrom flask import copy_current_request_context\n"
PATH = "def work({}):\n    print(request.path)\n"
UNNAMED = "the use stands deeper in the task, in `work`, which `{}` does not name"
NO_CALL = "`{}` is no call of which it is known how it names the function that it hands over"

LEFT = {
    "pool.submit(*app.a)": ("submit", NO_CALL),
    "pool.submit(fn=work)": ("submit", NO_CALL),
    "pool.map(*app.a)": ("map", NO_CALL),
    "pool.apply(func=work)": ("threadpool", NO_CALL),
    "pool.run(work)": ("threadpool", NO_CALL),
    "pool.map(func=work, callback=print)": ("threadpool", UNNAMED),
    "pool.submit(lambda: app.a)": ("submit", UNNAMED),
    "pool.submit(partial(*app.a))": ("submit", UNNAMED),
    "pool.submit(copy_context().run)": ("submit", NO_CALL),
    "pool.submit(copy_context().run, *app.a)": ("submit", NO_CALL),
    "pool.map(copy_context().run, [work])": ("map", NO_CALL),
    "pool.apply(copy_context().run, app.a)": ("threadpool", NO_CALL),
    "pool.apply(copy_context().run, ())": ("threadpool", NO_CALL),
    "pool.apply(copy_context().run, (*app.a,))": ("threadpool", NO_CALL),
    "pool.apply(copy_context().run, (copy_context().run, work))": ("threadpool", NO_CALL),
    "pool.submit(copy_current_request_context(work, 1))": ("submit", NO_CALL),
    "Thread(None).start()": ("thread", NO_CALL.replace("{}", "Thread(None)")),
    "Thread(target=work)": ("thread", NO_CALL),
    "app.view": ("submit", NO_CALL),
    "threads[0].start()": (
        "thread",
        "where `threads[0]` was made is not to be seen beside its start",
    ),
}


@pytest.mark.parametrize("call", LEFT)
def test_a_call_that_does_not_name_the_task_is_left_alone(call: str, tmp_path: Path) -> None:
    """Whatever else it may be that runs it."""
    kind, reason = LEFT[call]
    write(tmp_path, {"app.py": app(PATH.format(""), f"def view():\n    {call}\n", HEADS)})
    finding = leak(tmp_path, "request.path", call, kind)
    assert repair(finding, tmp_path) == (None, reason.format(call))


BEFORE_START = {
    "t = Thread(target=work)\n    app.threads.append(t)\n    t.start()": True,
    "t = Thread(target=work)\n    t.name = 'a'\n    t.start()": True,
    "t: Thread = Thread(target=work)\n    t.start()": True,
    "app.a.append(Thread(target=work))\n    app.a[-1].start()": True,
    "t = Thread(target=work)\n    app.threads.append(app)\n    t.start()": False,
    "t = Thread(target=work)\n    load().append(t)\n    t.start()": False,
    "t = Thread(target=work)\n    app.a = 1\n    t.start()": False,
    "t = Thread(target=work)\n    app.name = app\n    t.start()": False,
    "t = Thread(target=work)\n    load().a.append(t)\n    t.start()": False,
}


@pytest.mark.parametrize("lines", BEFORE_START)
def test_between_making_and_start_nothing_may_happen(lines: str, tmp_path: Path) -> None:
    """But that the thread is kept, or given a name."""
    write(tmp_path, {"app.py": app(PATH.format(""), f"def view():\n    {lines}\n", HEADS)})
    call = lines.rpartition("    ")[2]
    answer = repair(leak(tmp_path, "request.path", call, "thread"), tmp_path)
    assert (answer.patch is not None) == BEFORE_START[lines]


STATEMENTS = {
    "for _ in pool.map(work, []):\n        pass": True,
    "for _ in []:\n        pool.map(work, [])": True,
    "with pool.map(work, []):\n        pass": True,
    "with app, pool.map(work, []):\n        pass": False,
    "if app.a:\n        pass\n    elif pool.map(work, []):\n        pass": False,
    "for _ in []: pool.map(work, [])": False,
    "print(app.a or pool.map(work, []))": True,
    "print(pool.map(work, []) if app.a else 1)": True,
    "print(1 if pool.map(work, []) else 2)": True,
    "print([*pool.map(work, []), {1: pool for _ in []}])": True,
}


@pytest.mark.parametrize("lines", STATEMENTS)
def test_the_value_is_read_before_the_statement_that_hands_over(lines: str, tmp_path: Path) -> None:
    """Where that is evaluated first, and by itself."""
    text = app(PATH.format(""), f"def view():\n    {lines}\n", HEADS)
    write(tmp_path, {"app.py": text})
    answer = repair(leak(tmp_path, "request.path", "pool.map(work, [])", "map"), tmp_path)
    assert (answer.patch is not None) == STATEMENTS[lines]


FORMS = {
    "pool.submit(\n        work,)": "pool.submit(\n        work,\n        path,)",
    "pool.submit(\n        work)": "pool.submit(\n        work, path)",
    "pool.submit(\n        work\n    )": "pool.submit(\n        work, path\n    )",
    "pool.submit(work,  # one\n        )": "pool.submit(work,  # one\n        path)",
    "pool.submit(work,)": "pool.submit(work, path)",
    'Thread(target=copy_current_request_context(work), name="a").start()': (
        'Thread(target=work, name="a", args=(path,)).start()'
    ),
    "Thread(\n        target=work,\n        daemon=True,\n    ).start()": (
        "Thread(\n        target=work,\n        args=(path,),\n        daemon=True,\n    ).start()"
    ),
}


@pytest.mark.parametrize("call", FORMS)
def test_a_call_is_written_on_as_it_is_written(call: str, tmp_path: Path) -> None:
    """On one line or on many, with a comma at the end or without."""
    write(tmp_path, {"app.py": app(PATH.format(""), f"def view():\n    {call}\n", HEADS)})
    kind = "thread" if call.startswith("Thread") else "submit"
    patch, reason = repair(leak(tmp_path, "request.path", call, kind), tmp_path)
    assert not reason
    after = apply(tmp_path, patch or "")["app.py"]
    assert f"    path = request.path\n    {FORMS[call]}\n" in after


SPLATS = {
    'Thread(target=work, kwargs={"a": 1}).start()': True,
    "Thread(target=work, kwargs={**app.a}).start()": False,
    "Thread(target=work, kwargs=dict(a=1)).start()": True,
    "Thread(target=work, kwargs=dict(**app.a)).start()": False,
}


@pytest.mark.parametrize("call", SPLATS)
def test_keywords_that_are_not_written_out_may_bring_the_name_along(
    call: str, tmp_path: Path
) -> None:
    """Where the task takes any keyword."""
    write(tmp_path, {"app.py": app(PATH.format("**k"), f"def view():\n    {call}\n", HEADS)})
    reason = "`work` takes any keyword, and `**` may bring the name of the value along"
    answer = repair(leak(tmp_path, "request.path", call, "thread"), tmp_path)
    assert answer.reason == ("" if SPLATS[call] else reason)


def test_a_proxy_is_spelt_as_it_is_where_it_is_read(tmp_path: Path) -> None:
    """Another name for it in the task's module means nothing in the view's."""
    tasks = "import flask as f\n\n\ndef work():\n    print(f.request.path)\n"
    views = "from flask import request\nfrom tasks import work\n\n\ndef view():\n    pool.submit(work)\n"
    write(tmp_path, {"tasks.py": tasks, "views.py": views})
    finding = leak(tmp_path, "f.request.path", file="tasks.py", home="views.py")
    after = apply(tmp_path, repair(finding, tmp_path).patch or "")["views.py"]
    expected = "    path = request.path\n    pool.submit(work, path)\n"
    assert after == views.replace("    pool.submit(work)\n", expected)


def test_names_that_are_taken_are_not_used(tmp_path: Path) -> None:
    """The task's and the view's names are chosen apart, each free where it is."""
    task = 'def work(to):\n    request_to = 1\n    print(to, request_to, request.args["to"])\n'
    view = "def view(to, request_to):\n    pool.submit(work, 1)\n    return lambda path: path\n"
    write(tmp_path, {"app.py": app(task, view)})
    patch, _ = repair(leak(tmp_path, call="pool.submit(work, 1)"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert "def work(to, request_to_value):\n" in after
    assert '    request_to_value = request.args["to"]\n' in after
    assert "    pool.submit(work, 1, request_to_value)\n" in after


def test_a_global_that_the_view_uses_is_not_hidden(tmp_path: Path) -> None:
    """Nor one that a function within it uses."""
    for line in ("print(to, lambda: 1)", "print(lambda: to)", "import to"):
        view = f"def view():\n    {line}\n    pool.submit(work)\n"
        write(tmp_path, {"app.py": app(view=view, head=HEAD + "to = 1\n")})
        patch, _ = repair(leak(tmp_path), tmp_path)
        assert '    request_to = request.args["to"]\n' in apply(tmp_path, patch or "")["app.py"]


def test_the_application_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Where the task speaks of another application already."""
    task = "def work():\n    with current_app.app_context():\n        print(app)\n"
    write(tmp_path, {"app.py": app(task)})
    patch, _ = repair(leak(tmp_path, "current_app.app_context"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert "    app = current_app._get_current_object()\n    pool.submit(work, app)\n" in after
    assert "def work(flask_app):\n" in after


KEPT = {
    'to = request.args["to"]': "def work(to_value):\n    to = to_value\n",
    'to = request.args["to"]\n    to = 1\n    print(to)': "def work(to_value):\n",
    'to = request.args["to"]; print(to)\n    print(1)': "def work(to_value):\n    to = to_value; print(to)\n",
    'to = other = request.args["to"]\n    print(to)': "def work(to_value):\n",
    'global to\n    to = request.args["to"]\n    print(to)': "def work(to_value):\n",
    'to = request.args["to"]\n    print([to for to in "a"])': "def work(to_value):\n",
    'if (to := request.args["to"]):\n        print(to)': "def work(to_value):\n    if (to := to_value):\n",
    'to = int(request.args["to"])\n    print(to)': "def work(to_value):\n    to = int(to_value)\n",
}  # fmt: skip


@pytest.mark.parametrize("lines", KEPT)
def test_an_assignment_stays_where_its_name_is_used_for_more(lines: str, tmp_path: Path) -> None:
    """A parameter takes its place only where it would hold just that from first to last."""
    write(tmp_path, {"app.py": app(f"def work():\n    {lines}\n")})
    patch, reason = repair(leak(tmp_path), tmp_path)
    assert not reason
    after = apply(tmp_path, patch or "")["app.py"].replace("request_to", "to_value")
    assert KEPT[lines] in after


def test_assignments_that_are_not_needed_go_with_their_comments_kept(tmp_path: Path) -> None:
    """One after the other."""
    lines = '    to = request.args["to"]  # whom\n    # how\n    path = request.path\n    print(to, path)\n'
    write(tmp_path, {"app.py": app("def work():\n" + lines)})
    patch, _ = repair(leak(tmp_path), tmp_path)
    expected = "def work(to, path):\n    # whom\n    # how\n    print(to, path)\n"
    assert expected in apply(tmp_path, patch or "")["app.py"]


def test_a_task_in_one_line_is_repaired(tmp_path: Path) -> None:
    """Its assignment has no line of its own that could go."""
    write(tmp_path, {"app.py": app("def work(): path = request.path; print(path)\n")})
    patch, _ = repair(leak(tmp_path, "request.path"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert "def work(request_path): path = request_path; print(path)\n" in after


def test_one_read_that_is_certain_is_enough(tmp_path: Path) -> None:
    """The others read the same."""
    lines = '    print(request.args["to"])\n    if app.a:\n        print(request.args["to"])\n'
    write(tmp_path, {"app.py": app("def work():\n" + lines)})
    assert repair(leak(tmp_path), tmp_path).patch


TYPED = {
    'def work(a: int) -> None:\n    print(request.args["to"], a)\n': "to: str",
    'def work() -> None:\n    print(request.args.get("to", "a"))\n': "to: str",
    "def work() -> None:\n    print(request.method)\n": "method: str",
    "def work() -> None:\n    print(request.host)\n": "host: str",
    'def work() -> None:\n    print(request.args.get("to"))\n': "to)",
    'def work() -> None:\n    print(request.args.get("to", None))\n': "to)",
    "def work() -> None:\n    print(request.get_data())\n": "body)",
    "def work() -> None:\n    print(request.remote_addr)\n": "remote_addr)",
    'def work() -> None:\n    print(session["to"])\n': "to)",
    'def work(a):\n    print(request.args["to"], a)\n': "to)",
    'def work(a, *, b: int):\n    print(request.args["to"], a, b)\n': "to)",
}


@pytest.mark.parametrize("task", TYPED)
def test_a_parameter_is_typed_where_all_are_and_the_type_is_certain(
    task: str, tmp_path: Path
) -> None:
    """A guess would be worse than none."""
    write(tmp_path, {"app.py": app(task, "def view():\n    pool.submit(work, **app.a)\n")})
    use = next(each for each in ("request.", 'session["to"]') if each in task)
    use = (
        task[task.index(use) :]
        .split(",", maxsplit=1)[0]
        .split("(", maxsplit=1)[0]
        .split(")", maxsplit=1)[0]
        .split("[", maxsplit=1)[0]
    )
    use = 'session["to"]' if use == "session" else use
    patch, reason = repair(leak(tmp_path, use, "pool.submit(work, **app.a)"), tmp_path)
    assert not reason
    assert f"{TYPED[task]}" in (patch or "").partition("+def work(")[2].partition("\n")[0]


def test_a_result_that_is_no_program_is_not_proposed(tmp_path: Path) -> None:
    """A name needs the blank that a bracket did not."""
    for line in ('print(request.args["to"]if app.a else 1)', "print(request.path in app)"):
        write(tmp_path, {"app.py": app(f"def work():\n    {line}\n    print(request.args)\n")})
        assert (repair(leak(tmp_path), tmp_path).patch is None) == ("if" in line)
    write(tmp_path, {"app.py": app("def work():\n    print(request.args.get('to')in app.a)\n")})
    assert repair(leak(tmp_path), tmp_path) == (None, "the result would not compile")


def test_a_result_in_which_a_name_is_lost_is_not_proposed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Should an import ever be forgotten, nothing comes of it."""
    monkeypatch.setattr("pytest_flaskctx.repairs.editing.with_import", lambda tree, *_: tree)
    view = "def view():\n    pool.map(work, [1])\n"
    write(tmp_path, {"app.py": app(view=view)})
    finding = leak(tmp_path, call="pool.map(work, [1])", kind="map")
    reason = "the result would use `partial`, which would mean nothing there"
    assert repair(finding, tmp_path) == (None, reason)


def test_parentheses_stay(tmp_path: Path) -> None:
    """Nothing else parts the name from the word before it."""
    write(tmp_path, {"app.py": app('def work():\n    return(request.args["to"])\n')})
    assert (
        "    return(to)\n"
        in apply(tmp_path, repair(leak(tmp_path), tmp_path).patch or "")["app.py"]
    )


def test_a_proxy_among_the_defaults_is_none_that_can_be_read(tmp_path: Path) -> None:
    """It is the proxy itself that the task has then."""
    write(tmp_path, {"app.py": app("def work(a=request):\n    print(a.path, request.path)\n")})
    reason = "`request` is used as a whole, and what is wanted of it is not written there"
    assert repair(leak(tmp_path, "request.path"), tmp_path) == (None, reason)
    write(
        tmp_path,
        {
            "app.py": app(
                "incoming = request\n\n\ndef work():\n    print(incoming.path, request.path)\n"
            )
        },
    )
    reason = "`incoming.path` is not known to be a proxy that can be read from source"
    assert repair(leak(tmp_path, "incoming.path"), tmp_path) == (None, reason)


def test_a_field_of_an_f_string_is_found(tmp_path: Path) -> None:
    """On Python 3.11 it stands there with its braces; quotes are the usual ones in the view."""
    write(tmp_path, {"app.py": app("def work():\n    print(f\"{request.args['to']}\")\n")})
    found = leak(tmp_path, "request.args['to']")
    site = found.site
    field = site._replace(column=(site.column or 0) - 1, expression="{request.args['to']}")
    for each in (found, leak(tmp_path, site=field)):
        patch = repair(each, tmp_path).patch or ""
        assert '+    to = request.args["to"]\n' in patch


def test_an_awaited_hand_over_is_a_call(tmp_path: Path) -> None:
    """The frame stands at the ``await``."""
    call = "await asyncio.to_thread(work)"
    view = f"async def view():\n    {call}\n"
    write(tmp_path, {"app.py": app(PATH.format(""), view, "import asyncio\n" + HEAD)})
    patch, _ = repair(leak(tmp_path, "request.path", call, "to_thread"), tmp_path)
    assert "    await asyncio.to_thread(work, path)\n" in apply(tmp_path, patch or "")["app.py"]


def test_a_pools_process_pickles_its_arguments(tmp_path: Path) -> None:
    """It is told by its thread, which is the main one of its process."""
    write(tmp_path, {"app.py": app("def work():\n    print(g.a)\n")})
    reason = "`g.a` may not be picklable, and the task runs in another process"
    assert repair(leak(tmp_path, "g.a", thread="MainThread"), tmp_path) == (None, reason)


def test_a_context_that_came_with_a_process_is_left_there(tmp_path: Path) -> None:
    """A fork brings it along, and nobody passed it on."""
    view = "def view():\n    multiprocessing.Process(target=work).start()\n"
    write(tmp_path, {"app.py": app(PATH.format(""), view, "import multiprocessing\n" + HEAD)})
    call = "multiprocessing.Process(target=work).start()"
    assert repair(leak(tmp_path, "request.path", call, "process", code="FCX207"), tmp_path).patch


NEEDS = {
    "print(request.path)": "",
    "items.append(request.path)": "",
    "app.a.append(request.path)": "app.a",
    "items.put(request.path)": "items.put(request.path)",
    "print(items.a, request.path)": "items.a",
    "print(f'{tenant}', request.path)": "tenant",
    "print(lock, names, counts, given, request.path)": "",
    "print(trace.get(), request.path)": "trace.get()",
    "logging.info(request.path)": "logging.info(request.path)",
    "print(logging, request.path)": "logging",
    "print(made, request.path)": "made",
    "print(send, request.path)": "",
    "print(time.time, request.path)": "",
    "print(hidden, request.path)": "hidden",
    "a = 1; print(a, request.path.upper())": "",
    "class A:\n        pass\n    print(A, request.path)": "A",
    "print(helpers.helper, helpers.helper(), request.path)": "",
    "flask.current_app.logger.info(request.path)": "flask.current_app.logger.info(request.path)",
    "time.sleep(len(request.path))": "",
    "helper(request.path)": "",
    "given.run(request.path)": "given.run(request.path)",
    "(lambda a: a)(request.path)": "(lambda a: a)(request.path)",
    "given(request.path)": "given(request.path)",
    "deeper(request.path)": "mail.send(text)",
}


@pytest.mark.parametrize("line", NEEDS)
def test_a_context_is_taken_away_where_every_call_is_known(line: str, tmp_path: Path) -> None:
    """The project's own functions are followed."""
    tasks = "def helper(text):\n    print(text, helper)\n    text.strip(); helper(text)\n\n\n"
    tasks += "def deeper(text):\n    mail.send(text)\n\n\n"
    tasks += f"def work(given=print):\n    {line}\n"
    view = "def view():\n    Thread(target=copy_context().run, args=(work,)).start()\n"
    head = "import contextvars, helpers, logging, threading, time\nimport mail\n" + HEADS
    head += "trace = contextvars.ContextVar('t')\nitems = []\nnames: dict[str, str] = {}\n"
    head += "lock = threading.Lock()\ncounts = dict()\ntenant = LocalProxy(1)\n\n\n"
    head += "class made:\n    def put(self):\n        pass\n\n\nfor hidden in []:\n    pass\n"
    write(tmp_path, {"helpers.py": "def helper():\n    return 1\n"})
    write(tmp_path, {"app.py": app(tasks, view, head)})
    call = "Thread(target=copy_context().run, args=(work,)).start()"
    answer = repair(leak(tmp_path, "request.path", call, "thread", code="FCX201"), tmp_path)
    reason = f"a context goes along with the task, which may need it for `{NEEDS[line]}`"
    assert answer.reason == (reason if NEEDS[line] else "")


def test_a_single_argument_stays_a_tuple(tmp_path: Path) -> None:
    """Where the context was the first of two."""
    call = "Thread(target=copy_context().run, args=(work,)).start()"
    write(tmp_path, {"app.py": app(PATH.format(""), f"def view():\n    {call}\n", HEADS)})
    patch, _ = repair(leak(tmp_path, "request.path", call, "thread", code="FCX201"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert "    Thread(target=work, args=(path,)).start()\n" in after


IMPORTS = {
    "from contextvars import copy_context\n": "",
    "from contextvars import Context, copy_context\nprint(Context)\n": "from contextvars import Context\nprint(Context)\n",
    "from contextvars import (\n    Context,\n    copy_context,\n)\nprint(Context)\n": "from contextvars import (\n    Context,\n)\nprint(Context)\n",
    "# context\nfrom contextvars import copy_context\nprint(1)\n": "# context\nprint(1)\n",
    "import a\n\nfrom contextvars import copy_context\n\nprint(1)\n": "import a\n\nprint(1)\n",
    "import a\n\nfrom contextvars import copy_context\nprint(1)\n": "import a\n\nprint(1)\n",
    "import contextvars\nfrom contextvars import *\n": None,
    '__all__ = ["view"]\nfrom contextvars import copy_context\n': None,
    '__all__: list[str] = ["view"]\nfrom contextvars import copy_context\n': None,
}  # fmt: skip


@pytest.mark.parametrize("lines", IMPORTS)
def test_an_import_that_is_not_needed_any_more_goes(lines: str, tmp_path: Path) -> None:
    """What stands above it stays; a module that says what it exports keeps all."""
    spelt = "contextvars.copy_context" if "import contextvars" in lines else "copy_context"
    call = f"pool.submit({spelt}().run, work)"
    write(tmp_path, {"app.py": lines + app(PATH.format(""), f"def view():\n    {call}\n")})
    finding = leak(tmp_path, "request.path", call, code="FCX201")
    patch, reason = repair(finding, tmp_path)
    assert not reason
    expected = lines if IMPORTS[lines] is None else IMPORTS[lines]
    after = apply(tmp_path, patch or "")["app.py"]
    assert after.startswith((expected or "") + "from concurrent.futures import")


TAKERS = {
    "from app import copy_context\n": True,
    "from app import (\n    view,\n    copy_context,\n)\n": True,
    "from app import *\n": True,
    "import app\n\napp.copy_context\n": True,
    "from contextvars import copy_context\nimport app\n": False,
    "import app as a\n\na.copy_context\n": True,
    "def test(mod):\n    monkeypatch.setattr(mod, 'copy_context', 1)\n": True,
    "import app\n\nsetup(app, 'copy_context')\n": True,
    "import app\n\nsetup(apple, 'context')\n": False,
}


@pytest.mark.parametrize("text", TAKERS)
def test_an_import_that_others_take_stays(text: str, tmp_path: Path) -> None:
    """Another file may import it from here."""
    call = "pool.submit(copy_context().run, work)"
    lines = "from contextvars import copy_context\n"
    module = lines + app(PATH.format(""), f"def view():\n    {call}\n")
    write(tmp_path, {"app.py": module, "other.py": text})
    finding = leak(tmp_path, "request.path", call, code="FCX201")
    patch, _ = repair(finding, tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert after.startswith(lines) == TAKERS[text]


def test_a_package_keeps_its_imports(tmp_path: Path) -> None:
    """They may be what it is for."""
    call = "pool.submit(copy_context().run, work)"
    lines = "from contextvars import copy_context\n"
    name = "shop/__init__.py"
    write(tmp_path, {name: lines + app(PATH.format(""), f"def view():\n    {call}\n")})
    finding = leak(tmp_path, "request.path", call, file=name, home=name, code="FCX201")
    after = apply(tmp_path, repair(finding, tmp_path).patch or "")[name]
    assert after.startswith(lines)


@pytest.mark.parametrize("before", ["é", "日本", "🐍", "\\N{SNAKE}"])
def test_columns_count_characters(before: str, tmp_path: Path) -> None:
    """Whatever stands before it on the line."""
    write(tmp_path, {"app.py": app(f'def work():\n    print("{before}", request.args["to"])\n')})
    patch, reason = repair(leak(tmp_path), tmp_path)
    assert not reason
    assert f'    print("{before}", to)\n' in apply(tmp_path, patch or "")["app.py"]


def test_an_import_within_the_task_is_followed(tmp_path: Path) -> None:
    """The view gets one of its own, at the top."""
    task = "def work():\n    from flask import request\n    print(request.path)\n"
    head = HEAD.replace(", request", "")
    write(tmp_path, {"app.py": app(task, head=head)})
    patch, reason = repair(leak(tmp_path, "request.path"), tmp_path)
    assert not reason
    after = apply(tmp_path, patch or "")["app.py"]
    assert "from flask import Flask, current_app, g, request, session\n" in after
    assert "    path = request.path\n    pool.submit(work, path)\n" in after
