"""What to do, by what was used: each public function writes the hint of one situation."""

from __future__ import annotations

import ast

from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import free_name, plain_name
from pytest_flaskctx.hints.passing import pass_on
from pytest_flaskctx.hints.syntax import last_name, names_in, read, variables_in
from pytest_flaskctx.hints.values import CLOSED, Use, Value, value_of
from pytest_flaskctx.hints.words import assignment, code, deliver, handing, task

APP_LEVEL = {"current_app", "app_ctx", "g", "url_for"}
DATABASE = {"session", "query", "db", "select"}
ROWS = "Pass ids, not model objects: those belong to the session of the request."
KEEP = "What the task finds out later, keep in a database or cache under the user's id."
WHY_NOT_WRITE = {
    "session": ("The session travels in the response's cookie, which a task cannot reach.", KEEP),
    "g": (
        "`g` lives and dies with one context: nothing set there by a task reaches the view.",
        "Within the task use a local variable; hand its result back by a return value.",
    ),
}
COPIED = (
    "A copy made in the view has an empty `g`, runs the request's teardown in the thread too, "
    "and serves one task only."
)


def read_and_pass(case: Case, use: Use | None) -> list[str]:
    """The usual case: read the value where it is bound, and hand it over."""
    return deliver(case, value_of(case, use))


def read_file(case: Case, use: Use | None) -> list[str]:
    """An uploaded file: the view reads it, by whatever name the task knows it."""
    value = value_of(case, use)
    if value.note or read(case.root) is None:
        return deliver(case, value)
    name = free_name(f"{case.root.rpartition('.')[2]}_content", case)
    content = Value(name, f"{case.root}.read()", case.root, note=CLOSED)
    return deliver(case, content)


def call_library(case: Case) -> list[str]:
    """The function that uses the proxy is a library's: nobody is to change that."""
    work = plain_name(case.function)
    source = read(case.call)
    spelt = (
        [source.of(node) for node in ast.walk(source.tree) if last_name(node) == work]
        if source is not None and work
        else []
    )
    called = spelt[0] if spelt else work or "..."
    if case.proxy in APP_LEVEL:
        return [
            f"A library uses it, in {task(case)}. Let the task push a context of its own around that:",
            *code(
                (
                    "def in_context(app, *args):",
                    "    with app.app_context():",
                    f"        return {called}(*args)",
                )
            ),
            f"Hand that over in {_view(case)}, with the application itself:",
            *code(("app = current_app._get_current_object()",)),
        ]
    return [
        f"A library uses it, in {task(case)}. Call that in {_view(case)}, and hand over what it returns:",
        *code((f"result = {called}(...)",)),
    ]


def own_context(case: Case, use: Use | None) -> list[str]:
    """The task needs the application: give it that, and let it push a context of its own."""
    lines = [*_given_app(case), *code(("with app.app_context():", f"    {_statement(use)}"))]
    if case.kind == "eager":
        lines.append("Or let the class of all tasks do so, in its `__call__`.")
    if DATABASE & names_in(case.chain):
        lines.append(ROWS)
    return lines


def _given_app(case: Case) -> list[str]:
    """Say how the task gets the application, unless it was handed one already."""
    if case.elsewhere:
        return [
            f"An application cannot be pickled. Make or import it in {task(case)}, and push a",
            "context of its own there:",
        ]
    if case.kind is None and case.bound:
        return [
            f"Hand the application on, not the context, and push one of its own in {task(case)}:"
        ]
    if case.kind is None:
        return [f"Push an application context in {task(case)}; give its thread the app at start:"]
    if case.kind == "eager" or case.by_library:
        return [f"Let {task(case)} push an application context of its own:"]
    if not case.in_request or case.nested or "app" in variables_in(case.call):
        return [f"Pass the application to {task(case)}, and push a context of its own there:"]
    app = Value("app", "current_app._get_current_object()", "current_app")
    passing = pass_on(case, app)
    return [
        f"Pass the application itself, and let {task(case)} push a context of its own:",
        *code((*passing.imports, assignment(app), *passing.lines)),
        f"then, in {task(case)}:",
    ]


