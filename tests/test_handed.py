"""FCX103: what is told of proxies that were handed over."""

from __future__ import annotations

import os
from pathlib import Path

import builders
import pytest

from pytest_flaskctx.facts import Frame, Incident
from pytest_flaskctx.rules.handed import PROXY_HANDED_OVER, described, judge, listed, untold

LIBRARY = Frame("/venv/site-packages/shoplib/queue.py", 7, "Queue.put", kind="library")


def incident(*words: str, library: bool = False) -> Incident:
    """Return the hand-over of what ``words`` tell."""
    origin = builders.handover().origin
    stack = (LIBRARY, *origin.stack) if library else origin.stack
    return Incident(
        kind="proxy-handed-over",
        proxy=words[0],
        stack=stack,
        thread="MainThread",
        process=os.getpid(),
        origin=origin._replace(stack=stack),
        request=origin.request,
        words=words,
        test="test_it",
    )


REPAIRS = [
    ("request", 'name = request.args["name"]'),
    ("session", 'cart = session["cart"]'),
    ("g", "tenant = g.tenant"),
    ("app_ctx", "tenant = app_ctx.g.tenant"),
    ("request_ctx", "path = request_ctx.request.path"),
    ("current_user", "user_id = current_user.id"),
    ("tenant", "value = tenant._get_current_object()"),
]


@pytest.mark.parametrize(("proxy", "repair"), REPAIRS)
def test_one_proxy(proxy: str, repair: str) -> None:
    """It is named with how it goes along; the repair is to read it before."""
    verdict = judge(incident(proxy, "as argument 2"))
    assert verdict.rule is PROXY_HANDED_OVER
    assert verdict.message == f"the proxy `{proxy}` (as argument 2) is itself handed to a task"
    assert verdict.hint == (
        f"Read what the task needs of `{proxy}` before it is handed over, and pass that. "
        f"For example:\n\n    {repair}"
    )
    assert not verdict.library


def test_the_application_is_passed_itself() -> None:
    """It is the one object behind a proxy that does not end with the request."""
    assert judge(incident("current_app", "as keyword `app`")).hint == (
        "Pass the application itself:\n\n    app = current_app._get_current_object()"
    )


def test_several_proxies() -> None:
    """One hand-over is one sentence."""
    words = ("request", "as argument 1", "g", "as argument 2", "session", "as keyword `it`")
    assert judge(incident(*words)).message == (
        "the proxies `request` (as argument 1), `g` (as argument 2) and `session` "
        "(as a keyword) are themselves handed to a task"
    )
    assert listed(["one"]) == "one"


def test_what_a_library_hands_over_is_its_own_affair() -> None:
    """The user has nothing to repair there."""
    verdict = judge(incident("current_app", "as argument 1", library=True))
    assert verdict.library
    assert verdict.hint == "Nothing to repair here: the library hands over what it chose itself."


def test_what_an_access_tells_is_left_out() -> None:
    """Of two proxies one may be told already; without any left there is nothing to tell."""
    both = incident("request", "as argument 1", "g", "as argument 2")
    rest = untold(both, {("FCX101", "request")})
    assert rest is not None
    assert (rest.proxy, rest.words) == ("g", ("g", "as argument 2"))
    assert untold(both, {("FCX101", "request"), ("FCX102", "g")}) is None
    assert untold(both, set()) == both


CALLS = {
    "pool.submit(send, user=g)": "as keyword `user`",
    "def send(*, user): ...": "as keyword `user`",
    "Thread(kwargs={'user': g, **more})": "as keyword `user`",
    "named['user'] = g": "as keyword `user`",
    "pool.submit(send, **{request.headers['user-name']: g, 1: 2})": "as a keyword",
    "seats[1], 'user'": "as a keyword",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_keyword_that_is_data_is_not_shown(call: str, tmp_path: Path) -> None:
    """It is where the user's source at the hand-over has that name; a library's does not count."""
    file = tmp_path / "shop.py"
    file.write_text(call)
    found = incident("g", "as keyword `user`")
    there = found._replace(stack=(Frame(str(file), 1, "send"), *found.stack))
    assert described(there) == [f"`g` ({CALLS[call]})"]
    library = found._replace(stack=(Frame(str(file), 1, "send", kind="library"),))
    assert described(library) == ["`g` (as a keyword)"]


@pytest.mark.parametrize(
    ("name", "how"), [("user", "the attribute `user`"), ("x-y", "an attribute")]
)
def test_an_attribute_that_is_data_is_not_shown(name: str, how: str) -> None:
    """No code can speak of it by that name."""
    assert described(incident("g", f"as the attribute `{name}`")) == [f"`g` (as {how})"]
