"""The building blocks of a hint: sentences, and code indented under them."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import function_name, plain_name, spoken
from pytest_flaskctx.hints.passing import Passing, pass_on
from pytest_flaskctx.hints.values import Value

INDENT = "    "
LONGEST = 60


def code(lines: Iterable[str]) -> list[str]:
    """Indent lines to paste."""
    return [INDENT + line for line in lines]


def short(text: str) -> str:
    """Return an expression as it stands within a sentence: on one line, not too long."""
    text = " ".join(part for part in text.split() if part)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def task(case: Case) -> str:
    """Return how to call the function that uses the proxy."""
    return spoken(case.function, "the task")


def handing(case: Case) -> str:
    """Return how to call the function that hands the task over."""
    return spoken(case.handing, "the code that hands the task over")


def deliver(case: Case, value: Value) -> list[str]:
    """Say and show how ``value`` gets from the view into the task."""
    if case.by_library:
        return [
            f"A library runs {task(case)}, when no request is there. Give it the value as an",
            "argument, where you tell the library of it.",
        ]
    passing = pass_on(case, value)
    by_queue = _instead_of_context if case.bound else _by_queue
    lines = by_queue(case, value) if case.kind is None else _by_argument(case, value, passing)
    if value.note:
        lines.append(value.note)
    return lines


def _by_queue(case: Case, value: Value) -> list[str]:
    return [
        "Put the value on the queue, together with the work, while the request is served:",
        *code((assignment(value), f"queue.put((item, {value.name}))")),
        f"and take it off again in {task(case)}:",
        *code((f"item, {value.name} = queue.get()",)),
        f"Use that in place of `{short(value.instead_of)}`.",
    ]


def _instead_of_context(case: Case, value: Value) -> list[str]:
    return [
        "Read the value while the request is served, and hand that on, not the context:",
        *code((assignment(value),)),
        f"Let {task(case)} take `{value.name}`, and use it in place of `{short(value.instead_of)}`.",
    ]


def _by_argument(case: Case, value: Value, passing: Passing) -> list[str]:
    first = (
        [assignment(value)]
        if case.in_request
        else [f"{value.name} = ...  # no request here to read it from"]
    )
    if case.nested:
        first = []
    return [
        _lead(case, passing),
        *code((*passing.imports, *first, *passing.lines)),
        _ending(case, value, passing),
    ]


def _lead(case: Case, passing: Passing) -> str:
    receiver = task(case) if _same(case, passing) else f"`{passing.task}`"
    if not case.in_request:
        return f"Pass the value to {receiver}: {handing(case)} handed it over outside any request."
    if case.nested:
        return f"Read the value in the view, pass it to {handing(case)} and on to {receiver}:"
    if passing.receives == "closure":
        return f"Read the value in {handing(case)}, and let the lambda use it:"
    return f"Read the value in {handing(case)} and pass it to {receiver}:"


def _ending(case: Case, value: Value, passing: Passing) -> str:
    instead = f"in place of `{short(value.instead_of)}`"
    name, user = f"`{value.name}`", task(case)
    if passing.receives == "constructor":
        return f"Keep it as `self.{value.name}` in `__init__`, and use that {instead} in {user}."
    if passing.receives == "unknown" and case.through_library and plain_name(case.function):
        work = plain_name(case.function)
        bound = f"`partial({work}, {value.name}={value.name})`"
        return f"Give the library {bound} for `{work}`, and use it there {instead}."
    if passing.receives == "unknown":
        call = f"`{short(case.call)}`" if case.call else "the hand-over"
        return f"Hand {name} over with {call}, and use it {instead} in {user}."
    if passing.receives == "closure" and function_name(case.function).endswith("<lambda>"):
        return f"The lambda then holds the value itself, {instead}."
    if not _same(case, passing):
        return f"Let `{passing.task}` pass {name} on to {user}, which uses it {instead}."
    return f"Let {user} take {name}, and use it {instead}."


def _same(case: Case, passing: Passing) -> bool:
    """Whether the function that is handed over is, as far as one knows, the one that uses it."""
    own = function_name(case.function).rpartition(".")[2]
    return not passing.task or passing.task == own


def assignment(value: Value) -> str:
    """Return the line with which the view reads the value."""
    doubt = "  # or what else the task needs of it" if value.example else ""
    return f"{value.name} = {value.expression}{doubt}"
