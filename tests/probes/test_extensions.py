"""Proxies of extensions: a use in a request's task is an access, though it answers."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, has_request_context, request, session
from watching import PATIENCE, run_thread, serve, watched
from werkzeug.local import LocalProxy

from pytest_flaskctx.flasknames import getter
from pytest_flaskctx.probes import payload
from pytest_flaskctx.probes.extensions import _asked
from pytest_flaskctx.threadstate import here


@pytest.fixture
def extension() -> Iterator[types.ModuleType]:
    """A module with a proxy that is silently ``None`` in a worker, one that raises, one that is none."""
    module = types.ModuleType("shop_extension")
    module.visitor = LocalProxy(  # type: ignore[attr-defined]
        lambda: session.get("name", "nobody") if has_request_context() else None
    )
    module.cart = LocalProxy(lambda: session["cart"])  # type: ignore[attr-defined]
    module.plain = "plain"  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def leak(use: Callable[[], object], *, served: bool = True) -> Any:
    """Return what was watched while ``use`` ran in a thread."""

    def swallow() -> None:
        with suppress(RuntimeError, AttributeError):
            use()

    names = ("visitor", "cart", "plain", "missing")
    with watched(proxies=tuple(("shop_extension", name) for name in names)) as watch:
        if served:
            serve(lambda: run_thread(swallow))
        else:
            run_thread(swallow)
    return watch


def test_a_silent_proxy_is_an_access(extension: types.ModuleType) -> None:
    """A use that answers nothing in a request's worker is a finding."""
    watch = leak(lambda: extension.visitor.name)
    (access,) = watch.accesses
    assert (access.proxy, access.operation, access.extension) == ("visitor", "__getattr__", True)
    (found,) = watch.findings()
    assert found.message.endswith(", and answers nothing instead of failing")


def test_what_a_proxy_reads_on_its_way_is_one_access(extension: types.ModuleType) -> None:
    """The session behind it is not told a second time, and its error is the user's."""

    def use() -> None:
        with pytest.raises(RuntimeError, match="Working outside of request context"):
            extension.cart.total()

    (access,) = leak(use).accesses
    assert access.proxy == "cart"


def test_without_a_request_behind_it_a_proxy_reads_for_itself(extension: types.ModuleType) -> None:
    """A worker that no request started may ask; what the proxy itself reads is Flask's affair."""
    watch = leak(lambda: extension.cart.total(), served=False)
    assert [access.proxy for access in watch.accesses] == ["cart", "session"]
    assert [found.proxy for found in watch.findings()] == ["session"]


def test_in_its_own_thread_a_proxy_is_left_alone(extension: types.ModuleType) -> None:
    """Where a request is bound it answers as ever."""
    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        assert serve(lambda: extension.visitor.upper()) == "NOBODY"
    assert not watch.accesses


def test_in_the_test_itself_a_proxy_is_left_alone(extension: types.ModuleType) -> None:
    """The thread of the tests may ask at its own risk."""
    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        assert not extension.visitor
    assert not watch.accesses


def test_a_context_pushed_before_the_probes_counts(extension: types.ModuleType) -> None:
    """A request that is bound, though nobody saw its push, is a request."""
    with watched(proxies=(("shop_extension", "visitor"),)) as watch:

        def visit() -> None:
            with Flask("shop").test_request_context():
                here().request = None
                assert extension.visitor == "nobody"
                assert request.path == "/"

        run_thread(visit)
    assert "visitor" not in [access.proxy for access in watch.accesses]


def test_in_an_app_context_of_its_own_only_silence_is_an_access(
    extension: types.ModuleType,
) -> None:
    """A worker's own app context may be all that a proxy needs; nothing is no answer."""
    extension.setting = LocalProxy(lambda: "blue")  # type: ignore[attr-defined]

    def use() -> None:
        with Flask("shop").app_context():
            assert extension.setting.upper() == "BLUE"
            bool(extension.visitor)
            with suppress(RuntimeError):
                extension.cart.total()

    with watched(proxies=tuple(("shop_extension", x) for x in ("setting", "visitor", "cart"))) as w:
        serve(lambda: run_thread(use))
    assert [access.proxy for access in w.accesses] == ["visitor", "cart"]


def test_an_error_that_nobody_books_is_passed_on() -> None:
    """If the use cannot be recorded, the extension's error is all there is."""

    def fail() -> None:
        raise RuntimeError("theirs")

    def use() -> None:
        with pytest.raises(RuntimeError, match="theirs"):
            _asked(lambda: None, fail)
        assert here().muted == 0

    with watched() as watch:
        serve(lambda: run_thread(use))
    assert not watch.accesses


def test_a_proxy_gets_its_own_getter_back(extension: types.ModuleType) -> None:
    """When the monitor is gone, so is every trace in the extension."""
    before = getter(extension.visitor)
    with watched(proxies=(("shop_extension", "visitor"),)):
        assert getter(extension.visitor) is not before
    assert getter(extension.visitor) is before


def test_two_monitors_watch_one_proxy(extension: types.ModuleType) -> None:
    """A use is one access, and a proxy that is handed over is known to whichever is left."""
    visitor, cart = (("shop_extension", name) for name in ("visitor", "cart"))
    with watched(proxies=(visitor,)):
        before = getter(extension.visitor)
        with watched(proxies=(visitor, cart)) as inner:
            assert getter(extension.visitor) is before
            serve(lambda: run_thread(lambda: str(extension.visitor)))
            assert [access.proxy for access in inner.accesses] == ["visitor"]
        assert [
            piece.name for piece in payload.carried((print,), (extension.visitor,), {}, here())
        ] == ["visitor"]
    assert payload.carried((print,), (extension.visitor,), {}, here()) == []


