"""Who refers to an object: told by counting where only frames do, and followed elsewhere."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, Request
from watching import application, watched
from werkzeug.test import EnvironBuilder

from pytest_flaskctx import referrers
from pytest_flaskctx.referrers import Path, held_by_frames, paths


class Thing:
    """Something that can be held."""

    def __init__(self, held: Any = None) -> None:
        self.held = held


@pytest.fixture(autouse=True)
def young() -> Iterator[None]:
    """Nothing that a test makes grows old in it, and what others left is gone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def failed(thing: Any) -> BaseException:
    """Return an error whose traceback's frame has ``thing`` in a variable."""
    kept = thing
    try:
        raise ValueError(type(kept))
    except ValueError as error:
        return error


def to(root: Any, things: list[Any], **more: Any) -> list[Path]:
    """Return the paths from ``root`` to the only one of ``things``."""
    return paths(things, 0, namespaces=(), roots=lambda each: each is root, **more)


def test_what_only_a_traceback_holds_is_held_by_frames() -> None:
    """As many frames as there are."""
    things = [Thing()]
    errors = [failed(things[0]), failed(things[0])]
    assert held_by_frames(things, 0)
    assert len(errors) == 2


def test_what_anything_else_holds_is_not() -> None:
    """A list beside a frame is enough."""
    things = [Thing(), Thing()]
    error, kept = failed(things[1]), [things[1]]
    assert held_by_frames(things, 0)
    assert not held_by_frames(things, 1)
    assert [type(error), kept] == [ValueError, [things[1]]]


def test_an_old_frame_is_not_seen() -> None:
    """Then the answer is no, and somebody looks closer."""
    things = [Thing()]
    error = failed(things[0])
    gc.collect()
    assert not held_by_frames(things, 0)
    assert error


def test_a_context_that_a_frame_holds_counts_as_one() -> None:
    """A request whose view raised is held by its context, too, and that by frames."""
    app = application(lambda: "ok")
    with watched():
        with app.test_request_context("/") as context:
            pass
        things, error = [context.request], failed(context)
        del context
        assert held_by_frames(things, 0)
        kept = [error.__traceback__]
        kept += [frame.tb_frame.f_locals["kept"] for frame in kept]  # type: ignore[union-attr]
        assert not held_by_frames(things, 0)


def test_an_environment_that_its_request_holds_counts_as_one() -> None:
    """From Flask 3.2 on each request is in such a cycle."""
    things = [Request(EnvironBuilder().get_environ())]
    things[0].environ["werkzeug.request"] = things[0]
    assert held_by_frames(things, 0)
    kept = [things[0]]
    assert not held_by_frames(things, 0)
    assert kept


def test_counting_leaves_nothing_behind() -> None:
    """It would be found as a referrer the next time."""
    things = [Thing()]
    before = len(gc.get_objects())
    for _ in range(20):
        held_by_frames(things, 0)
    assert len(gc.get_objects()) - before < 20


def test_a_path_is_found_from_a_root() -> None:
    """It is the shortest, from the root to the object."""
    things = [Thing()]
    inner = [things[0]]
    root = {"near": inner, "far": [[inner]]}
    assert to(root, things) == [(root, inner, things[0])]


def test_each_root_has_its_path() -> None:
    """All that are as near are found."""
    things = [Thing()]
    roots = [(things[0], 1), (things[0], 2)]
    found = paths(things, 0, namespaces=(), roots=lambda each: any(each is one for one in roots))
    assert sorted(path[0][1] for path in found) == [1, 2]


def test_a_cycle_has_no_root() -> None:
    """What awaits garbage collection is followed once around."""
    things = [Thing()]
    things[0].held = [[things[0]]]
    assert to(object(), things) == []


def coroutine(thing: Any) -> Any:
    """Return one that would wait with ``thing``."""

    async def wait(kept: Any) -> Any:
        return kept

    return wait(thing)


def task(thing: Any) -> Any:
    """Return a task that is over, with ``thing`` as its result."""

    async def main() -> Any:
        made = asyncio.ensure_future(coroutine(thing))
        await made
        return made

    return asyncio.run(main())


def thread(thing: Any) -> threading.Thread:
    """Return one that would start with ``thing``."""
    return threading.Thread(target=print, args=(thing,))


def logger(thing: Any) -> logging.Logger:
    """Return one that a handler is connected to."""
    made = logging.Logger("shop")
    made.handlers.append(thing)
    return made


def client(thing: Any) -> Any:
    """Return a test client with something on it."""
    made = Flask("shop").test_client()
    made.kept = thing  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("hold", [coroutine, task, thread, logger, client, failed])
def test_what_is_somebody_elses_affair_ends_a_path(hold: Callable[[Any], Any]) -> None:
    """Frames, coroutines, tasks, threads, loggers and test clients."""
    things = [Thing()]
    root = [hold(things[0])]
    assert to(root, things) == []
    for each in root:
        getattr(each, "close", int)()


def test_a_namespace_that_is_no_root_owns_what_it_names() -> None:
    """No path leads through that: a module of the user's may have imported it."""
    things = [Thing()]
    signal = [things[0]]
    library, root = {"signal": signal}, {"signal": signal}
    others: dict[str, Any] = {"unlike": 1}
    for namespaces, found in ((library, []), (others, [(root, signal, things[0])])):
        assert (
            paths(things, 0, namespaces={id(namespaces)}, roots=lambda each: each is root) == found
        )


def test_globals_of_a_module_that_is_gone_end_a_path() -> None:
    """Everything that was written there refers to them."""
    module = ModuleType("gone")
    things = [Thing()]
    vars(module).update(__builtins__={}, last=things[0])
    assert to([vars(module)], things) == []


def test_too_many_referrers_are_not_followed() -> None:
    """Something that everybody refers to leads nowhere."""
    things = [Thing()]
    for many, found in ((referrers.WIDEST, 1), (referrers.WIDEST + 1, 0)):
        middle = [[things[0]] for _ in range(many)]
        root = (middle[0],)
        assert len(to(root, things)) == found
        del middle, root


def test_a_path_has_an_end() -> None:
    """What is too deep is not found."""
    things = [Thing()]
    for depth, found in ((referrers.DEEPEST - 1, 1), (referrers.DEEPEST, 0)):
        root: Any = things[0]
        for _ in range(depth + 1):
            root = [root]
        assert len(to(root, things)) == found


def test_time_may_run_out() -> None:
    """What is found by then is found."""
    things = [Thing()]
    near = [things[0]]
    root = [near]
    assert to(root, things, late=lambda: True) == []
    assert to(near, things, late=lambda: True) == [(near, things[0])]
