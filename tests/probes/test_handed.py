"""Proxies that are handed to a task, and those that are no more than names in scope: FCX103."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, copy_context
from functools import cache, partial
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, current_app, g, request, session
from flask.globals import app_ctx
from watching import PATIENCE, Watched, application, serve, watched

View = Callable[[ThreadPoolExecutor], object]
copied: Callable[..., Callable[..., Any]] = copy_current_request_context
PROXIES: dict[str, Any] = {"request": request, "session": session, "g": g, "app": current_app}


def work(*things: Any, **named: Any) -> str:
    """Take anything, and use none of it."""
    return "done"


def told(watch: Watched) -> list[tuple[str, str]]:
    """Wait for the tasks, and return code and proxy of each finding."""
    watch.engine.wait(watch.trial, PATIENCE)
    assert not watch.engine.disabled
    return [(finding.code, finding.proxy) for finding in watch.findings()]


def found(view: View, **settings: Any) -> list[tuple[str, str]]:
    """Return what is found when a view hands over."""
    with watched(**settings) as watch, ThreadPoolExecutor(2) as pool:
        serve(lambda: view(pool))
        return told(watch)


REQUEST = [("FCX103", "request")]


class Sender(threading.Thread):
    """Keeps what it is given, under the name that it has."""

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request

    def run(self) -> None:
        """Do without it."""


class Service:
    """Keeps a proxy as a module does."""

    def __init__(self) -> None:
        self._request = request

    def run(self) -> None:
        """Do without it."""

    @staticmethod
    def job(request: Any) -> Callable[[], Any]:
        """Return a function that closes over what was given."""
        return lambda: request

    def watching(self) -> Callable[[], Any]:
        """Return a function that closes over a new name of the proxy."""
        watched = request
        return lambda: watched


def test_a_proxy_that_is_handed_over() -> None:
    """It is told where it is handed over, whether or not the request waits."""
    assert found(lambda pool: pool.submit(work, request)) == REQUEST
    assert found(lambda pool: pool.submit(work, it=g).result()) == [("FCX103", "g")]
    assert found(lambda pool: Sender(request).start()) == REQUEST


def test_a_proxy_that_is_a_name_in_scope_as_well() -> None:
    """It counts where it is given, and is told once."""

    def view(pool: ThreadPoolExecutor) -> None:
        from flask import request

        def audit(*_who: Any) -> Any:
            return lambda: request

        def closed() -> Any:
            return request, visit

        visit = request
        pool.submit(partial(audit, request, request))
        pool.submit(closed)
        pool.submit(audit)

    with watched() as watch, ThreadPoolExecutor(2) as pool:
        serve(lambda: view(pool))
        watch.engine.wait(watch.trial, PATIENCE)
        messages = [finding.message for finding in watch.findings()]
    assert messages == [
        "the proxy `request` (as argument 1) is itself handed to a task",
        "the proxy `request` (in its closure, as `visit`) is itself handed to a task",
    ]


def test_threads_that_have_a_target_and_a_run_of_their_own() -> None:
    """Either may use what it has."""

    class Both(Sender):
        def __init__(self, request: Any) -> None:
            threading.Thread.__init__(self, target=work, args=(session,))
            self.client = request

    with watched() as watch:
        serve(lambda: Both(request).start())
        watch.engine.wait(watch.trial, PATIENCE)
        (finding,) = watch.findings()
    assert finding.message == (
        "the proxies `session` (as argument 1) and `request` (as the attribute `client`) "
        "are themselves handed to a task"
    )


def test_a_thread_whose_run_was_set() -> None:
    """It runs in the place of its class's."""

    def view(_pool: ThreadPoolExecutor) -> None:
        client = request
        thread = threading.Thread()
        thread.run = lambda: work(client)  # type: ignore[method-assign]
        thread.start()
        thread.join()

    assert found(view) == REQUEST


def test_an_attribute_of_its_own_name_is_a_name_in_scope() -> None:
    """A service keeps it for its methods, as a module does for its functions."""
    assert found(lambda pool: pool.submit(Service().run)) == []


