"""Every way to hand a task over, and what becomes of it: the whole text, exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import repair

TO = 'to = request.args["to"]\n'
SEND_ARGS = 'send(request.args["to"])'
THREADS = HEAD.replace("import flask\n", "import flask\nfrom threading import Thread, Timer\n")
PARTIAL = HEAD.replace("import flask\n", "import flask\nfrom functools import partial\n")
ADDED = HEAD.replace("Executor\n\n", "Executor\nfrom functools import partial\n\n", 1)


def work(params: str, *lines: str) -> str:
    """Return a task."""
    return f"def work({params}):\n" + "".join(f"    {line}\n" for line in lines)


def view(*lines: str, head: str = "def view():") -> str:
    """Return a view."""
    return f"{head}\n" + "".join(f"    {line}\n" for line in lines)


PLAIN = {
    "submit": ("", "to", "pool.submit(work)", "pool.submit(work, to)", "submit"),
    "submit-argument": ("a", "a, to", "pool.submit(work, 1)", "pool.submit(work, 1, to)", "submit"),
    "submit-keyword": ("a", "a, to", "pool.submit(work, a=1)", "pool.submit(work, a=1, to=to)", "submit"),
    "submit-star": ("a", "a, to", "pool.submit(work, *app.a)", "pool.submit(work, *app.a, to=to)", "submit"),
    "submit-default": ("a=1", "a=1, *, to", "pool.submit(work)", "pool.submit(work, to=to)", "submit"),
    "submit-stars": ("*a", "*a, to", "pool.submit(work, 1)", "pool.submit(work, 1, to=to)", "submit"),
    "submit-keyword-only": ("*, a", "*, a, to", "pool.submit(work, a=1)", "pool.submit(work, a=1, to=to)", "submit"),
    "submit-positional-only": ("a, /", "a, /, to", "pool.submit(work, 1)", "pool.submit(work, 1, to)", "submit"),
    "submit-any-keyword": ("a, **k", "a, to, **k", "pool.submit(work, 1, b=2)", "pool.submit(work, 1, b=2, to=to)", "submit"),
    "submit-any-keyword-only": ("*, a, **k", "*, a, to, **k", "pool.submit(work, a=2)", "pool.submit(work, a=2, to=to)", "submit"),
    "to-thread": ("a", "a, to", "asyncio.to_thread(work, 1)", "asyncio.to_thread(work, 1, to)", "to_thread"),
    "run-in-executor": ("a", "a, to", "loop.run_in_executor(None, work, 1)", "loop.run_in_executor(None, work, 1, to)", "run_in_executor"),
    "spawn": ("a", "a, to", "gevent.spawn(work, 1)", "gevent.spawn(work, 1, to)", "greenlet"),
    "spawn-later": ("a", "a, to", "gevent.spawn_later(5, work, 1)", "gevent.spawn_later(5, work, 1, to)", "greenlet"),
    "apply": ("", "to", "pool.apply(work)", "pool.apply(work, (to,))", "threadpool"),
    "apply-empty": ("", "to", "pool.apply(work, ())", "pool.apply(work, (to,))", "threadpool"),
    "apply-tuple": ("a", "a, to", "pool.apply_async(work, (1,))", "pool.apply_async(work, (1, to))", "threadpool"),
    "apply-list": ("a", "a, to", "pool.apply_async(work, args=[1])", "pool.apply_async(work, args=[1, to])", "threadpool"),
    "apply-words": ("a", "a, to", 'pool.apply(work, (), {"a": 1})', 'pool.apply(work, (), {"a": 1, "to": to})', "threadpool"),
    "apply-star": ("a", "a, to", "pool.apply(work, (*app.a,))", 'pool.apply(work, (*app.a,), kwds={"to": to})', "threadpool"),
    "apply-callback": ("", "to", "pool.apply_async(work, callback=print)", "pool.apply_async(work, args=(to,), callback=print)", "threadpool"),
    "apply-behind": ("a", "a, to", "pool.apply_async(work, app.a, {}, print)", 'pool.apply_async(work, app.a, {"to": to}, print)', "threadpool"),
    "thread": ("", "to", "Thread(target=work).start()", "Thread(target=work, args=(to,)).start()", "thread"),
    "thread-named": ("", "to", 'Thread(target=work, name="a").start()', 'Thread(target=work, args=(to,), name="a").start()', "thread"),
    "thread-args": ("a", "a, to", "Thread(target=work, args=(1,)).start()", "Thread(target=work, args=(1, to)).start()", "thread"),
    "thread-kwargs": ("a", "a, to", 'Thread(target=work, kwargs={"a": 1}).start()', 'Thread(target=work, kwargs={"a": 1, "to": to}).start()', "thread"),
    "thread-dict": ("a", "a, to", "Thread(target=work, kwargs=dict(a=1)).start()", "Thread(target=work, kwargs=dict(a=1, to=to)).start()", "thread"),
    "thread-unread-args": ("a", "a, to", "Thread(target=work, args=app.a).start()", 'Thread(target=work, args=app.a, kwargs={"to": to}).start()', "thread"),
    "timer": ("", "to", "Timer(5, work).start()", "Timer(5, work, args=(to,)).start()", "timer"),
    "timer-args": ("a", "a, to", "Timer(5, work, [1]).start()", "Timer(5, work, [1, to]).start()", "timer"),
    "timer-words": ("a", "a, to", 'Timer(5, function=work, kwargs={"a": 1}).start()', 'Timer(5, function=work, kwargs={"a": 1, "to": to}).start()', "timer"),
    "process": ("", "to", "multiprocessing.Process(target=work).start()", "multiprocessing.Process(target=work, args=(to,)).start()", "process"),
    "method-process": (
        "",
        "to",
        'multiprocessing.get_context("spawn").Process(target=work).start()',
        'multiprocessing.get_context("spawn").Process(target=work, args=(to,)).start()',
        "process",
    ),
    "context-process": ("", "to", "forked.Process(target=work).start()", "forked.Process(target=work, args=(to,)).start()", "process"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_the_value_goes_along_as_the_arguments_do(name: str, tmp_path: Path) -> None:
    """By position where the arguments are all there, else by keyword."""
    before, after, call, changed, kind = PLAIN[name]
    head = "import asyncio\nimport multiprocessing\n\nimport gevent\n\n" + THREADS
    params = "loop=None, forked=None"
    head += f"def made({params}):\n    pass\n\n\n"
    views = [
        view(*lines, head="def view(loop, forked):") for lines in ([call], [TO.strip(), changed])
    ]
    write(tmp_path, {"app.py": app(work(before, SEND_ARGS), views[0], head)})
    patch, reason = repair(leak(tmp_path, call=call, kind=kind), tmp_path)
    assert not reason
    expected = app(work(after, "send(to)"), views[1], head)
    assert apply(tmp_path, patch or "") == {"app.py": expected}


WRAPPED = {
    "map": ("pool.map(work, [1])", "pool.map(partial(work, to=to), [1])", "map"),
    "pool-map": ("pool.imap_unordered(work, [1])", "pool.imap_unordered(partial(work, to=to), [1])", "threadpool"),
    "starmap": ("pool.starmap(work, [(1,)])", "pool.starmap(partial(work, to=to), [(1,)])", "processpool"),
    "callback": ("future.add_done_callback(work)", "future.add_done_callback(partial(work, to=to))", "callback"),
    "pool-callback": ("pool.apply_async(print, callback=work)", "pool.apply_async(print, callback=partial(work, to=to))", "threadpool"),
    "process-callback": ("pool.map_async(print, [], error_callback=work)", "pool.map_async(print, [], error_callback=partial(work, to=to))", "processpool"),
    "executor-star": ("loop.run_in_executor(None, work, *app.a)", "loop.run_in_executor(None, partial(work, to=to), *app.a)", "run_in_executor"),
    "partial": ("pool.submit(partial(work, 1))", "pool.submit(partial(work, 1, to=to))", "submit"),
    "partial-of-module": ("pool.submit(functools.partial(work, a=1))", "pool.submit(functools.partial(work, a=1, to=to))", "submit"),
    "map-partial": ("pool.map(partial(work), [1])", "pool.map(partial(work, to=to), [1])", "map"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_what_calls_the_function_itself_gets_a_partial(name: str, tmp_path: Path) -> None:
    """A function that somebody else calls with arguments of his own is bound to the value."""
    call, changed, kind = WRAPPED[name]
    head = PARTIAL.replace("import flask\n", "import functools\n", 1)
    views = [
        view(*lines, head="def view(loop, future):") for lines in ([call], [TO.strip(), changed])
    ]
    write(tmp_path, {"app.py": app(work("a", SEND_ARGS), views[0], head)})
    patch, reason = repair(leak(tmp_path, call=call, kind=kind), tmp_path)
    assert not reason
    expected = app(work("a, to", "send(to)"), views[1], head)
    assert apply(tmp_path, patch or "") == {"app.py": expected}


IMPORTS = {
    "added": (HEAD, ADDED, "partial"),
    "module": ("import functools\n" + HEAD, "import functools\n" + HEAD, "functools.partial"),
    "joined": ("from functools import cache, wraps\n\n" + HEAD, "from functools import cache, partial, wraps\n\n" + HEAD, "partial"),
    "joined-in-parentheses": (
        "from functools import (\n    cache,\n    wraps,\n)\n\n" + HEAD,
        "from functools import (\n    cache,\n    partial,\n    wraps,\n)\n\n" + HEAD,
        "partial",
    ),
    "docstring": ('"""An app."""\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', '"""An app."""\n\nfrom functools import partial\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', "partial"),
    "future": ('from __future__ import annotations\n\nimport sys\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', 'from __future__ import annotations\n\nimport sys\nfrom functools import partial\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', "partial"),
    "sorted": ('from zlib import crc32\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', 'from functools import partial\nfrom zlib import crc32\n\nfrom flask import Flask, request\n\napp = pool = Flask("a")\n\n\n', "partial"),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPORTS)
def test_an_import_stands_where_a_reader_would_look(name: str, tmp_path: Path) -> None:
    """As isort sorts them; one that is there is used or joined."""
    before, after, spelt = IMPORTS[name]
    views = view("pool.map(work, [1])"), view(TO.strip(), f"pool.map({spelt}(work, to=to), [1])")
    write(tmp_path, {"app.py": app(work("a", SEND_ARGS), views[0], before)})
    patch, reason = repair(leak(tmp_path, call="pool.map(work, [1])", kind="map"), tmp_path)
    assert not reason
    expected = app(work("a, to", "send(to)"), views[1], after)
    assert apply(tmp_path, patch or "") == {"app.py": expected}


def test_a_lambda_uses_the_name(tmp_path: Path) -> None:
    """What a lambda reads is read before it is made; a name of its own is not taken."""
    before = view("pool.submit(lambda to: send(to, request.args['to']), 1)")
    after = view(
        "request_to = request.args['to']", "pool.submit(lambda to: send(to, request_to), 1)"
    )
    write(tmp_path, {"app.py": app("", before)})
    call = "pool.submit(lambda to: send(to, request.args['to']), 1)"
    patch, _ = repair(leak(tmp_path, call=call), tmp_path)
    assert apply(tmp_path, patch or "") == {"app.py": app("", after)}


def test_a_lambda_that_calls_the_task_passes_the_value(tmp_path: Path) -> None:
    """The call within it is the one that carries the value."""
    write(tmp_path, {"app.py": app(work("a", SEND_ARGS), view("pool.submit(lambda: work(1))"))})
    patch, _ = repair(leak(tmp_path, call="pool.submit(lambda: work(1))"), tmp_path)
    expected = app(work("a, to", "send(to)"), view(TO.strip(), "pool.submit(lambda: work(1, to))"))
    assert apply(tmp_path, patch or "") == {"app.py": expected}


CARRIED: dict[str, tuple[str, str, Any]] = {
    "submit": ("pool.submit(copy_context().run, work, 1)", "pool.submit(work, 1, to)", "submit"),
    "thread": (
        "Thread(target=copy_context().run, args=(work, 1)).start()",
        "Thread(target=work, args=(1, to)).start()",
        "thread",
    ),
    "thread-words": (
        'Thread(target=copy_context().run, args=(work,), kwargs={"a": 1}).start()',
        'Thread(target=work, args=(), kwargs={"a": 1, "to": to}).start()',
        "thread",
    ),
    "list": (
        "pool.apply_async(copy_context().run, [work, 1])",
        "pool.apply_async(work, [1, to])",
        "threadpool",
    ),
    "partial": (
        "pool.submit(partial(copy_context().run, work, 1))",
        "pool.submit(partial(work, 1, to=to))",
        "submit",
    ),
    "wrapper": (
        "pool.submit(copy_current_request_context(work), 1)",
        "pool.submit(work, 1, to)",
        "submit",
    ),
    "mapped": (
        "pool.map(copy_current_request_context(work), [1])",
        "pool.map(partial(work, to=to), [1])",
        "map",
    ),
}


@pytest.mark.parametrize("name", CARRIED)
def test_no_context_goes_along_with_a_value(name: str, tmp_path: Path) -> None:
    """What copied the context is left out, and so is its import."""
    call, changed, kind = CARRIED[name]
    head = PARTIAL.replace("import flask\n", "import flask\nfrom threading import Thread\n")
    head += "pool.submit(partial(Thread))\n\n\n"
    copying = "from contextvars import copy_context\n"
    wrapping = "from flask import copy_current_request_context\n"
    before = (copying if "copy_context" in call else wrapping) + head
    write(tmp_path, {"app.py": app(work("a", SEND_ARGS), view(call), before)})
    patch, reason = repair(leak(tmp_path, call=call, kind=kind, code="FCX201"), tmp_path)
    assert not reason
    expected = app(work("a, to", "send(to)"), view(TO.strip(), changed), head)
    assert apply(tmp_path, patch or "") == {"app.py": expected}


def test_a_decorator_that_copies_the_context_goes(tmp_path: Path) -> None:
    """A function within the view is given the value instead."""
    lines = (
        "@copy_current_request_context",
        "def work():",
        "    to = request.get_json()",
        "    send(to)",
        "pool.submit(work)",
    )
    after = ("def work(to):", "    send(to)", "to = request.get_json()", "pool.submit(work, to)")
    head = "from flask import copy_current_request_context\n"
    write(tmp_path, {"app.py": app("", view(*lines), head + HEAD)})
    patch, _ = repair(leak(tmp_path, "request.get_json()", code="FCX201"), tmp_path)
    assert apply(tmp_path, patch or "") == {"app.py": app("", view(*after))}


METHODS = """\
def send(to):
    print(to)


