"""Tasks of other processes, and the names by which processes tell each other of theirs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx import letters
from pytest_flaskctx.board import board
from pytest_flaskctx.stacks import placed
from pytest_flaskctx.system import System
from pytest_flaskctx.tasks import RequestRecord, Task

if TYPE_CHECKING:
    from pytest_flaskctx.children import ChildRecorder
    from pytest_flaskctx.facts import OriginKind
    from pytest_flaskctx.letters import Chain, Words
    from pytest_flaskctx.stacks import Place

_requests = itertools.count(1)


class Told(NamedTuple):
    """What a child is told of a task of its parent's.

    Attributes:
        name: names it among all tasks of all processes.
        kind: the mechanism.
        chain: the task and those behind it, as the first process of all knows them.
        served: by which key the request behind it is known; empty where there is none.
        words: method, rule and endpoint of that request.
        app: ``id()`` of the application that serves it.
        carries_work: false for a pool's own worker.
        kept: whether a test's body handed it over, under a context that a client keeps for it.
    """

    name: str
    kind: OriginKind
    chain: Chain
    served: str
    words: Words | None
    app: int
    carries_work: bool
    kept: bool

    @classmethod
    def of(cls, task: Task) -> Told:
        """Return what is told of a task of this process."""
        request = task.request
        return cls(
            name_of(task),
            task.kind,
            chain_of(task),
            key_of(request) if request else "",
            request.words if request else None,
            request.app if request else 0,
            task.carries_work,
            task.kept,
        )


class Errand(Task):
    """In a child, the task of another process."""

    def __init__(self, told: Told, recorder: ChildRecorder) -> None:
        request = recorder.known(told) if told.served else None
        carries = told.carries_work
        super().__init__(told.kind, (), "", request, recorder, None, carries_work=carries)
        self.told = told
        if told.kept:
            self.kept = True


def name_of(task: Task | None) -> str:
    """Return what names a task among all tasks of all processes; empty for none."""
    if task is None:
        return ""
    return task.told.name if isinstance(task, Errand) else f"{System.getpid()}.{task.number}"


def key_of(request: RequestRecord) -> str:
    """Return what names a request among all requests of all processes."""
    known: str | None = getattr(request, "key", None)
    if known is None:
        known = request.key = f"{System.getpid()}.{next(_requests)}"
    return known


def chain_of(task: Task) -> Chain:
    """Return a task and those behind it, as the first process of all knows them."""
    links: list[letters.Handed] = []
    link: Task | None = task
    while link is not None:
        if isinstance(link, Errand):
            return (*links, *link.told.chain)
        if board.child is None:
            return (link.number,)
        words = link.request.words if link.request else None
        links.append(
            letters.Handed(link.kind, places_of(link.raw), link.thread, words, link.inline)
        )
        link = link.parent
    return tuple(links)


def places_of(raw: Iterable[Any]) -> tuple[Place, ...]:
    """Return a raw stack as another process is told of it."""
    return tuple(placed(code, offset) for code, offset in raw)