def handing_a_parameter(pool: ThreadPoolExecutor, request: Any = request) -> None:
    """Hand over a function that closes over an argument of this call."""
    unused: list[Any] = []
    pool.submit(lambda: unused or (lambda: request))


def handing_an_import(pool: ThreadPoolExecutor) -> None:
    """Hand over a function that closes over a name imported in here."""
    from flask import request

    pool.submit(lambda: request)


def handing_a_new_name(pool: ThreadPoolExecutor) -> None:
    """Hand over a function that closes over what is called otherwise in here."""
    client = request
    pool.submit(lambda: client)


def test_closures_of_a_function_that_is_running() -> None:
    """Its parameters and its new names are handed over; what it imported is not."""
    assert found(handing_a_parameter) == REQUEST
    assert found(handing_a_new_name) == REQUEST
    assert found(handing_an_import) == []
    assert found(handing_another_import) == []


def handing_another_import(pool: ThreadPoolExecutor) -> None:
    """Hand over a function that closes over a name imported in here as another."""
    from flask import request as client

    pool.submit(lambda: client)


def closing_over_a_parameter(request: Any) -> Callable[[], Any]:
    """Return a function that closes over what was given, whatever its name."""
    return lambda: lambda: request


def nested(*, user: Any) -> Callable[[], Any]:
    """Return a function two deep that closes over what was given."""

    def around() -> Callable[[], Any]:
        return lambda: user

    return around()


def importing() -> Callable[[], Any]:
    """Return a function that closes over names imported in here."""
    from flask import request
    from flask import request as client

    return lambda: (request, client)


def closing_over_several(*who: Any) -> Callable[[], Any]:
    """Return a function that closes over all that was given."""
    return lambda: who


def closing_over_named(**who: Any) -> Callable[[], Any]:
    """Return a function that closes over all that was given by name."""
    return lambda: who


@cache
def wrapped_by_c() -> Callable[[], Any]:
    """Return a function that closes over an import, as ``importing`` does."""
    from flask import request as client

    return lambda: client


@pytest.fixture
def made() -> Callable[[], Any]:
    """Return a function that closes over an import."""
    from flask import request as client

    return lambda: client


def test_closures_of_what_a_decorator_wrapped(made: Callable[[], Any]) -> None:
    """A fixture and a cached factory are found under their names, as the functions that they wrap."""
    assert found(lambda pool: pool.submit(made)) == []
    assert found(lambda pool: pool.submit(wrapped_by_c())) == []


def handing_what_is_left(pool: ThreadPoolExecutor) -> list[Future[Any]]:
    """Hand over what functions left behind that are over."""
    factories = (importing, Service().watching)
    return [pool.submit(each()) for each in factories]


def test_closures_of_a_function_that_is_over() -> None:
    """Its parameters were given; what it called by a name of its own is in scope, as in a factory."""
    assert found(lambda pool: pool.submit(closing_over_a_parameter(request))) == REQUEST
    assert found(lambda pool: pool.submit(nested(user=request))) == REQUEST
    assert found(lambda pool: pool.submit(Service.job(request))) == REQUEST
    assert found(lambda pool: pool.submit(closing_over_several(1, request))) == REQUEST
    assert found(lambda pool: pool.submit(closing_over_named(it=request))) == REQUEST
    assert found(handing_what_is_left) == []


def test_closures_whose_origin_is_not_found() -> None:
    """The proxy's own name is then taken for one in scope, another for a hand-over."""
    names: dict[str, Any] = {"flask_request": request}
    program = """
def make():
    from flask import request
    client = request
    return (lambda: request), (lambda: client), (lambda: (lambda: request))
jobs = make()
class Holder:
    made = make
del make
"""
    exec(program, names)
    named, other, deeper = names["jobs"]
    assert found(lambda pool: pool.submit(named)) == []
    assert found(lambda pool: pool.submit(other)) == REQUEST
    assert found(lambda pool: pool.submit(deeper)) == []
    # Where something else has the name now.
    for owner in (flask_app, Service):
        names["make"] = owner
        assert found(lambda pool: pool.submit(named)) == []


flask_app = Flask("shop")


