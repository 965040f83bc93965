"""The pytest plugin: options in, probes in place, hooks registered, everything put back.

The probes go in at ``pytest_load_initial_conftests``: conftest files are imported before
``pytest_configure``, and a pool or a worker made there must be seen.
"""

from __future__ import annotations

import sys

import pytest

from pytest_flaskctx.plugin.unrewritten import unrewritten

with unrewritten():
    from pytest_flaskctx.board import board
    from pytest_flaskctx.engine import Engine
    from pytest_flaskctx.patching import Patches
    from pytest_flaskctx.plugin import hooks, markers
    from pytest_flaskctx.plugin.closing import Closing
    from pytest_flaskctx.plugin.early import start, start_early
    from pytest_flaskctx.plugin.expectations import watch_assert_raises, watch_raises
    from pytest_flaskctx.plugin.fixtures import flask_ctx_monitor
    from pytest_flaskctx.plugin.isolated import flask_ctx_isolation, give_timeouts
    from pytest_flaskctx.plugin.known import ToWorkers
    from pytest_flaskctx.plugin.making import Making
    from pytest_flaskctx.plugin.mishaps import Mishaps
    from pytest_flaskctx.plugin.ondemand import OnDemand
    from pytest_flaskctx.plugin.options import add_options, read_settings
    from pytest_flaskctx.plugin.patience import Patience
    from pytest_flaskctx.plugin.progress import Progress
    from pytest_flaskctx.plugin.repairing import Aside, Mender
    from pytest_flaskctx.plugin.results import Arrivals, Results
    from pytest_flaskctx.plugin.runs import Runs
    from pytest_flaskctx.plugin.scope import Scope
    from pytest_flaskctx.plugin.session import Controller, Ending
    from pytest_flaskctx.plugin.stacks import BENEATH_TESTS, outlives_test
    from pytest_flaskctx.plugin.state import ENGINE, PATCHES, RUNS
    from pytest_flaskctx.stacks import stop_at

__all__ = ["flask_ctx_isolation", "flask_ctx_monitor"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command line and the ini options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hook that suites may implement."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Install the probes before the first file of the suite is imported."""
    start_early(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> pytest.ExitCode | None:
    """Print a rule's page instead of running tests, where that is asked for."""
    asked: str | None = config.option.flaskctx_explain
    if asked is None:
        return None
    from pytest_flaskctx.plugin.explain import page

    return page(asked)


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings and register what works during the run."""
    markers.register(config)
    settings = read_settings(config)
    if settings.mode == "off":
        return
    # A plugin that a conftest file names comes too late to start early.
    engine = config.stash.get(ENGINE, None) or start(config, settings)
    engine.configure(settings)
    _register(config, engine)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse markers that cannot be meant before a test runs."""
    marked = markers.marked(items)
    runs = config.stash.get(RUNS, None)
    if not markers.check(marked):
        items.clear()
    elif runs is not None:
        runs.marked = frozenset(map(id, marked))
    give_timeouts(config, items)
    # Where no test module imported it, no test is a TestCase: we do not import it ourselves.
    case = sys.modules.get("unittest.case")
    patches = config.stash.get(PATCHES, None)
    if case is not None and patches is not None:
        stop_at(case.TestCase.run.__code__)
        watch_assert_raises(patches, case)


def _register(config: pytest.Config, engine: Engine) -> None:
    settings, mishaps, scope = engine.settings, Mishaps(), Scope(config)
    patience = Patience(settings.drain_timeout)
    mender = Mender(settings.root, mishaps)
    making = Making(engine, config, mishaps, mender)
    worker = hasattr(config, "workerinput")
    results = None if worker else Results(settings, config, mender)
    plugins: list[object] = [patience, scope, *([Aside()] if settings.fix else [])]
    on_demand: list[object] = [making]
    if results is not None:
        closing = Closing(results, settings, scope, mender)
        plugins += [closing, *([closing.ends] if settings.baseline else [])]
        # Whether a leak was found, only the process knows in which the tests run.
        (plugins if _distributes(config) else on_demand).append(Arrivals(results))
    if results is not None and _distributes(config):
        plugins += [Controller(results), *([ToWorkers(settings)] if settings.baseline else [])]
    else:
        telling = OnDemand(config.pluginmanager, *on_demand)
        engine.waiting = Progress(config, settings, engine.hub, mishaps)
        runs = config.stash[RUNS] = Runs(engine, patience, mishaps, telling)
        plugins += [runs, Ending(engine, runs, making, results, mishaps, scope)]
    _patch(config)
    for plugin in plugins:
        config.pluginmanager.register(plugin, f"flaskctx-{type(plugin).__name__.lower()}")


def _patch(config: pytest.Config) -> None:
    """Put in place what notices pytest's own part in a leak."""
    patches = config.stash[PATCHES] = Patches()
    config.add_cleanup(lambda: patches.undo(lambda error: None))
    for code in BENEATH_TESTS:
        stop_at(code)
    patches.replace(board, "lasting", outlives_test)
    watch_raises(patches)
    # Where it is not loaded, no timeout strikes.
    timeout = sys.modules.get("pytest_timeout")
    if timeout is not None:
        from pytest_flaskctx.plugin.timeouts import tell_of_tasks

        tell_of_tasks(patches, timeout)


def _distributes(config: pytest.Config) -> bool:
    """Whether this process only hands tests to pytest-xdist's workers."""
    return bool(config.pluginmanager.hasplugin("xdist") and config.getoption("tx", None))
