"""The two markers: what a test, a class or a module says of the findings in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.settings import SettingsError, parse_allowed_rules

if TYPE_CHECKING:
    from pytest_flaskctx.rules.allowances import Allowance

STRICT = "flask_ctx_strict"
ALLOW = "flask_ctx_allow"
_OURS = frozenset({STRICT, ALLOW})
_USAGE = "flaskctx_usage_error"

_HELP = (
    f"{STRICT}: fail also on Flask context leaks that are only risky, as --flaskctx=strict does.",
    f'{ALLOW}(rule, ..., reason="..."): what these rules, by code or name, find here is expected.',
)


def register(config: pytest.Config) -> None:
    """Make the markers known to ``--markers`` and ``--strict-markers``."""
    for line in _HELP:
        config.addinivalue_line("markers", line)
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_FromWorkers())


def marked(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that have a marker of ours: themselves, their class or module."""
    # A pass over thousands of items, most of which share their parents.
    known: dict[int, bool] = {}
    return [item for item in items if _is_marked(item, known)]


def _is_marked(node: pytest.Item | pytest.Collector, known: dict[int, bool]) -> bool:
    for mark in node.own_markers:
        if mark.name in _OURS:
            return True
    parent = node.parent
    if parent is None:
        return False
    found = known.get(id(parent))
    if found is None:
        found = known[id(parent)] = _is_marked(parent, known)
    return found


def strict(item: pytest.Item) -> bool:
    """Return whether this test is to be judged strictly."""
    return item.get_closest_marker(STRICT) is not None


def allowances(item: pytest.Item) -> list[Allowance]:
    """Return what this test, its class and its module expect.

    Raises:
        pytest.UsageError: a marker has no reason, or names something that is no rule.
    """
    try:
        return [
            allowance
            for node, mark in item.iter_markers_with_node(ALLOW)
            for allowance in _parse(mark, _where(item, node.nodeid, mark), item.nodeid)
        ]
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def check(items: list[pytest.Item]) -> bool:
    """Refuse markers that cannot be meant, before any test runs.

    Args:
        items: the tests that have a marker of ours.

    Raises:
        pytest.UsageError: the first such marker, with the test, class or module that has it. In
            an xdist worker it would be an internal error, and its text lost: there the worker
            goes home without a test, and its controller raises.
    """
    for item in items:
        try:
            allowances(item)
            _refuse_arguments(item)
        except pytest.UsageError as error:
            output: dict[str, object] | None = getattr(item.config, "workeroutput", None)
            if output is None:
                raise
            output[_USAGE] = str(error)
            return False
    return True


class _FromWorkers:
    """In an xdist controller, raises what its workers could not."""

    @pytest.hookimpl
    def pytest_testnodedown(self, node: object) -> None:
        message = getattr(node, "workeroutput", {}).get(_USAGE)
        if message:
            raise pytest.UsageError(message)


def _refuse_arguments(item: pytest.Item) -> None:
    for node, mark in item.iter_markers_with_node(STRICT):
        if mark.args or mark.kwargs:
            where = _where(item, node.nodeid, mark)
            raise pytest.UsageError(f"{where}: {_spelt(mark)} takes no arguments")


def _parse(mark: pytest.Mark, where: str, test: str) -> tuple[Allowance, ...]:
    from pytest_flaskctx.rules import RULES

    unknown = sorted(mark.kwargs.keys() - {"reason"})
    if unknown:
        raise SettingsError(f"{where}: {unknown[0]!r} is no argument; there is only 'reason'")
    return parse_allowed_rules(mark.args, mark.kwargs.get("reason"), RULES, where, test=test)


def _where(item: pytest.Item, node_id: str, mark: pytest.Mark) -> str:
    """Name the place where a marker was written, the same in all tests that it reaches."""
    place = node_id
    if node_id == item.nodeid and isinstance(item, pytest.Function) and item.parent is not None:
        written = getattr(item.function, "pytestmark", ())
        # A marker on a parametrized function reaches each of its tests, a parameter's marker one.
        if any(mark is one for one in written):
            place = f"{item.parent.nodeid}::{item.originalname}"
    return f"marker {mark.name} in {place}"


def _spelt(mark: pytest.Mark) -> str:
    named = (f"{name}={value!r}" for name, value in mark.kwargs.items())
    return f"{mark.name}({', '.join([*map(repr, mark.args), *named])})"
