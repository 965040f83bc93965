"""FCX205: the words for a session that was changed after its save."""

from __future__ import annotations

import pytest

from pytest_flaskctx import source
from pytest_flaskctx.facts import FileKind, Frame, Incident, Origin, Stack
from pytest_flaskctx.rules.base import Verdict
from pytest_flaskctx.rules.lost import LOST_SESSION_WRITE, judge


def stack(*kinds: FileKind) -> Stack:
    """Return a stack of one frame for each kind, the innermost first."""
    return tuple(Frame(f"{kind}.py", 1, kind, kind=kind) for kind in kinds)


USERS = stack("werkzeug", "user")


@pytest.fixture(autouse=True)
def spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user's files hold each key."""
    monkeypatch.setattr(source, "spells", lambda file, key: file == "user.py")


def verdict(*words: str, at: Stack = USERS, origin: Origin | None = None) -> Verdict:
    """Return what a change with these words comes to."""
    return judge(
        Incident(
            kind="lost-session-write",
            proxy="session",
            stack=at,
            thread="T",
            process=1,
            origin=origin,
            request=None,
            words=words,
            test="test_it",
        )
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("set", "'x'"), "`session['x']` was set after the session had been saved"),
        (("removed", "'x'"), "`session['x']` was removed after the session had been saved"),
        (("changed", "'a'", "7"), "`session['a']` and `session[7]` were changed after the session"),
        (("removed", "'a'", "'b'", "'c'"), "`session['a']`, `session['b']` and 1 more key were"),
        (
            ("set", "'a'", "'b'", "'c'", "'d'"),
            "`session['a']`, `session['b']` and 2 more keys were",
        ),
        (("changed in place", "'a'"), "`session['a']` was changed in place after the session had"),
    ],
)
def test_the_keys_are_named_and_what_became_of_them(words: tuple[str, ...], message: str) -> None:
    """Two keys by name, the others by their number."""
    assert verdict("task", *words).message.startswith(message)


def test_a_key_that_stands_in_no_source_of_the_users_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be data, a token of somebody's; what extensions keep there is known by name."""
    monkeypatch.setattr(source, "spells", lambda file, key: False)
    found = verdict("task", "set", "'S3CRET'", "'_user_id'")
    assert found.message.startswith("`session[...]` and `session['_user_id']` were set")
    assert "    session[...] = ...\n" in found.hint
    assert "S3CRET" not in found.hint


def test_a_key_may_stand_where_the_task_was_handed_over() -> None:
    """Or where that was which handed it over."""
    outer = Origin("submit", USERS, "T", None, "test_it")
    inner = Origin("submit", stack("library"), "T", None, "test_it", parent=outer)
    found = verdict("task", "set", "'x'", at=stack("library"), origin=inner)
    assert found.message.startswith("`session['x']` was set")


def test_a_task_is_told_to_change_it_in_the_view() -> None:
    """And where to keep what it finds out later."""
    assert verdict("task", "set", "'x'").hint == (
        "Change it in the view, before the task is handed over:\n\n"
        "    session['x'] = ...\n\n"
        "What the task finds out later, keep in a database or cache under the user's id."
    )


def test_the_requests_own_thread_is_told_when_to_change_it() -> None:
    """``after_request`` functions run before the save; what runs after it is named."""
    assert verdict("request", "set", "'x'").hint == (
        "Change it in the view, or in a function that runs before the session is saved:\n\n"
        "    @app.after_request\n"
        "    def remember(response):\n"
        "        session['x'] = ...\n"
        "        return response\n\n"
        "Teardown functions, `call_on_close` and streamed generators and templates run after that."
    )


@pytest.mark.parametrize(
    ("how", "key", "code"),
    [
        ("removed", "'x'", "session.pop('x', None)"),
        ("changed", "'x'", "session['x'] = ..."),
        ("set", "'_flashes'", "flash(...)"),
        ("removed", "'_flashes'", "get_flashed_messages()"),
        ("set", "'_permanent'", "session.permanent = True"),
        ("set", "'_user_id'", "login_user(...)"),
        ("removed", "'_user_id'", "logout_user()"),
    ],
)
def test_the_code_to_write_is_what_a_user_writes(how: str, key: str, code: str) -> None:
    """Keys that Flask and Flask-Login keep are not written by hand."""
    assert f"\n    {code}\n" in verdict("task", how, key).hint
    assert f"        {code}\n" in verdict("request", how, key).hint


def test_what_a_library_does_by_itself_is_the_librarys() -> None:
    """A teardown function of an extension is; what the user's line calls there is not."""
    own = verdict("request", "set", "'x'", at=stack("werkzeug", "library", "flask", "user"))
    called = verdict("request", "set", "'x'", at=stack("werkzeug", "library", "user"))
    assert (own.library, called.library) == (True, False)
    assert own.hint == "Nothing to repair here: the library changes the session on its own account."
    assert not verdict("task", "set", "'x'", at=()).library


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("<template>", False),
        ("/shop/templates/cart.html", False),
        ("/venv/lib/site-packages/flask_admin/templates/index.html", True),
    ],
)
def test_a_template_is_the_users_unless_it_came_with_a_library(file: str, library: bool) -> None:
    """A streamed page calls ``csrf_token()``: a library writes, on the user's behalf."""
    template = Frame(file, 3, "root", kind="library")
    renders = Frame("/venv/lib/site-packages/jinja2/environment.py", 1, "generate", kind="library")
    at = (*stack("werkzeug", "library"), template, renders, *stack("flask", "user"))
    assert verdict("request", "set", "'csrf_token'", at=at).library is library


def test_the_rule_fails_always() -> None:
    """A lost write is certainly a bug."""
    assert (LOST_SESSION_WRITE.code, LOST_SESSION_WRITE.level) == ("FCX205", "fail")