def test_a_proxy_that_is_used_is_told_once() -> None:
    """The use says more than the hand-over does; another proxy of the same task is told still."""

    def use(first: Any, second: Any) -> None:
        with suppress(ValueError):
            str(first.path)

    assert found(lambda pool: pool.submit(use, request, request)) == [("FCX101", "request")]
    with watched() as watch, ThreadPoolExecutor(2) as pool:
        serve(lambda: pool.submit(use, request, session))
        watch.engine.wait(watch.trial, PATIENCE)
        messages = {finding.code: finding.message for finding in watch.findings()}
    assert set(messages) == {"FCX101", "FCX103"}
    assert messages["FCX103"] == "the proxy `session` (as argument 2) is itself handed to a task"


def test_a_proxy_that_a_task_passes_on_is_told_once() -> None:
    """What the last of them did with it is the finding of all."""

    def pass_on(pool: ThreadPoolExecutor, what: Any) -> None:
        pool.submit(lambda: what.path)

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(lambda: pool.submit(pass_on, pool, request))
        assert told(watch) == [("FCX101", "request")]


def test_a_proxy_with_its_context() -> None:
    """In a copy of the request's context the proxy means what it meant in the view."""
    assert found(lambda pool: pool.submit(copied(work), request).result()) == []
    assert found(lambda pool: pool.submit(copy_context().run, work, request).result()) == []
    assert found(lambda pool: pool.submit(Context().run, work, request).result()) == REQUEST
    own = flask_app.app_context()
    assert found(lambda pool: pool.submit(work, own, request).result()) == REQUEST
    theirs: Any = app_ctx
    assert found(lambda pool: pool.submit(work, theirs._get_current_object(), g).result()) == []


class Item:
    """Keeps a context for what is done."""

    def __init__(self) -> None:
        self.context = copy_context()


def do(item: Item, *args: Any) -> None:
    """Do the work in the context that the item keeps."""
    item.context.run(work, *args)


def test_a_proxy_with_its_context_in_an_object() -> None:
    """A job may keep it as an attribute."""
    assert found(lambda pool: pool.submit(do, Item(), request).result()) == []
    assert found(lambda pool: pool.submit(partial(do, Item(), request)).result()) == []
    item = Item()
    assert found(lambda pool: pool.submit(do, item, request).result()) == REQUEST


def test_a_thread_that_inherits_the_context() -> None:
    """Its proxies mean what they meant in the view; a pool's threads may be another's."""

    def view(pool: ThreadPoolExecutor) -> None:
        thread = threading.Thread(target=work, args=(request,))
        thread.start()
        thread.join()

    assert found(view, inherit=True) == []
    assert found(lambda pool: pool.submit(work, request), inherit=True) == REQUEST


def test_arguments_of_a_thread_pool() -> None:
    """In their tuple, and by name."""

    def view(pool: ThreadPoolExecutor) -> None:
        with ThreadPool(1) as threads:
            threads.apply(work, (1, request), {"it": g})

    with watched() as watch, ThreadPoolExecutor(2) as pool:
        serve(lambda: view(pool))
        (finding,) = watch.findings()
    assert "`request` (as argument 2) and `g` (as keyword `it`)" in finding.message


def greet(user: Any = request, *, place: Any = None) -> None:
    """Have a proxy as a default."""


def placed(_user: Any, place: Any = request) -> None:
    """Have one as a second default."""


def test_a_default_that_the_call_replaces() -> None:
    """By an item of a map, or by what a callback is called with; one beside it is handed over."""

    def view(pool: ThreadPoolExecutor) -> None:
        with ThreadPool(1) as threads:
            threads.map(greet, ["Ada"])
            list(threads.imap(greet, ["Ada"]))
            threads.starmap(placed, [("Ada", "here")])
            threads.apply_async(greet, iter(["Ada"])).get()
            threads.apply_async(work, callback=greet, error_callback=greet).get()
        pool.submit(work).add_done_callback(greet)
        pool.submit(greet, "Ada").result()

    def beside(way: str) -> View:
        def view(pool: ThreadPoolExecutor) -> None:
            with ThreadPool(1) as threads:
                list(getattr(threads, way)(placed, ["Ada"]))

        return view

    assert found(view) == []
    assert found(beside("map")) == REQUEST
    assert found(beside("imap")) == REQUEST
    assert found(lambda pool: pool.submit(work).add_done_callback(placed)) == REQUEST
    assert found(lambda pool: pool.submit(greet)) == REQUEST


