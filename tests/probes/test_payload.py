"""What goes along with a task: which things are seen, and how each goes along."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

import pytest
from flask import Flask, current_app, g, request, session
from flask.globals import app_ctx, request_ctx
from hostile import MAKERS
from watching import run_thread, serve, watched
from werkzeug.local import LocalProxy

from pytest_flaskctx.flasknames import session_of
from pytest_flaskctx.probes import payload
from pytest_flaskctx.probes.payload import Piece, carried, kept, know
from pytest_flaskctx.threadstate import here

Handed = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


def work(*things: Any, **named: Any) -> None:
    """Take anything."""


def with_default(first: Any, user: Any = request, *, more: Any = session) -> None:
    """Have proxies as defaults."""


def closing(who: Any) -> Callable[[], Any]:
    """Return a function that closes over ``who``."""
    return lambda: who


def wrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a decorator makes of ``function``."""
    return lambda *args: function(*args)


later_on = True


def unassigned() -> Callable[[], Any]:
    """Return a function whose closure is still empty."""

    def inner() -> Any:
        return later

    if not later_on:
        later = 1
    return inner


class Job:
    """Keeps what it is given."""

    def __init__(self, **given: Any) -> None:
        vars(self).update(given)

    def __call__(self) -> None:
        """Do it."""

    def run(self) -> None:
        """Do it."""

    def having(self, more: Any = session) -> None:
        """Have a proxy as a default."""


class Slotted:
    """Has no dictionary of attributes."""

    __slots__ = ("_more", "user")

    def __init__(self, user: Any = None) -> None:
        self.user = user

    def run(self) -> None:
        """Do it."""


class Named(NamedTuple):
    """Keeps what it is given as items."""

    size: int
    user: Any

    def run(self) -> None:
        """Do it."""


class Work(partial[Any]):
    """Is told from other partials by its class."""


def pieces(function: Callable[..., object], *args: Any, **kwargs: Any) -> list[Piece]:
    """Return what goes along, of this thread."""
    return list(carried((function,), args, kwargs, here()))


PROXIES: list[tuple[Handed, list[tuple[str, str]]]] = [
    ((work, (1, request), {}), [("request", "as argument 2")]),
    ((work, (), {"who": session}), [("session", "as keyword `who`")]),
    ((work, ([g],), {}), [("g", "as argument 1")]),
    ((work, ({"it": (current_app,)},), {}), [("current_app", "as argument 1")]),
    (
        (closing(g), (request, request), {"it": g}),
        [
            ("request", "as argument 1"),
            ("request", "as argument 2"),
            ("g", "as keyword `it`"),
            ("g", "in its closure, as `who`"),
        ],
    ),
    ((partial(work, g), (), {}), [("g", "as argument 1")]),
    ((partial(work, it=g), (), {}), [("g", "as keyword `it`")]),
    ((partial(work, it=g), (), {"it": 1}), []),
    ((closing(request), (), {}), [("request", "in its closure, as `who`")]),
    ((wrapping(closing(g)), (), {}), [("g", "in its closure, as `who`")]),
    ((work, (closing(g),), {}), [("g", "in its closure, as `who`")]),
    ((Job(user=g).run, (), {}), [("g", "as the attribute `user`")]),
    ((Job(users=[g]).run, (), {}), []),
    ((Job(user=g), (), {}), [("g", "as the attribute `user`")]),
    ((work, (Job(user=g),), {}), []),
    ((app_ctx, (), {}), [("app_ctx", "as its function")]),
    (
        (with_default, (1,), {}),
        [("request", "as the default of `user`"), ("session", "as the default of `more`")],
    ),
    ((with_default, (1, 2), {"more": 3}), []),
    ((with_default, (1,), {"user": 2, "more": 3}), []),
    ((partial(with_default, 1, 2, more=3), (), {}), []),
    ((wrapping(with_default), (1,), {}), []),
    ((unassigned(), (), {}), []),
    ((closing(1), (), {}), []),
    ((Slotted().run, (), {}), []),
    ((Slotted(g).run, (), {}), [("g", "as the attribute `user`")]),
    ((Named(1, g).run, (), {}), [("g", "as the attribute `user`")]),
    ((Work(work, g), (), {}), [("g", "as argument 1")]),
    ((work, (Work(work, g),), {}), [("g", "as argument 1")]),
    (
        (work, (OrderedDict(it=g), defaultdict(list, it=[request])), {}),
        [
            ("g", "as argument 1"),
            ("request", "as argument 2"),
        ],
    ),
    ((classmethod(work).__get__(None, Job), (g,), {}), [("g", "as argument 1")]),
    ((Job(user=1).having, (), {}), [("session", "as the default of `more`")]),
    ((Job(user=1).having, (), {"more": 1}), []),
    ((print, (1, "a", None), {}), []),
    ((work, (LocalProxy(lambda: 1),), {}), []),
    ((work, ([request] * 33,), {}), []),
    ((Job(**{f"a{number}": g for number in range(33)}).run, (), {}), []),
]


