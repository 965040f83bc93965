"""Flask's inner names, held against the Flask that is installed."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FrameType, ModuleType, SimpleNamespace

import flask
import flask.ctx
import flask.globals
import flask.testing
import pytest
from watching import application
from werkzeug.local import LocalProxy

from pytest_flaskctx import flasknames


def test_all_proxies_of_this_flask_are_known() -> None:
    """Every proxy that ``flask.globals`` defines is found, with the context that it reads."""
    found = {target.name: target for target in flasknames.proxies(flask.globals)}
    defined = {
        name
        for name, value in vars(flask.globals).items()
        if type(value) is LocalProxy and not name.startswith("_")
    }
    assert found.keys() == defined
    slots = {name: target.slot for name, target in found.items()}
    assert slots["g"] == slots["current_app"] == slots["app_ctx"] == "app"
    assert slots["request"] == slots["session"]


def test_what_is_no_proxy_is_passed_over() -> None:
    """A name that a coming Flask gives to something else is not touched."""
    module = ModuleType("flask.globals")
    module.request = "no proxy"  # type: ignore[attr-defined]
    assert flasknames.proxies(module) == []
    assert flasknames.request_variable(module) is None


def test_a_proxy_is_told_by_its_real_type() -> None:
    """Asking whether something is a proxy looks through none, and finds subclasses."""

    class Own(LocalProxy):  # type: ignore[type-arg]
        pass

    assert flasknames.is_proxy(flask.request)
    assert flasknames.is_proxy(Own(lambda: 1))
    assert not flasknames.is_proxy("text")


def test_a_getter_is_put_back_only_where_it_is_ours() -> None:
    """What was set later stays."""
    proxy = LocalProxy(lambda: 1)
    original = flasknames.getter(proxy)
    undo = flasknames.replace_getter(proxy, lambda: 2)
    assert proxy == 2
    undo()
    assert flasknames.getter(proxy) is original
    undo = flasknames.replace_getter(proxy, lambda: 2)
    later = flasknames.replace_getter(proxy, lambda: 3)
    undo()
    assert proxy == 3
    later()
    assert proxy == 2


def test_context_classes_have_their_slots() -> None:
    """Both kinds of context are known by the class that pushes them."""
    merged = "RequestContext" not in vars(flask.ctx)
    slot = "merged" if merged else "app"
    assert (flask.ctx.AppContext, slot) in flasknames.context_classes(flask.ctx)
    assert flasknames.request_variable(flask.globals) is not None
    assert flasknames.app_variable(flask.globals) is not None


@pytest.mark.parametrize(
    ("module", "function", "name"),
    [
        ("flask.ctx", flask.after_this_request, "after_this_request"),
        ("flask.ctx", flask.copy_current_request_context, "copy_current_request_context"),
        ("flask.helpers", flask.stream_with_context, "stream_with_context"),
        ("flask.app", flask.Flask.url_for, "url_for"),
        ("flask.ctx", flask.has_request_context, None),
    ],
)
def test_functions_are_known_by_their_code(
    module: str, function: Callable[..., object], name: str | None
) -> None:
    """Which function of Flask's raised is told by its code; others are nobody's."""
    # A probe may stand before the method.
    code = getattr(inspect.unwrap(function), "__code__")  # noqa: B009
    assert flasknames.function_name(module, code) == name


def test_a_module_is_imported_when_it_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is half way through its import is not there yet."""
    assert flasknames.imported("flask.globals") is flask.globals
    assert flasknames.imported("shop_nowhere") is None
    module = ModuleType("shop_half")
    module.__spec__ = type("Spec", (), {"_initializing": True})()  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "shop_half", module)
    assert flasknames.imported("shop_half") is None


PATHS = {
    "/": "/",
    "/reset/s3cr3t": "/reset/*",
    "/reset/a/b": "/reset/*",
    "/reset/": "/reset",
    "/S3cr3t": "/*",
    "/s3cr3ts3cr3t/x": "/*/*",
    "/a-very-long-segment-of-letters": "/*",
    "/ann@example.org": "/*",
}


@pytest.mark.parametrize("path", PATHS)
def test_an_unmatched_path_is_masked(path: str) -> None:
    """Only a plain first segment is shown: ``/reset/<token>`` is a secret."""
    with flask.Flask("shop", static_folder=None).test_request_context(path):
        words = flasknames.request_words(flask.request)
    assert words == ("GET", PATHS[path], None)