def test_outside_any_request_nothing_is_told() -> None:
    """The test's own thread may do as it likes, and is not waited for."""
    with watched() as watch, ThreadPoolExecutor(2) as pool:
        with flask_app.app_context():
            pool.submit(work, current_app).result()
        assert told(watch) == []


def test_a_hand_over_in_a_loop_is_one_finding() -> None:
    """It is counted; the place is that of the hand-over."""
    with watched() as watch, ThreadPoolExecutor(2) as pool:
        app = application(lambda: [pool.submit(work, request) for _ in range(3)])
        for count in (3, 6):
            app.test_client().get("/order/tea")
            assert told(watch) == REQUEST
            (finding,) = watch.findings()
            assert finding.count == count
        assert finding.handover is not None
        assert finding.handover.site == finding.site


def real(name: str = "request") -> Any:
    """Return the object itself behind a proxy."""
    return PROXIES[name]._get_current_object()


ESCAPED = [("FCX206", "request")]


def test_a_real_object_that_its_request_does_not_wait_for() -> None:
    """It is told by the name of its proxy, a method of it likewise."""
    assert found(lambda pool: pool.submit(work, real())) == ESCAPED
    assert found(lambda pool: pool.submit(real().get_json, silent=True)) == ESCAPED
    assert found(lambda pool: pool.submit(work, it=real("g"))) == [("FCX206", "g")]
    assert found(lambda pool: Sender(real()).start()) == ESCAPED


@pytest.mark.parametrize("name", ["request", "session", "g"])
def test_a_real_object_of_an_async_view(name: str) -> None:
    """Its body runs in a thread that pushed nothing, in a copy of the request's variables."""
    pytest.importorskip("asgiref")
    app = application(lambda: "")
    with watched() as watch, ThreadPoolExecutor(2) as pool:

        async def view() -> str:
            pool.submit(work, real(name))
            return "ok"

        app.add_url_rule("/async", view_func=view)
        assert app.test_client().get("/async").text == "ok"
        assert told(watch) == [("FCX206", name)]


def test_a_real_object_whose_request_waits() -> None:
    """The task is over by then, or may be, and needs no proxy."""
    done = threading.Event()

    def tell(_request: Any) -> None:
        done.set()

    def wait_unseen(pool: ThreadPoolExecutor) -> None:
        pool.submit(tell, real())
        done.wait(PATIENCE)

    def hold_a_lock(pool: ThreadPoolExecutor) -> None:
        lock = threading.Lock()
        lock.acquire()
        pool.submit(lambda request: lock.release(), real())
        lock.acquire()

    assert found(lambda pool: pool.submit(work, real()).result()) == []
    assert found(wait_unseen) == []
    assert found(hold_a_lock) == []


def test_the_real_application_is_no_escaped_object() -> None:
    """It does not end with the request."""
    assert found(lambda pool: pool.submit(work, real("app"))) == []
    assert found(lambda pool: pool.submit(real("app").app_context)) == []


def test_a_real_object_with_its_context() -> None:
    """One task is told of once, by what says more."""
    assert found(lambda pool: pool.submit(copied(work), real())) == ESCAPED


def test_a_real_object_that_is_used_too_late_is_told_once() -> None:
    """What came of it says more."""
    over = threading.Event()

    def buy(basket: Any) -> None:
        assert over.wait(PATIENCE)
        basket["cart"] = "tea"

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(lambda: pool.submit(buy, real("session")))
        over.set()
        assert told(watch) == [("FCX205", "session")]


def test_what_a_task_is_told_of_holds_nothing_of_its_request() -> None:
    """Whatever is judged later keeps only words."""
    alive: list[weakref.ref[Any]] = []

    def view(pool: ThreadPoolExecutor) -> None:
        alive.append(weakref.ref(real()))
        pool.submit(work, real())

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(lambda: view(pool))
        pool.shutdown()
        gc.collect()
        assert alive[0]() is None
        assert told(watch) == ESCAPED