@pytest.mark.parametrize(("handed", "expected"), PROXIES)
def test_how_proxies_go_along(handed: Handed, expected: list[tuple[str, str]]) -> None:
    """Each proxy is named by every way on which it is met; none is looked through."""
    function, args, kwargs = handed
    found: list[Piece] = []
    with watched() as watch:
        serve(lambda: found.extend(pieces(function, *args, **kwargs)))
        assert watch.accesses == []
    assert [(each.name, each.how) for each in found] == expected
    assert {each.sort for each in found} <= {"proxy"}


# By name: pytest would ask a proxy for its own.
BEHIND: dict[str, Any] = {"request": request, "session": session, "g": g}
APP: Any = current_app


@pytest.mark.parametrize("name", BEHIND)
def test_the_real_objects_behind_proxies(name: str) -> None:
    """They are known by identity, and so is a method that belongs to one."""
    found: list[Piece] = []

    def view() -> None:
        real = BEHIND[name]._get_current_object()
        found.extend(pieces(work, real))
        found.extend(pieces(real.get if name != "request" else real.get_json))

    with watched():
        serve(view)
    method = "get_json" if name == "request" else "get"
    assert [(each.sort, each.name, each.how) for each in found] == [
        ("object", name, "as argument 1"),
        ("object", name, f"by its method `{method}`"),
    ]


def test_the_session_is_not_said_to_be_read() -> None:
    """Looking at a hand-over must not make the response vary by its cookie."""
    accessed: list[bool] = []

    def view() -> None:
        pieces(work, object())
        accessed.append(session_of(request_ctx._get_current_object()).accessed)

    with watched():
        serve(view)
    assert accessed == [False]


def test_objects_of_a_context_that_another_thread_pushed() -> None:
    """In a copy of the view's variables they are the same."""
    found: list[Piece] = []

    def ask() -> None:
        real = [BEHIND[name]._get_current_object() for name in BEHIND]
        found.extend(pieces(work, *real))

    with watched():
        serve(lambda: run_thread(partial(copy_context().run, ask)))
    assert [each.name for each in found] == ["request", "session", "g"]


def test_the_application_is_no_such_object() -> None:
    """It is what a worker needs."""
    found: list[Piece] = []
    with watched():
        serve(lambda: found.extend(pieces(work, APP._get_current_object())))
    assert found == []


def test_without_a_request_there_are_no_real_objects() -> None:
    """Anything may go along then."""
    with watched():
        assert pieces(work, object()) == []
        with Flask("shop").app_context():
            assert pieces(work, BEHIND["g"]._get_current_object()) == []


def test_contexts_and_variables() -> None:
    """A context goes along by itself, a copied one in a closure, and a set of variables."""
    found: list[Piece] = []

    def view() -> None:
        variables = copy_context()
        default: Any = request_ctx._get_current_object()

        def inner(context: Any = default) -> Any:
            return context

        found.extend(pieces(work, *[request_ctx._get_current_object()] * 2))
        found.extend(pieces(wrapping(inner)))
        found.extend(pieces(variables.run, work))

    with watched():
        serve(view)
    assert [(each.sort, each.how) for each in found] == [
        ("context", "as argument 1"),
        ("context", "as the default of `context`"),
        ("variables", "by its method `run`"),
    ]