class Mailer:
    def work(self, a):
        send(request.args["to"])

    def view(self):
        pool.submit(self.work, 1)
"""


def test_a_method_is_given_the_value(tmp_path: Path) -> None:
    """Its object counts as no argument."""
    write(tmp_path, {"app.py": HEAD + METHODS})
    patch, _ = repair(leak(tmp_path, call="pool.submit(self.work, 1)"), tmp_path)
    expected = METHODS.replace("self, a", "self, a, to").replace('request.args["to"]', "to")
    expected = expected.replace(
        "pool.submit(self.work, 1)",
        'to = request.args["to"]\n        pool.submit(self.work, 1, to)',
    )
    assert apply(tmp_path, patch or "") == {"app.py": HEAD + expected}


def test_a_task_of_another_module_is_given_the_value(tmp_path: Path) -> None:
    """The proxy is imported where it is read; where it is not needed any more, it is not."""
    tasks = "import flask as f\n\n\ndef work():\n    print(f.request.path)\n"
    views = "from tasks import work\n\n\ndef view():\n    pool.submit(work)\n"
    write(tmp_path, {"tasks.py": tasks, "views.py": views})
    finding = leak(tmp_path, "f.request.path", file="tasks.py", home="views.py")
    patch, reason = repair(finding, tmp_path)
    assert not reason
    assert apply(tmp_path, patch or "") == {
        "tasks.py": "import flask as f\n\n\ndef work(path):\n    print(path)\n",
        "views.py": "from flask import request\nfrom tasks import work\n\n\ndef view():\n"
        "    path = request.path\n    pool.submit(work, path)\n",
    }