def _statement(use: Use | None) -> str:
    pushes = use is not None and use.calls == "app_context"
    return "..." if use is None or pushes or len(use.chain) == 1 else use.source.text


def write_in_view(case: Case, use: Use) -> list[str]:
    """The task changes something that only the request's own thread can change."""
    if case.proxy == "current_app":
        return _set_up_app(case, use)
    other = f"`{case.proxy}` belongs to the view: nothing set there by a task reaches it."
    why = WHY_NOT_WRITE.get(case.proxy, (other, KEEP))
    lead = f"Change it in {_view(case)}, before the task is handed over:"
    return [lead, *code((_change(case, use),)), *why]


def _set_up_app(case: Case, use: Use) -> list[str]:
    change = _change(case, use).replace(use.source.of(use.chain[0]), "app", 1)
    return [
        "Set it where the application is made, not in a task:",
        *code((change,)),
        "What is set on the application is shared by every thread and every request.",
        "The results of one task keep elsewhere: in a database, or in its return value.",
    ]


def _change(case: Case, use: Use) -> str:
    top = use.chain[-1]
    text = use.source.of(top)
    if isinstance(top, ast.Call):
        return text
    target = f"{text}[...]" if len(use.chain) == 1 else text
    return f"del {target}" if case.operation.startswith("__del") else f"{target} = ..."


def call_first(case: Case, use: Use | None) -> list[str]:
    """``url_for``, ``render_template``: a text, which the view can make."""
    if use is None or not use.calls:
        return own_context(case, use)
    lines = read_and_pass(case, use)
    where = "call it inside `with app.app_context():` in the task."
    return [
        *lines,
        f"Or set `SERVER_NAME` and {where}" if case.proxy == "url_for" else f"Or {where}",
    ]


def after_request(case: Case, use: Use | None) -> list[str]:
    """``after_this_request``: a task has no response."""
    return [
        f"Register it in {_view(case)}, before the task is handed over:",
        *code((_called(case, use),)),
        "A task has no response to change: by then it may have been sent.",
    ]


def copy_context(case: Case, _use: Use | None) -> list[str]:
    """``copy_current_request_context``: nothing to copy in a task, and values are safer."""
    value = value_of(case._replace(proxy="request", root="", chain="", expression=""), None)
    why = "What a task copies is over, or another thread's."
    if not case.bound:
        why = "There is no context to copy in a task."
    return [
        *deliver(case, value._replace(instead_of=case.expression or case.proxy)),
        why,
        COPIED,
    ]


def stream(case: Case, use: Use | None) -> list[str]:
    """``stream_with_context``: the generator is wrapped where the request is bound."""
    return [
        f"Wrap the generator in {_view(case)}, where the request is bound:",
        *code((f"response = Response({_called(case, use)})",)),
        "In a task, pass the values that the generator needs as its arguments.",
    ]


def flash(case: Case, use: Use | None) -> list[str]:
    """``flash``: it writes the session."""
    lead = f"Call it in {_view(case)}, before the task is handed over:"
    return [lead, *code((_called(case, use),)), *WHY_NOT_WRITE["session"]]


def respond(case: Case, use: Use | None) -> list[str]:
    """``jsonify`` and its like: a task has nobody to answer."""
    return [
        f"Make the response in {_view(case)}:",
        *code((f"return {_called(case, use)}",)),
        "A task has nobody to answer: let it return plain data, and work with that.",
    ]


def decide(case: Case, advice: list[str]) -> list[str]:
    """A guard: which thread runs it decides which branch runs."""
    asks = "has_app_context" if case.proxy in APP_LEVEL else "has_request_context"
    what = "an application context" if case.proxy in APP_LEVEL else "a request"
    return [
        *advice,
        f"As it stands, the thread decides the branch. If {task(case)} is meant to run with",
        f"and without {what}, ask for that, and no finding is made of it:",
        *code((f"from flask import {asks}", f"if {asks}():", "    ...")),
    ]


def _called(case: Case, use: Use | None) -> str:
    return use.source.text if use is not None and use.calls else f"{case.proxy}(...)"


def _view(case: Case) -> str:
    return handing(case) if case.in_request and not case.nested and case.handing else "the view"
