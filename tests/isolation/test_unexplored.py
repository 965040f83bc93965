"""What is done where nothing is explored."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from pytest_flaskctx.isolation.isolating import Asked, Explored
from pytest_flaskctx.isolation.unexplored import visited
from pytest_flaskctx.isolation.verdicts import IsolationResult


def asked(app: Any, *visits: Any) -> Asked:
    """Return what was asked for."""
    return Asked(visits, app, 2, "token", None, (), None, 300, 10.0, "x")


def test_each_visit_is_paid_once() -> None:
    """With a client of its own and a token of its own, the same ones each time."""
    app, paid = Flask("shop"), []
    for _ in range(2):
        visited(asked(app, *[lambda client, token: paid.append((client, token))] * 2), "off")
    clients, tokens = zip(*paid, strict=True)
    assert {client.application for client in clients} == {app}
    assert len(set(map(id, clients))) == 4
    assert tokens[:2] == tokens[2:]
    assert len(set(tokens)) == 2


def test_an_application_is_made_by_its_factory() -> None:
    """Once, for all visits."""
    made, got = [], []

    def factory() -> Flask:
        made.append(Flask("shop"))
        return made[-1]

    visited(asked(factory, *[lambda client, token: got.append(client.application)] * 2), "off")
    assert [each is made[0] for each in got] == [True, True]
    assert len(made) == 1


def test_nothing_can_be_told() -> None:
    """The reason lies in how the tests are run, and not in the program."""
    explored = visited(asked(Flask("shop"), lambda client, token: None), "--flaskctx=off")
    assert explored == Explored(
        IsolationResult("inconclusive", "--flaskctx=off", False, 0, 0, 0, (), (), (), "x")
    )
    assert not explored.result.isolated


def test_an_error_of_a_visit_is_the_visits() -> None:
    """The test's own checks fail as they would."""

    def visit(client: Any, token: str) -> None:
        assert client.get("/").status_code == 200

    with pytest.raises(AssertionError):
        visited(asked(Flask("shop"), visit), "off")