def test_a_matched_request_is_shown_by_its_rule() -> None:
    """Method, URL rule and endpoint, and nothing that was typed."""
    with application(lambda: "", "POST").test_request_context("/order/secret?x=1", method="POST"):
        words = flasknames.request_words(flask.request)
    assert words == ("POST", "/order/<name>", "order")


def test_a_strange_method_is_not_shown() -> None:
    """A method is what a client sends; anything but a word is hidden."""
    with application(lambda: "").test_request_context("/", method="<script>"):
        method, *_ = flasknames.request_words(flask.request)
    assert method == "?"


def test_a_use_without_a_descriptor_is_a_get() -> None:
    """Where no special method stands in the calling frame, somebody called the getter."""
    frame = sys._getframe()
    assert flasknames.operation(frame) == ("get", frame)


def test_a_descriptor_of_somebody_elses_is_a_get() -> None:
    """A ``__get__`` that is not Werkzeug's says nothing of the operation."""

    class Descriptor:
        def __get__(self, instance: object, owner: object) -> object:
            return flasknames.operation(sys._getframe())

    class Owner:
        asked = Descriptor()

    assert Owner().asked[0] == "get"  # type: ignore[index]


def pushing_frame(push: Callable[[], object]) -> FrameType:
    """Return the frame that pushes an application context while ``push`` runs."""
    frames: list[FrameType] = []

    class Context(flask.ctx.AppContext):
        def push(self) -> None:
            frames.append(sys._getframe(1))
            super().push()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flask.Flask, "app_context", lambda app: Context(app))
        push()
    return frames[0]


def test_what_flask_pushes_for_itself_is_known() -> None:
    """A request's contexts, and none that a program pushes."""
    app = application(str)
    served = pushing_frame(lambda: app.test_client().get("/order/tea"))
    others = [pushing_frame(lambda: _in_block(app)), pushing_frame(lambda: _by_hand(app))]
    assert served.f_code.co_qualname in flasknames.PUSHES_FOR_FLASK
    assert not flasknames.PUSHES_FOR_FLASK & {frame.f_code.co_qualname for frame in others}
    assert flask.Flask.wsgi_app.__code__.co_qualname in flasknames.PUSHES_FOR_FLASK


def test_the_way_of_pushing_is_told_by_who_pushes() -> None:
    """By hand, in a block, or by a client that keeps its contexts."""
    app = application(str)
    assert flasknames.way_of_pushing(pushing_frame(lambda: _by_hand(app))) == "push"
    assert flasknames.way_of_pushing(pushing_frame(lambda: _in_block(app))) == "with"


def _in_block(app: flask.Flask) -> None:
    with app.app_context():
        pass


def _by_hand(app: flask.Flask) -> None:
    context = app.app_context()
    context.push()
    context.pop()


def test_the_outermost_frame_pushes_in_a_block() -> None:
    """Nobody stands behind it who streams or keeps."""
    frame = SimpleNamespace(f_code=flask.ctx.AppContext.__enter__.__code__, f_back=None)
    assert flasknames.way_of_pushing(frame) == "with"  # type: ignore[arg-type]


def test_who_pushes_from_nowhere_is_no_client() -> None:
    """The stack may end before the client could stand in it."""
    assert not flasknames.kept_by_client(None)


def test_a_session_is_asked_for_without_a_trace() -> None:
    """Where Flask notes who asked, the session itself is kept beside; before it did, it was open."""
    assert flasknames.session_of(SimpleNamespace(_session=1, session=2)) == 1
    assert flasknames.session_of(SimpleNamespace(session=2)) == 2


class OldContext:
    """A request context as it was before Flask 3.1.3, where its session is a plain attribute."""

    request = "the request"
    session = "the session"


class NewContext:
    """A request context in which asking for the session notes that it was read."""

    request = "the request"
    _session: str | None = None

    @property
    def session(self) -> object:
        """Must not be asked."""
        raise AssertionError


class Holder:
    """An application context."""

    g = "the g"


def test_the_real_objects_of_contexts() -> None:
    """They are what the proxies stand for, as far as there is any."""
    found = flasknames.real_objects(OldContext(), Holder())
    assert found == ("the request", "the session", "the g")
    assert flasknames.real_objects(NewContext(), None) == ("the request", None, None)


def test_clients_and_their_responses_are_told_by_their_classes() -> None:
    """A class of the user's that derives from them is one, too."""

    class Client(flask.testing.FlaskClient):
        pass

    response = application(lambda: "ok").test_client().get("/order/tea")
    assert flasknames.is_of_client(Client)
    assert flasknames.is_of_client(type(response))
    assert not flasknames.is_of_client(flask.Response)
