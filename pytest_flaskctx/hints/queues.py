"""A call that puts a task on a queue of Celery, RQ or Huey, edited to carry one value more."""

from __future__ import annotations

import ast

from pytest_flaskctx.hints.calls import (
    Call,
    Rewrite,
    argument,
    lengthened,
    task_name,
    with_further_argument,
)
from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import plain_name
from pytest_flaskctx.hints.syntax import called

CALLS = {"delay", "s", "si"}
OPTIONS = {"apply", "apply_async", "schedule", "signature", "subtask"}


def rewriter(case: Case, node: ast.Call) -> Rewrite | None:
    """Return what rewrites this call, ``None`` where it hands no arguments to a task."""
    name = called(node)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        # What was made beforehand, `work.s(a).delay()`, has its arguments there.
        return None
    if name == "enqueue":
        return _enqueue
    # A task of Huey's is called by its own name.
    if name in CALLS or name == plain_name(case.function):
        return _call
    return _with_options if name in OPTIONS else None


def _call(_case: Case, call: Call) -> bool:
    """``work.delay(a)``: all arguments are the task's."""
    if call.by_keyword:
        call.add_keyword(call.name, call.name)
    else:
        call.args.append(call.name)
    call.task = _owner(call)
    return True


def _with_options(_case: Case, call: Call) -> bool:
    """``work.apply_async((a,), countdown=3)``: a tuple of arguments, and options."""
    if argument(call, 0, "args") is None and call.keyword("") is None:
        call.add_keyword("args", f"({call.name},)")
    elif not lengthened(call, 0, "args"):
        return False
    call.task = _owner(call)
    return True


def _enqueue(case: Case, call: Call) -> bool:
    """``queue.enqueue(work, a)``; ``queue.enqueue(work, args=(a,))`` beside options of the job."""
    if call.keyword("args") is None:
        return with_further_argument(case, call, 0)
    call.task = task_name(call.node.args[0]) if call.node.args else ""
    return lengthened(call, 0, "args")


def _owner(call: Call) -> str:
    """Return the name of the task whose method is called, or that is called itself."""
    func = call.node.func
    return task_name(func.value if isinstance(func, ast.Attribute) else func)
