"""For any combination of shapes: what is proposed is a program that passes what the task reads."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("libcst")

from hypothesis import event, given, settings
from hypothesis import strategies as st
from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.findings import Site
from pytest_flaskctx.repairs import combined, repair

PARAMS = st.sampled_from(
    [
        "",
        "a",
        "a, b=1",
        "*a",
        "a, /",
        "*, a=1",
        "**k",
        "a, *b, c=1, **k",
        "\n    a,\n    b=2,  # c\n",
    ]
)
READS = st.sampled_from(
    [
        'request.args["to"]', 'request.args.get("to")', "request.path", "request.form", "g.user",
        "g.user.id", 'session["to"]', "session", "request", 'current_app.config["A"]',
        "request.args[a]", 'getattr(g, "to", None)', "current_app.logger", 'session.pop("to")',
        "request.json['a']['b']", "flask.request.method", "g.db.execute(1)",
    ]
)  # fmt: skip
LINES = st.sampled_from(
    [
        "print({})", "to = {}\n    print(to)", "if app.debug:\n        print({})",
        "try:\n        print({})\n    finally:\n        pass", "print(f'{{app}} {{{}}}')",
        "for each in {}:\n        print(each)", "return({})", "print(lambda: {})",
        "path = {}; print(path)", "{} = 1", "print({} and 1)", "yield {}", "# none\n    print( {} )  # it",
    ]
)  # fmt: skip
CALLS: list[tuple[str, str]] = [
    ("pool.submit(work)", "submit"),
    ("pool.submit(work, 1)", "submit"),
    ("pool.submit(work, a=1)", "submit"),
    ("pool.submit(work, *app.a, **app.b)", "submit"),
    ("pool.submit(\n        work,\n        1,  # one\n    )", "submit"),
    ("pool.map(work, [1])", "map"),
    ("pool.apply_async(work, (1,), {}, callback=print)", "threadpool"),
    ("pool.starmap(partial(work, 1), [])", "processpool"),
    ("Thread(target=work).start()", "thread"),
    ("Thread(target=work, args=[1], kwargs=app.a).start()", "thread"),
    ("Timer(1, work, (1,)).start()", "timer"),
    ("future.add_done_callback(work)", "callback"),
    ("pool.submit(lambda: work(1))", "submit"),
    ("pool.submit(copy_context().run, work, 1)", "submit"),
    ("loop.run_in_executor(None, work, *app.a)", "run_in_executor"),
]
STATEMENTS = st.sampled_from(
    [
        "{}", "print({})", "for to in [1]:\n        {}", "if {}:\n        pass", "path = {}",
        "return [{} for a in app.a]", "print(app.a and {})", "with {}:\n        pass",
        "print(1); {}", "# hand over\n    {}  # now", "while {}:\n        pass",
    ]
)  # fmt: skip
HEADS = HEAD + "from functools import partial\nfrom threading import Thread, Timer\n"
HEADS += "from contextvars import copy_context\n"


@given(
    params=PARAMS,
    reads=st.lists(READS, min_size=1, max_size=3),
    lines=st.lists(LINES, min_size=3, max_size=3),
    call=st.sampled_from(CALLS),
    statement=STATEMENTS,
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_proposed_is_a_program_and_what_is_refused_proposes_nothing(
    params: str, reads: list[str], lines: list[str], call: tuple[str, str], statement: str, end: str
) -> None:
    """And alone or together it is the same; nothing of the proxies is left in the task."""
    body = "\n".join("    " + line.format(read) for line, read in zip(lines, reads, strict=False))
    task = f"def work({params}):\n{body}\n"
    view = f"def view(future, loop):\n    {statement.format(call[0])}\n"
    source = app(task, view, HEADS)
    try:
        compile(source, "app.py", "exec")
    except SyntaxError:
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(root, {"app.py": source})
        made = leak(root, "def work", call[0], _any(call[1]))
        finding = leak(root, call[0], call[0], site=_site(source, reads[0]), handover=made.handover)
        write(root, {"app.py": source.replace("\n", end)})
        patch, reason = repair(finding, root)
        event("repaired" if patch else "left alone")
        assert (patch is None) == bool(reason)
        assert "failed itself" not in reason
        assert combined([finding], root) == (
            patch or "",
            [(finding, reason)] if reason else [],
        )
        if patch is not None:
            check(source.replace("\n", end), apply(root, patch)["app.py"], end)


def _any(kind: str) -> Any:
    return kind


def _site(source: str, read: str) -> Site:
    """Return where the task reads something first."""
    start = source.index(read, source.index("def work"))
    line = source.count("\n", 0, start) + 1
    column = start - (source.rfind("\n", 0, start) + 1)
    return Site("app.py", line, column, column + len(read), "work", read)


def check(before: str, after: str, end: str) -> None:
    """Hold a repaired module against the one that it was made of."""
    tree = ast.parse(after)
    task = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "work")
    used = [n for n in ast.walk(task) if isinstance(n, ast.Name)]
    # `session = 1` makes a local variable of it, which was no proxy before.
    stored = {n.id for n in used if isinstance(n.ctx, ast.Store)}
    names = {n.id for n in used} - stored
    assert not names & {"request", "session", "g", "current_app", "flask"}
    assert after.count("\n") == after.count(end)
    assert after != before
    outside = before.partition("def work")[0].partition("def send")[2]
    assert outside in after
