"""FCX401: the words for data that came from one request to another."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_flaskctx.findings import Bleed, BleedStep
from pytest_flaskctx.rules.bleed import (
    INCONCLUSIVE,
    REQUEST_BLEED,
    TIME_ENDED,
    hint,
    message,
    place,
    why,
)

WHERE = "the body of GET /profile (endpoint 'profile')"


def bleeds_with(steps: tuple[BleedStep, ...]) -> Bleed:
    """Return a bleed of these steps."""
    return Bleed("token", "", "", "", "", (), "", "", "", "", steps, within_line=False)


def said(kind: str, **changes: Any) -> str:
    """Return the message of what ``A`` shows, with what is ``B``'s, beside it."""
    told = {"who": "A", "whose": "B", "where": WHERE, "serial": False}
    return message(kind, **told | changes)


def test_a_token_is_told_with_whose_it_is() -> None:
    """And whether it takes two requests at a time."""
    assert said("token") == f"{WHERE} for visitor A has data of visitor B, beside another request"
    assert said("token", serial=True) == (
        f"{WHERE} for visitor A has data of visitor B, after another request"
    )


def test_a_token_may_be_an_earlier_visitors() -> None:
    """That one has no letter in this run."""
    assert said("token", whose="") == f"{WHERE} for visitor A has data of an earlier visitor"


def test_a_failure_is_told_by_its_status_or_error() -> None:
    """It never happens alone."""
    told = said("failure", whose="", where="status 500")
    assert told == "visitor A ends with status 500 beside another request, and never alone"


def test_an_expectation_is_told_with_what_it_says() -> None:
    """If it says something."""
    where = "what the visit returned"
    told = f"{where}, for visitor A, is not as expected beside another request"
    assert said("expect", whose="", where=where) == told
    assert said("expect", whose="", where=where, detail="no tea") == f"{told} (no tea)"


def test_an_outcome_of_no_order_is_told_as_that() -> None:
    """Whatever else is known."""
    assert said("serial", whose="") == f"{WHERE} for visitor A is as in no order of whole requests"


def test_an_attribute_belongs_in_g() -> None:
    """Whatever it is an attribute of, or an item."""
    for what in (
        "attribute of function",
        "class attribute",
        "closure variable",
        "instance attribute",
        "item",
        "module global",
    ):
        assert hint("token", what, "shop.user", "user") == (
            "Keep it where each request has its own, in `flask.g`, or pass it as an argument:\n\n"
            "    g.user = ...          # in place of `shop.user`"
        )


HINTS = {
    "cached results of": """\
Call `shop.user` with everything that it reads, so that each user has an entry of their own:

    user(user_id)         # in place of `user()`""",
    "cache": """\
Make the key of all on which the value depends, the user above all:

    cache.set(f"name/{user_id}", ...)         # in place of cache.set("name", ...)""",
    "default argument": """\
Make a new one in each call; a default is made once, for all of them:

    def function(..., user=None):
        user = [] if user is None else user""",
    "app config": """\
The configuration is the application's, for all requests. Keep what belongs to one in `flask.g`:

    g.user = ...          # in place of `shop.user`""",
    "template global": """\
Globals of templates are all requests'. Pass the value to the template, or by a context processor:

    render_template("...", user=...)""",
    "environment variable": """\
The environment is the whole process's. Pass the value along, or keep it in `flask.g`:

    g.value = ...           # in place of os.environ['shop.user']""",
    "thread-local": """\
A thread serves many requests, one after the other. Keep it in `flask.g`, or set it at the \
start of each:

    g.user = ...          # in place of `shop.user`""",
    "context variable": """\
The default of a context variable is one object for all, and what is set stays with the thread. \
Give it no default, set it at the start of each request, and reset it at the end:

    token = user.set(...)
    ...
    user.reset(token)""",
    "": """\
Keep what belongs to one request in `flask.g`, in local variables and arguments; where requests \
have to share it, key it by its owner, and hold a lock from the check to the use.""",
}


@pytest.mark.parametrize("kind", ["token", "expect"])
@pytest.mark.parametrize(("what", "text"), HINTS.items())
def test_what_held_the_data_has_its_remedy(kind: str, what: str, text: str) -> None:
    """There is one for what is not known, too."""
    assert hint(kind, what, "shop.user", "user") == text


def test_a_name_that_no_variable_can_have_is_not_written_as_one() -> None:
    """Such as that of an attribute which was made up."""
    told = hint("token", "instance attribute", "shop.users.7", "7")
    assert told.endswith("\n\n    g.value = ...          # in place of `shop.users.7`")


@pytest.mark.parametrize(
    ("holder", "variable"),
    [
        ("app.config['TENANT']", "tenant"),
        ("shop.current['user']", "user"),
        ("shop.current['class']", "value"),
        ("shop.current['a b']", "current"),
        ("shop.users['news'].user", "current"),
    ],
)
def test_an_item_is_kept_by_its_key(holder: str, variable: str) -> None:
    """A key that no variable can have tells nothing."""
    told = hint("token", "item", holder, "current")
    assert told.endswith(f"\n\n    g.{variable} = ...          # in place of `{holder}`")