def test_a_proxy_that_comes_later_is_watched_from_then_on() -> None:
    """A module imported while the monitor runs is attached to at the next look."""
    with watched(proxies=(("shop_late", "visitor"),)) as watch:
        module = types.ModuleType("shop_late")
        module.visitor = LocalProxy(lambda: None)  # type: ignore[attr-defined]
        sys.modules["shop_late"] = module
        try:
            watch.engine.look()
            serve(lambda: run_thread(lambda: bool(module.visitor)))
        finally:
            del sys.modules["shop_late"]
    assert [access.operation for access in watch.accesses] == ["__bool__"]


def test_a_proxy_in_a_task_that_runs_at_once(extension: types.ModuleType) -> None:
    """It answers by its caller's request, and what it reads on its way is part of that one use."""
    done: Future[int] = Future()
    done.set_result(1)
    names = []

    def view() -> str:
        session["name"] = "ada"
        done.add_done_callback(lambda future: names.append(f"{extension.visitor}"))
        return f"{extension.visitor}"

    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        assert serve(view) == "ada"
        (access,) = watch.accesses
    assert names == ["ada"]
    assert (access.proxy, access.extension) == ("visitor", True)
    assert access.context is not None
    assert access.context.outside


def test_a_carried_context_is_no_loan(extension: types.ModuleType) -> None:
    """A callback that brings a copied context has a request anywhere."""
    done: Future[int] = Future()
    done.set_result(1)

    def view() -> str:
        carried = copy_context()
        done.add_done_callback(lambda future: carried.run(lambda: str(extension.visitor)))
        return "ok"

    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        assert serve(view) == "ok"
        assert len(watch.accesses) == 0


def carried(extension: types.ModuleType, use: Callable[[], object], *, over: bool) -> Any:
    """Return what was watched while ``use`` ran in a copy of the view's variables."""
    go = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        go.wait(PATIENCE)
        use()

    def view() -> None:
        session["name"] = "Ada"
        threads.append(threading.Thread(target=copy_context().run, args=(work,)))
        threads[0].start()
        if not over:
            go.set()
            threads[0].join(PATIENCE)

    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        serve(view)
        go.set()
        threads[0].join(PATIENCE)
    return watch


def test_a_proxy_under_a_dead_context_is_one_access(extension: types.ModuleType) -> None:
    """It answers, and the user's line is told, not the extension's."""
    found: list[str] = []
    watch = carried(extension, lambda: found.append(extension.visitor.upper()), over=True)
    assert found == ["ADA"]
    (access,) = watch.accesses
    assert (access.proxy, access.operation, access.extension) == ("visitor", "__getattr__", True)
    (finding,) = watch.findings()
    assert (finding.code, finding.status) == ("FCX201", "new")
    assert finding.file == "probes/test_extensions.py"
    assert finding.context.over


def test_a_proxy_under_a_lent_context_is_right_while_its_owner_waits(
    extension: types.ModuleType,
) -> None:
    """It is booked, and judged as any other."""
    watch = carried(extension, lambda: extension.visitor.upper(), over=False)
    assert [access.proxy for access in watch.accesses] == ["visitor"]
    assert not watch.findings()


def test_within_another_use_a_proxy_is_part_of_that(extension: types.ModuleType) -> None:
    """A proxy that asks another one is the only one that is told."""
    extension.outer = LocalProxy(lambda: extension.visitor.upper())  # type: ignore[attr-defined]
    go = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        go.wait(PATIENCE)
        str(extension.outer)

    def view() -> None:
        threads.append(threading.Thread(target=copy_context().run, args=(work,)))
        threads[0].start()

    names = tuple(("shop_extension", name) for name in ("visitor", "outer"))
    with watched(proxies=names) as watch:
        serve(view)
        go.set()
        threads[0].join(PATIENCE)
    assert [access.proxy for access in watch.accesses] == ["outer"]
    assert not here().muted


def test_what_a_proxy_raises_under_a_dead_context_is_passed_on(
    extension: types.ModuleType,
) -> None:
    """And nothing stays muted."""
    extension.visitor = LocalProxy(lambda: session["nobody"])  # type: ignore[attr-defined]
    muted: list[int] = []

    def use() -> None:
        with pytest.raises(KeyError, match="nobody"):
            str(extension.visitor)
        muted.append(here().muted)

    watch = carried(extension, use, over=True)
    assert muted == [0]
    assert [access.proxy for access in watch.accesses] == ["visitor"]


def test_a_callback_that_ran_at_once_asked_a_proxy_by_luck(extension: types.ModuleType) -> None:
    """The future was done already, so it found the view's own context."""
    future: Future[int] = Future()
    future.set_result(1)
    with watched(proxies=(("shop_extension", "visitor"),)) as watch:
        serve(lambda: future.add_done_callback(lambda future: extension.visitor.upper()))
        (found,) = watch.findings()
    assert (found.code, found.proxy) == ("FCX101", "visitor")
    assert "only because the future was done already" in found.message
