"""How much of the suite a run covers: only a whole one can say that something is gone."""

from __future__ import annotations

from collections.abc import Collection, Generator
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pytest_flaskctx.plugin.totals import Totals

_NARROWING = ("keyword", "markexpr", "lf", "stepwise", "deselect", "ignore", "ignore_glob")
"""Options, as pytest keeps them, that leave out tests; some do before any test is collected."""

_COLLECTING = ("testpaths", "norecursedirs", "collect_imported_tests")
_COLLECTORS = {"no:python", "no:unittest", "no:doctest"}
_RUNS_NOTHING = ("collectonly", "setuponly", "setupplan", "show_fixtures_per_test", "showfixtures")


class Coverage(NamedTuple):
    """How much of the suite ran.

    Attributes:
        whole: whether nothing was left out.
        cut: how many tests did not come to their end, for another reason than a leak.
    """

    whole: bool
    cut: int = 0


class Scope:
    """Notes what is left out, in a process that runs tests or hands them out.

    Args:
        config: pytest's.

    Attributes:
        deselected: whether tests were collected and left out.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.deselected = False

    def pytest_deselected(self) -> None:
        """Note that not everything runs."""
        self.deselected = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Note it also where a plugin, or a conftest file, leaves tests out without a word."""
        before = len(items)
        result = yield
        self.deselected |= len(items) < before
        return result

    @property
    def narrowed(self) -> bool:
        """Whether a part was asked for."""
        options = vars(self._config.option)
        asked = any(options.get(name) for name in (*_NARROWING, *_RUNS_NOTHING))
        return asked or _is_unlike(self._config) or not _covers(self._config)


class Ends:
    """Notes which tests came to their end; there only where a baseline wants to know.

    Attributes:
        cut: ids of those that did not: skipped, or failed by whatever.
        broken: whether something could not even be collected.
    """

    def __init__(self) -> None:
        self.cut: set[str] = set()
        self.broken = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what cannot be collected, or is skipped as a whole."""
        self.broken |= report.failed
        if report.skipped:
            self.cut.add(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what is skipped or fails; a test that is expected to fail ran."""
        expected: str | None = getattr(report, "wasxfail", None)
        # One that is run again is told of once more.
        cut = report.failed or report.skipped
        if cut and (expected is None or expected.startswith("[NOTRUN]")):
            self.cut.add(report.nodeid)


def coverage(
    session: pytest.Session, scope: Scope, ends: Ends, totals: Totals, leaked: Collection[str]
) -> Coverage:
    """Return how much of the suite ran.

    Args:
        session: pytest's, at its end.
        scope: what was left out, as noted in this process.
        ends: which tests did not come to theirs.
        totals: what all processes say.
        leaked: ids of the tests that failed by a leak, which came to their end.
    """
    stopped = bool(session.shouldstop or session.shouldfail)
    fine = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    ran = 0 < totals.collected <= totals.tests
    left_out = scope.narrowed or totals.partial or ends.broken or stopped
    return Coverage(fine and ran and not left_out, len(ends.cut - set(leaked)))


def _is_unlike(config: pytest.Config) -> bool:
    """Whether the command line makes this another run than the ini file means."""
    options = config.option
    names = {each.partition("=")[0].strip() for each in options.override_ini or ()}
    collecting = any(name in _COLLECTING or name.startswith("python_") for name in names)
    blocked = bool(_COLLECTORS & set(options.plugins or ()))
    # What threads inherit leaks by other rules.
    return collecting or blocked or options.flaskctx_inherit is not None


def _covers(config: pytest.Config) -> bool:
    """Whether what is asked for holds all that a plain ``pytest`` in the root directory would."""
    if config.args_source == pytest.Config.ArgsSource.TESTPATHS:
        return True
    # A path with `::` names single tests, and is no folder.
    asked = [config.invocation_params.dir / argument for argument in config.args]
    patterns = config.getini("testpaths") or [""]
    wanted = [
        path for each in patterns for path in glob(str(config.rootpath / each), recursive=True)
    ]
    # Where nothing is there any more, pytest looks in the root directory.
    wanted = wanted or [str(config.rootpath)]
    return all(any(_within(Path(each), outer) for outer in asked) for each in wanted)


def _within(path: Path, outer: Path) -> bool:
    return path.resolve().is_relative_to(outer.resolve())