@pytest.mark.parametrize("holder", ["shop.current[...]", "shop.users[0]"])
def test_a_collection_is_not_kept_for_one_request(holder: str) -> None:
    """It is there to hold what is of many."""
    assert hint("expect", "item", holder, "current") == HINTS[""]


def test_a_keyword_is_not_written_as_a_variable() -> None:
    """Nothing of the user's can have it for a name, but a key of an item or an attribute can."""
    told = hint("token", "attribute of function", "shop.class", "class")
    assert told.endswith("\n\n    g.value = ...          # in place of `shop.class`")
    assert "g.match = " in hint("token", "module global", "shop.match", "match")


def test_a_variable_of_the_environment_may_have_no_name() -> None:
    """One that the source does not spell is not named; the environment itself has no remedy."""
    assert hint("token", "environment variable", "os.environ", "environ") == HINTS[""]


@pytest.mark.parametrize("what", ["buffer", "set"])
def test_a_container_has_the_remedy_of_a_global(what: str) -> None:
    """Each request has one of its own."""
    told = hint("token", what, "shop.user", "user")
    assert told == hint("token", "module global", "shop.user", "user")


@pytest.mark.parametrize("kind", ["failure", "serial"])
def test_what_went_wrong_between_two_lines_is_done_under_a_lock(kind: str) -> None:
    """Wherever the data lay."""
    assert hint(kind, "module global", "shop.stock", "stock") == (
        "Hold one lock from the first read, or the check, to what depends on it; or let the "
        "database do it in one statement or transaction:\n\n    with lock:\n        ..."
    )


def test_what_lay_in_no_place_that_is_known_may_be_in_a_database() -> None:
    """Where two visitors may be one user, too; what the user's check says needs no such words."""
    assert hint("token", "", "", "value") == (
        "Where it lay is not known: not as it is in what your modules hold, so perhaps in another "
        "form, in a database, a file or a library. If both visitors are one user there, let each be "
        f"one of their own, made of the token. {HINTS['']}"
    )
    assert hint("expect", "", "", "value") == HINTS[""]


def test_what_one_after_the_other_sees_may_be_meant_to_be_seen() -> None:
    """A guestbook is; nothing else that shows a bleed."""
    told = hint("token", "", "", "value", serial=True)
    assert told == (
        f"{HINTS['']}\n\nOr, where everybody may see it, say so:\n\n"
        '    flask_ctx_isolation(visit, shared=r"...")'
    )
    assert hint("expect", "", "", "value", serial=True) == HINTS[""]


@pytest.mark.parametrize("kind", ["token", "expect"])
def test_why_data_may_not_come_astray(kind: str) -> None:
    """It is what the rule is about."""
    assert why(kind) == REQUEST_BLEED.why
    assert why(kind).startswith("Two users who come at the same time see each other's data; it ")


@pytest.mark.parametrize("kind", ["failure", "serial"])
def test_why_requests_may_not_get_in_each_others_way(kind: str) -> None:
    """No data of anybody's need be seen."""
    assert why(kind) == (
        "Two users who come at the same time undo each other's work, or see it half done; it needs "
        "no error and leaves no trace."
    )


def test_what_could_not_be_told_is_no_pass() -> None:
    """The hint says so."""
    assert INCONCLUSIVE == (
        "It is no pass: nothing is known of what two requests do to each other there. Explore "
        "visits whose requests can overlap, name the library whose lines they run in "
        "`flaskctx_isolation_modules` (ini), or leave the test out."
    )


def test_where_the_time_ended_there_may_be_more() -> None:
    """Or a visit that takes less."""
    assert TIME_ENDED == (
        "It is no pass: not all schedules were tried. Give it longer by `max_seconds=`, or let a "
        "visit cost less: hash passwords in few rounds, delete rows in `reset=` rather than tables."
    )


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([], "came out here:"),
        (["", "writes"], "came out here:"),
        (["writes", "reads"], "read here, most likely:"),
        (["reads", "writes", "fails"], "failed here:"),
    ],
)
def test_the_place_is_what_its_line_did(roles: list[Any], words: str) -> None:
    """Where no line is known to have read it, that is where it came out."""
    steps = tuple(BleedStep("A", "app.py", 1, "f", "x", role) for role in roles)
    assert place(bleeds_with(steps)) == words


def test_what_could_not_be_told_stands_where_it_was_asked_for() -> None:
    """There is no other place."""
    assert place(None) == "asked for here:"


def test_the_rule_fails_always() -> None:
    """Data of one user is in the answer to another."""
    assert (REQUEST_BLEED.code, REQUEST_BLEED.level) == ("FCX401", "fail")