def test_contexts_that_objects_keep() -> None:
    """They are looked for one deep in whatever goes along, but not at what proxies stand for."""
    found: list[list[Piece]] = []

    def view() -> None:
        keeping: list[Any] = [
            Slotted(copy_context()),
            Job(context=copy_context(), request=request),
            [partial(work, it=Job(of=request_ctx._get_current_object()))],
            Job(of=Job(context=copy_context())),
            Job(of=1).run,
            "",
            request,
        ]
        found.extend([list(kept([each], here())) for each in keeping])

    with watched():
        serve(view)
    assert [[(piece.sort, piece.how) for piece in each] for each in found] == [
        [("variables", "as the attribute `user`")],
        [("variables", "as the attribute `context`")],
        [("context", "as the attribute `of`")],
        [],
        [],
        [],
        [],
    ]


def test_a_walk_comes_to_an_end() -> None:
    """Functions that hold each other are looked into a few deep, and some dozens at most."""
    held: list[Any] = []
    held.append(closing(held))
    wide = closing([closing([closing(1) for _ in range(9)]) for _ in range(9)])
    deep: Any = request
    for _ in range(9):
        deep = [deep]
    with watched():
        assert pieces(closing(held)) == []
        assert pieces(work, deep) == []
        assert len(pieces(work, request, wide)) == 1
        assert pieces(work, wide, request) == []


def test_a_proxy_is_known_as_long_as_one_monitor_knows_it() -> None:
    """Whichever of two ends first."""
    proxy = LocalProxy(lambda: 1)
    first, second = know(proxy, "it"), know(proxy, "it")
    try:
        first()
        assert [each.name for each in pieces(work, proxy)] == ["it"]
    finally:
        second()
    assert pieces(work, proxy) == []
    assert id(proxy) not in payload._proxies


def test_threads_and_their_attributes() -> None:
    """A subclass keeps what it is given as attributes; a timer's function is looked into."""

    class Mailer(threading.Thread):
        def __init__(self, user: Any) -> None:
            super().__init__()
            self.user = user

        def run(self) -> None:
            pass

    def view() -> None:
        mailer = Mailer(g)
        mailer.start()
        mailer.join()
        timer = threading.Timer(0, closing(session))
        timer.start()
        timer.join()

    with watched() as watch:
        serve(view)
        watch.engine.wait(watch.trial)
        messages = {finding.message for finding in watch.findings()}
    assert messages == {
        "the proxy `g` (as the attribute `user`) is itself handed to a task",
        "the proxy `session` (in its closure, as `who`) is itself handed to a task",
    }


def test_an_app_of_its_own_hands_its_context_over() -> None:
    """A fresh application context is a context as well; whose it is, others tell."""
    context = Flask("shop").app_context()
    with watched():
        assert [each.sort for each in pieces(work, context)] == ["context"]


@pytest.mark.parametrize("kind", MAKERS)
def test_what_cannot_be_asked_is_passed_over(kind: str) -> None:
    """What goes along beside it is seen all the same."""
    thing = MAKERS[kind]()
    found: list[Piece] = []

    def view() -> None:
        found.extend(pieces(thing, thing, [thing], g))
        found.extend(pieces(partial(with_default, 1, thing, thing), more=session, it=thing))
        found.extend(pieces(wrapping(thing), closing(thing)))

    with watched() as watch:
        serve(view)
        assert watch.accesses == []
    assert [(each.name, each.how) for each in found] == [
        ("g", "as argument 3"),
        ("session", "as keyword `more`"),
    ]


def test_a_class_is_not_looked_into() -> None:
    """It was made for no task."""

    class Kind(type):
        """A metaclass."""

    found: list[Piece] = []
    kind = Kind("Report", (), {"user": session, "write": classmethod(work)})
    with watched():
        serve(lambda: found.extend(pieces(kind) + pieces(kind.write)))  # type: ignore[attr-defined]
    assert found == []
