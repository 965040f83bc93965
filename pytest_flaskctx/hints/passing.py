"""The user's own hand-over, written again so that it hands a value over too."""

import ast
from typing import NamedTuple

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints import queues
from pytest_flaskctx.hints.calls import STARTED, Call, Receives, Rewrite, rewriter
from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.contexts import without_context
from pytest_flaskctx.hints.names import function_name, plain_name
from pytest_flaskctx.hints.syntax import Source, called, parse, read
from pytest_flaskctx.hints.values import Value

UNSEEN: dict[OriginKind, str] = {
    "submit": "executor.submit({task}, {name})",
    "map": "executor.map(partial({task}, {name}={name}), ...)",
    "thread": "threading.Thread(target={task}, args=({name},)).start()",
    "timer": "threading.Timer(..., {task}, args=({name},)).start()",
    "process": "multiprocessing.Process(target={task}, args=({name},)).start()",
    "threadpool": "pool.apply_async({task}, ({name},))",
    "processpool": "pool.apply_async({task}, ({name},))",
    "run_in_executor": "loop.run_in_executor(None, {task}, {name})",
    "to_thread": "asyncio.to_thread({task}, {name})",
    "callback": "future.add_done_callback(partial({task}, {name}={name}))",
    "eager": "{task}.delay({name})",
    "greenlet": "gevent.spawn({task}, {name})",
}


class Passing(NamedTuple):
    """Code that hands the value over.

    Attributes:
        lines: the code; empty where the hand-over could not be rewritten.
        receives: how the task gets at the value.
        task: name of the function that receives it, as far as it has one.
    """

    lines: tuple[str, ...]
    receives: Receives
    task: str

    @property
    def imports(self) -> tuple[str, ...]:
        """What the code needs imported besides."""
        partial = any("partial(" in line for line in self.lines)
        return ("from functools import partial",) if partial else ()


def pass_on(case: Case, value: Value) -> Passing:
    """Rewrite the case's hand-over so that it hands ``value`` over."""
    if case.kind is None:
        return Passing((), "unknown", "")
    source = read(case.call)
    if source is not None and case.bound:
        source = without_context(source, case.function)
    if source is not None and (seen := _rewritten(case, value, source)):
        return seen
    if case.kind in ("thread", "process") and (runner := _thread_class(case)):
        return _constructed(source, runner, value)
    if source is not None and (case.through_library or not _started_elsewhere(case, source)):
        return Passing((), "unknown", plain_name(case.function))
    return _unseen(case, case.kind, value, source)


def _rewriter(case: Case, node: ast.Call) -> Rewrite | None:
    return queues.rewriter(case, node) if case.kind == "eager" else rewriter(case, node)


def _rewritten(case: Case, value: Value, source: Source) -> Passing | None:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or (rewrite := _rewriter(case, node)) is None:
            continue
        call = Call(source, node, value)
        if rewrite(case, call) and parse(text := source.replacing(node, str(call))):
            return Passing((text,), call.receives, call.task or plain_name(case.function))
    return None


def _thread_class(case: Case) -> str:
    """Return ``Mailer`` where the task is ``Mailer.run``, else empty."""
    owner, _, method = function_name(case.function).rpartition(".")
    return owner if method == "run" and owner.isidentifier() else ""


def _constructed(source: Source | None, runner: str, value: Value) -> Passing:
    call = f"{runner}(..., {value.name}={value.name})"
    return Passing(_assigned(source, call, f"{call}.start()"), "constructor", runner)


def _assigned(source: Source | None, call: str, otherwise: str) -> tuple[str, ...]:
    """Build what ``t.start()`` starts, under the name that the user gave it."""
    if source is None:
        return (otherwise,)
    match source.tree:
        case ast.Call(func=ast.Attribute(attr="start", value=ast.Name() | ast.Attribute() as kept)):
            return (f"{source.of(kept)} = {call}", source.text)
    return (otherwise,)


def _started_elsewhere(case: Case, source: Source) -> bool:
    return case.kind in STARTED and called(source.tree) == "start"


def _unseen(case: Case, kind: OriginKind, value: Value, source: Source | None) -> Passing:
    """The hand-over cannot be read: show its usual form."""
    task = plain_name(case.function)
    form = UNSEEN[kind].format(task=task if source is None and task else "...", name=value.name)
    if kind in STARTED:
        return Passing(_assigned(source, form.removesuffix(".start()"), form), "parameter", "")
    return Passing((form,), "parameter", task)
