"""What a run is told to do, and the reading of what users write for it.

The functions here are pure. Each takes ``where``, the name of the place that a value came from,
such as ``--flaskctx``, ``ini option flaskctx_rules`` or ``marker flask_ctx_allow in a.py::test_b``,
so that a bad value can be found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from pytest_flaskctx.isolation.replaying import Replay
    from pytest_flaskctx.rules.allowances import Allowance
    from pytest_flaskctx.rules.base import Mode, Rule, RuleLevel

Drain = Literal["real", "fast"]
"""Whether sleeping tasks are let go early while only the drain waits."""

MODES: tuple[Mode, ...] = ("off", "warn", "fail", "strict")
DRAINS: tuple[Drain, ...] = ("real", "fast")
DRAIN_TIMEOUT = 5.0
ISOLATION_TIMEOUT = 60.0

Word = TypeVar("Word", bound=str)

# Compiled where it is used: most suites have no such line.
_ALLOW_LINE = r"""
    (?P<rule> [^:\s][^:]*? ) \s* :(?!:) \s*
    (?P<glob> [^:\s][^:]*? ) \s* (?: :: \s* (?P<function> [^:\s][^:]*? ) \s* )? :(?!:) \s*
    (?P<reason> \S.* )
"""

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_NOT_STEPPED = ("threading", "pytest_flaskctx", "pytest", "_pytest", "pluggy")


class SettingsError(ValueError):
    """A setting that cannot be meant; the message says which, from where and what is allowed."""


class Settings(NamedTuple):
    """What a run is told to do.

    Attributes:
        root: the root directory; paths are shown relative to it, what lies under it is the user's.
        mode: ``off``, ``warn``, ``fail`` or ``strict``, for the whole run.
        rules: the levels that differ from the rules' own, by code.
        allow: the allowances that hold for the whole run.
        drain_timeout: for how long the tasks of a test are waited for, in seconds.
        drain: whether sleeping tasks are let go early while only the drain waits.
        proxies: further proxies to watch, as module and name.
        inherit: whether threads start with a copy of their starter's context.
        report: whether every finding is printed in full at the end of the run.
        json_path, html_path, sarif_path: where the findings are written as JSON, as a page and as
            SARIF; ``None`` for nowhere.
        pictures: whether the moments of each test are written down, for its picture.
        fix: whether repairs are printed as a diff.
        known: the sites of the baseline, whose findings do not fail.
        baseline: where those are from; ``None`` where there is no baseline.
        update_baseline: whether this run makes the baseline: then whatever it finds is known.
        verbose: how much is told of a finding; 2 and more unfolds the stacks.
        replay: the schedule that the isolation fixture is to run, and no other.
        isolation_modules: libraries whose lines the isolation fixture steps through, too.
    """

    root: Path
    mode: Mode = "fail"
    rules: tuple[tuple[str, Mode], ...] = ()
    allow: tuple[Allowance, ...] = ()
    drain_timeout: float = DRAIN_TIMEOUT
    drain: Drain = "real"
    proxies: tuple[tuple[str, str], ...] = ()
    inherit: bool = False
    report: bool = False
    json_path: Path | None = None
    html_path: Path | None = None
    sarif_path: Path | None = None
    pictures: bool = False
    fix: bool = False
    known: frozenset[str] = frozenset()
    baseline: Path | None = None
    update_baseline: bool = False
    verbose: int = 0
    replay: Replay | None = None
    isolation_modules: tuple[str, ...] = ()

    def level(self, rule: Rule, case: RuleLevel | None = None) -> RuleLevel:
        """Return where ``rule`` fails in this run.

        Args:
            rule: the rule.
            case: where it fails in the case at hand, unless the suite moved it.
        """
        moved: dict[str, RuleLevel] = dict(self.rules)
        return moved.get(rule.code, case or rule.level)

    @property
    def off(self) -> frozenset[str]:
        """Codes of the rules of which the suite wants nothing."""
        return frozenset(code for code, level in self.rules if level == "off")

    def switched_off(self, code: str) -> bool:
        """Whether the suite wants nothing of a rule, told without a look at the rules."""
        return (code, "off") in self.rules


def parse_mode(value: str, where: str) -> Mode:
    """Return the mode that ``value`` names."""
    return _one_of(value, MODES, where)


def parse_path(value: object, where: str) -> str:
    """Return a path as it was written; empty for none."""
    path = str(value).strip()
    if "\n" in path:
        raise SettingsError(f"{where}: {path!r} is no path; give one, on one line")
    return path


def parse_drain(value: str, where: str) -> Drain:
    """Return the kind of drain that ``value`` names."""
    return _one_of(value, DRAINS, where)


def parse_switch(value: object, where: str) -> bool:
    """Return whether something is switched on, from a truth value or its text."""
    word = str(value).strip().lower()
    if word in (*_TRUE, *_FALSE):
        return word in _TRUE
    raise SettingsError(f"{where}: {value!r} is no switch; give true or false")


def parse_seconds(value: object, where: str) -> float:
    """Return a time in seconds, from a number or its text; 0 is one, infinity is none."""
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SettingsError(f"{where}: {value!r} is no time; give seconds, 0 or more, such as 2.5")
    return seconds


def parse_rule(word: str, rules: Iterable[Rule], where: str) -> Rule:
    """Return the rule that ``word`` names, by its code or its name, in any case."""
    known = {name.lower(): rule for rule in rules for name in (rule.code, rule.name)}
    if rule := known.get(word.strip().lower()):
        return rule
    listed = ", ".join(f"{rule.code} ({rule.name})" for rule in dict.fromkeys(known.values()))
    raise SettingsError(f"{where}: {word!r} is no rule; the rules are {listed}")


def parse_levels(
    lines: Iterable[str], rules: Iterable[Rule], where: str
) -> tuple[tuple[str, Mode], ...]:
    """Return code and level for each line ``rule = level``."""
    rules = tuple(rules)
    levels: dict[str, Mode] = {}
    for line in _filled(lines):
        word, equals, level = (part.strip() for part in line.partition("="))
        if not equals:
            raise SettingsError(f"{where}: {line!r} is not of the form 'rule = level'")
        rule = parse_rule(word, rules, where)
        if rule.code in levels:
            raise SettingsError(f"{where}: {line!r} gives {rule.code} ({rule.name}) a second level")
        levels[rule.code] = _one_of(level, MODES, f"{where}, line {line!r}")
    return tuple(levels.items())


def parse_allowances(
    lines: Iterable[str], rules: Iterable[Rule], where: str
) -> tuple[Allowance, ...]:
    """Return an allowance for each line ``rule : path-glob::function : reason``."""
    rules = tuple(rules)
    return tuple(_parse_allowance(line, rules, where) for line in _filled(lines))


def parse_allowed_rules(
    words: Iterable[object], reason: object, rules: Iterable[Rule], where: str, *, test: str = ""
) -> tuple[Allowance, ...]:
    """Return an allowance for each rule in ``words``, wherever the use of a proxy stands.

    Args:
        words: codes or names of rules, at least one.
        reason: why they are expected.
        rules: the rules that exist.
        where: who allows them.
        test: id of the only test that they hold for; empty for all.
    """
    words, rules = tuple(words), tuple(rules)
    for word in words:
        if not isinstance(word, str):
            raise SettingsError(f"{where}: {word!r} is no rule; give its code or name as a string")
    if not words:
        raise SettingsError(f"{where}: no rule is given; name at least one by its code or name")
    if not isinstance(reason, str) or not reason.strip():
        raise SettingsError(f"{where}: reason={reason!r} is no reason; say why it is expected")
    from pytest_flaskctx.rules.allowances import Allowance

    codes = dict.fromkeys(parse_rule(str(word), rules, where).code for word in words)
    return tuple(Allowance(code, reason.strip(), where, test=test) for code in codes)


def parse_proxies(lines: Iterable[str], where: str) -> tuple[tuple[str, str], ...]:
    """Return module and name for each line ``module:name``."""
    return tuple(_parse_proxy(line, where) for line in dict.fromkeys(_filled(lines)))


def parse_modules(lines: Iterable[str], where: str) -> tuple[str, ...]:
    """Return the name of a module for each line; whether there is one is seen where it is needed."""
    return tuple(_parse_module(line, where) for line in dict.fromkeys(_filled(lines)))


def _parse_allowance(line: str, rules: tuple[Rule, ...], where: str) -> Allowance:
    from pytest_flaskctx.rules.allowances import Allowance

    found = re.fullmatch(_ALLOW_LINE, line, re.VERBOSE | re.DOTALL)
    if found is None:
        raise SettingsError(
            f"{where}: {line!r} is not of the form 'rule : path-glob::function : reason'; "
            "'::function' may be left out, the reason may not"
        )
    rule = parse_rule(found["rule"], rules, where)
    return Allowance(rule.code, found["reason"], where, found["glob"], found["function"] or "")


def _parse_proxy(line: str, where: str) -> tuple[str, str]:
    module, _, name = (part.strip() for part in line.partition(":"))
    if not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise SettingsError(
            f"{where}: {line!r} is not of the form 'module:name', "
            "such as 'flask_login:current_user'"
        )
    return module, name


def _parse_module(line: str, where: str) -> str:
    if not all(part.isidentifier() for part in line.split(".")):
        raise SettingsError(
            f"{where}: {line!r} is no module's name; give one a line, such as 'flask_caching'"
        )
    if line.partition(".")[0] in _NOT_STEPPED:
        raise SettingsError(
            f"{where}: {line!r} cannot be stepped through: what steps stands on it; give another "
            "library's name, such as 'flask_caching'"
        )
    return line


def _one_of(value: str, allowed: tuple[Word, ...], where: str) -> Word:
    for word in allowed:
        if value == word:
            return word
    raise SettingsError(f"{where}: {value!r} is none of {', '.join(map(repr, allowed))}")


def _filled(lines: Iterable[object]) -> Iterable[str]:
    """Yield the lines that say something; before pytest 9 a TOML list may hold numbers."""
    return filter(None, (str(line).strip() for line in lines))
