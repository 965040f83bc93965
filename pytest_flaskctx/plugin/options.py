"""The command line and the ini file: what may be written there, read once into the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_flaskctx import settings
from pytest_flaskctx.plugin.known import INI, baselines
from pytest_flaskctx.plugin.paths import outputs
from pytest_flaskctx.settings import (
    DRAIN_TIMEOUT,
    ISOLATION_TIMEOUT,
    MODES,
    Settings,
    SettingsError,
)

if TYPE_CHECKING:
    from pytest_flaskctx.isolation.replaying import Replay
    from pytest_flaskctx.rules import Mode
    from pytest_flaskctx.rules.allowances import Allowance

Parsed = TypeVar("Parsed")
ISOLATION_MODULES = "flaskctx_isolation_modules"


def add_options(parser: pytest.Parser) -> None:
    """Declare the options and the ini options."""
    group = parser.getgroup("flaskctx", "leaked Flask contexts")
    group.addoption(
        "--flaskctx",
        choices=MODES,
        help="What to do about a test that leaks a Flask context to another thread: 'off' watches "
        "nothing, 'warn' only reports, 'fail' fails on what is certainly a bug, 'strict' also on "
        "what is only risky. Default: the ini option flaskctx, or else 'fail'.",
    )
    group.addoption(
        "--flaskctx-report",
        action="store_true",
        help="At the end of the run, print every leak in full, by place, with the allowed ones.",
    )
    _add_switch(
        group,
        "inherit",
        "Start threads as free-threaded Python does, each with a copy of its starter's context, to "
        "see today what would bleed there.",
        "Start threads as this Python does, whatever the ini file says.",
    )
    _add_files(group)
    group.addoption(
        "--flaskctx-replay",
        metavar="TOKEN",
        help="Let flask_ctx_isolation run just the schedule that TOKEN tells, as the report of a "
        "bleed gives it.",
    )
    group.addoption(
        "--flaskctx-explain",
        metavar="RULE",
        help="Print what RULE, such as FCX101 or unbound-access, is about, and exit.",
    )
    _add_ini(parser)


def _add_files(group: pytest.OptionGroup) -> None:
    """Declare what is written."""
    for option, text in (
        ("json", "Write all leaks to PATH, as JSON."),
        ("html", "Write all leaks to PATH, as one HTML page with pictures of when they happened."),
        ("sarif", "Write all leaks to PATH, as SARIF 2.1.0 for code scanning."),
    ):
        group.addoption(f"--flaskctx-{option}", metavar="PATH", help=text)
    group.addoption(
        "--flaskctx-baseline",
        metavar="PATH",
        help="Leaks that PATH lists are known and do not fail; new ones do, and gone ones are "
        "named. Default: the ini option flaskctx_baseline.",
    )
    group.addoption(
        "--flaskctx-update-baseline",
        action="store_true",
        help="Write the leaks of this run to the baseline, and fail by none of them; a run of a "
        "part of the suite only adds.",
    )
    group.addoption(
        "--flaskctx-fix",
        choices=("diff",),
        help="Print repairs as one diff for 'git apply'; what pytest prints itself goes to the "
        "standard error. Needs the extra pytest-flaskctx[fix].",
    )


def _add_switch(group: pytest.OptionGroup, name: str, on: str, off: str) -> None:
    """Declare the two options of a switch, which neither of them need be given."""
    for prefix, action, text in (("", "store_true", on), ("no-", "store_false", off)):
        option = f"--{prefix}flaskctx-{name}"
        group.addoption(option, action=action, dest=f"flaskctx_{name}", default=None, help=text)


def _add_ini(parser: pytest.Parser) -> None:
    parser.addini(
        "flaskctx",
        "The mode unless --flaskctx is given: off, warn, fail or strict.",
        default="fail",
    )
    parser.addini(
        "flaskctx_rules",
        "Where a rule fails, one a line: 'unbound-guard = off' (off, warn, strict or fail).",
        type="linelist",
    )
    parser.addini(
        INI,
        "The file of known leaks, relative to the root directory, unless --flaskctx-baseline is "
        "given.",
        default="",
    )
    parser.addini(
        "flaskctx_allow",
        "Expected leaks, one a line: 'rule : path-glob::function : reason'.",
        type="linelist",
    )
    parser.addini(
        "flaskctx_drain_timeout",
        "For how many seconds to wait after a test for the work that its requests handed over.",
        type=_seconds_type(),
        default=DRAIN_TIMEOUT,
    )
    parser.addini(
        "flaskctx_drain",
        "'real', or 'fast': work that sleeps is let go early while nothing else is waited for.",
        default="real",
    )
    parser.addini(
        "flaskctx_inherit",
        "Whether threads start with a copy of their starter's context, unless the command line "
        "says.",
        type=_switch_type(),
        default=False,
    )
    parser.addini(
        "flaskctx_isolation_timeout",
        "The timeout of a test that uses flask_ctx_isolation and has none, in seconds.",
        type=_seconds_type(),
        default=ISOLATION_TIMEOUT,
    )
    parser.addini(
        ISOLATION_MODULES,
        "Libraries whose lines flask_ctx_isolation steps through like the user's own, one module or "
        "package a line.",
        type="linelist",
    )
    parser.addini(
        "flaskctx_proxies",
        "Further context-bound proxies to watch, one a line: 'module:name'.",
        type="linelist",
    )


def _switch_type() -> Any:
    """Return the type by which this pytest lets a file switch something on, and us name it.

    pytest 9.2 tells of a ``bool`` that it cannot read without saying which option it is.
    """
    return bool | str if pytest.version_tuple >= (9, 2) else "bool"


def _seconds_type() -> Any:
    """Return the type by which this pytest lets a TOML file hold a number.

    ``[tool.pytest]`` is read without any coercion: there a ``string`` option refuses ``2.5``, and
    a ``float`` option refuses ``"2.5"``. Before pytest 9 everything arrives as a string.
    """
    if pytest.version_tuple >= (9, 2):
        return float | str
    return "float" if pytest.version_tuple >= (9, 0) else "string"


def early_settings(early_config: pytest.Config) -> Settings:
    """Return what the probes have to know, before ``pytest_configure``.

    Raises:
        pytest.UsageError: a value of the ini file cannot be meant.
    """
    try:
        return Settings(
            mode=_mode(early_config, early_config.known_args_namespace),
            drain=_ini(early_config, "flaskctx_drain", settings.parse_drain),
            proxies=_ini(early_config, "flaskctx_proxies", settings.parse_proxies),
            inherit=_inherit(early_config, early_config.known_args_namespace),
            root=early_config.rootpath,
        )
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def read_settings(config: pytest.Config) -> Settings:
    """Return what this run is told to do; the command line beats the ini file.

    An xdist worker has its controller's options, but prints and writes no report.

    Raises:
        pytest.UsageError: a value cannot be meant; the message names it and where it is from.
    """
    try:
        return _read(config)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def _read(config: pytest.Config) -> Settings:
    worker, mode = hasattr(config, "workerinput"), _mode(config, config.option)
    return Settings(
        mode=mode,
        rules=_ini(config, "flaskctx_rules", _levels),
        allow=_ini(config, "flaskctx_allow", _allowances),
        drain_timeout=_ini(config, "flaskctx_drain_timeout", settings.parse_seconds),
        drain=_ini(config, "flaskctx_drain", settings.parse_drain),
        proxies=_ini(config, "flaskctx_proxies", settings.parse_proxies),
        inherit=_inherit(config, config.option),
        report=config.option.flaskctx_report and not worker,
        pictures=config.option.flaskctx_html is not None,
        fix=config.option.flaskctx_fix is not None and not worker,
        root=config.rootpath,
        # Declared by the terminal plugin, which may be switched off.
        verbose=config.getoption("verbose", 0),
        replay=_replay(config),
        isolation_modules=_ini(config, ISOLATION_MODULES, settings.parse_modules),
        **({} if worker else outputs(config)),
        **baselines(config, _ini(config, INI, settings.parse_path), mode),
    )


def isolation_timeout(config: pytest.Config) -> float:
    """Return the timeout of a test that explores and has none, in seconds.

    Raises:
        pytest.UsageError: the ini file's value cannot be meant.
    """
    try:
        return _ini(config, "flaskctx_isolation_timeout", settings.parse_seconds)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def _replay(config: pytest.Config) -> Replay | None:
    given: str | None = config.option.flaskctx_replay
    if given is None:
        return None
    from pytest_flaskctx.isolation.replaying import read

    try:
        return read(given)
    except ValueError as error:
        raise SettingsError(f"--flaskctx-replay: {error}") from None


def _mode(config: pytest.Config, options: Any) -> Mode:
    """Return the mode; argparse has checked that of the command line."""
    chosen: Mode | None = getattr(options, "flaskctx", None)
    if chosen is not None:
        return chosen
    return _ini(config, "flaskctx", settings.parse_mode)


def _inherit(config: pytest.Config, options: Any) -> bool:
    chosen: bool | None = getattr(options, "flaskctx_inherit", None)
    if chosen is not None:
        return chosen
    return _ini(config, "flaskctx_inherit", settings.parse_switch)


def _ini(config: pytest.Config, name: str, parse: Callable[[Any, str], Parsed]) -> Parsed:
    where = f"ini option {name}"
    try:
        value = config.getini(name)
    # pytest 9.0 and 9.1 let the errors of their own conversions through; 9.2 has a UsageError.
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {error}") from None
    return parse(value, where)


# Most suites have no such line, and do not pay for importing the rules.
def _levels(lines: list[str], where: str) -> tuple[tuple[str, Mode], ...]:
    if not lines:
        return ()
    from pytest_flaskctx.rules import RULES

    return settings.parse_levels(lines, RULES, where)


def _allowances(lines: list[str], where: str) -> tuple[Allowance, ...]:
    if not lines:
        return ()
    from pytest_flaskctx.rules import RULES

    return settings.parse_allowances(lines, RULES, where)
