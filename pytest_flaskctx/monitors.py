"""What a user holds in hand: one test's monitor, or one without pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.rules import RULES, Mode
from pytest_flaskctx.settings import (
    DRAIN_TIMEOUT,
    Drain,
    Settings,
    parse_allowances,
    parse_allowed_rules,
    parse_drain,
    parse_levels,
    parse_mode,
    parse_proxies,
    parse_rule,
    parse_seconds,
    parse_switch,
)
from pytest_flaskctx.trial import Terms, Trial


class Caught:
    """What a block under :meth:`Monitor.expect` leaked; filled when the block is over.

    Attributes:
        findings: the findings, one a leak site.
    """

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()


class Monitor:
    """Watches one test, or one ``with`` block, for leaked contexts."""

    def __init__(self, engine: Engine, trial: Trial) -> None:
        self._engine = engine
        self._trial = trial

    @classmethod
    def idle(cls, settings: Settings) -> Monitor:
        """Return a monitor of nothing: where the plugin is off, no block leaks or must."""
        engine = Engine(settings)
        return cls(engine, engine.idle)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings up to now, one a leak site, those that fail first."""
        return tuple(self._engine.findings(self._trial, "call"))

    def drain(self, timeout: float | None = None) -> None:
        """Wait for the tasks that requests handed over so far.

        Args:
            timeout: how long to wait at most, in seconds; ``None`` for the suite's setting.
        """
        self._engine.drain.run(self._trial.recorder, timeout)
        self._trial.recorder.look("drained")

    @contextmanager
    def expect(self, *rules: str) -> Iterator[Caught]:
        """Assert that the block leaks just what ``rules`` name, each of them at least once.

        Args:
            rules: codes or names of rules.

        Raises:
            ContextLeakError: the block leaked something else that fails.
            AssertionError: the block did not leak one of ``rules``.
            SettingsError: there is no such rule.
        """
        where = "flask_ctx_monitor.expect"
        codes = [parse_rule(rule, RULES, where).code for rule in rules]
        caught = Caught()
        if self._engine.settings.mode == "off":
            yield caught
            return
        with self._engine.apart(self._trial, lambda: Terms(strict=True)) as part:
            yield caught
        findings = self._engine.news(part, "call")
        expected = [each for each in findings if each.code in codes]
        others = [each for each in findings if each.code not in codes]
        caught.findings = tuple(each.with_status("expected", "") for each in expected)
        self._trial.settled += caught.findings
        if unmet := [code for code in codes if code not in {each.code for each in expected}]:
            raise AssertionError(f"the block did not leak {', '.join(unmet)}")
        if wrong := [each for each in others if each.fails]:
            raise ContextLeakError(_listed(wrong), tuple(wrong))

    @contextmanager
    def allow(self, *rules: str, reason: str) -> Iterator[None]:
        """Let what ``rules`` find in the block not fail the test.

        Args:
            rules: codes or names of rules.
            reason: why it is expected; it stands in the report.

        Raises:
            SettingsError: there is no such rule, or no reason.
        """
        where = "flask_ctx_monitor.allow"
        more = parse_allowed_rules(rules, reason, RULES, where)
        if self._engine.settings.mode == "off":
            yield
            return

        def terms() -> Terms:
            whole = self._trial.terms()
            return Terms(whole.strict, (*more, *whole.allowances))

        with self._engine.apart(self._trial, terms) as part:
            yield
        self._trial.settled += tuple(self._engine.news(part, "call"))


def _listed(findings: Iterable[Finding]) -> str:
    return "the block leaked something else:\n" + "\n".join(
        f"{each.code} {each.rule}: {each.message} ({each.file}:{each.line})" for each in findings
    )


@contextmanager
def monitor(
    *,
    mode: Mode = "fail",
    rules: Mapping[str, Mode] | None = None,
    allow: Iterable[str] = (),
    drain_timeout: float = DRAIN_TIMEOUT,
    drain: Drain = "real",
    proxies: Iterable[str] = (),
    inherit: bool = False,
    root: Path | None = None,
) -> Iterator[Monitor]:
    """Watch a ``with`` block for leaked contexts, without pytest; nothing is raised for them.

    The calling thread is taken for the one that may use proxies at its own risk. At the end of
    the block the tasks that requests handed over are waited for.

    Args:
        mode: ``off``, ``warn``, ``fail`` or ``strict``.
        rules: levels by code or name.
        allow: lines ``rule : path-glob::function : reason``.
        drain_timeout: how long to wait for tasks at the end, in seconds.
        drain: ``fast`` to let sleeping tasks go early.
        proxies: further proxies to watch, as ``module:name``.
        inherit: whether threads start with a copy of their starter's context.
        root: the directory under which code is the user's; the working directory unless given.

    Raises:
        SettingsError: an argument cannot be meant; the message names it.
    """
    levels = [f"{rule} = {level}" for rule, level in (rules or {}).items()]
    settings = Settings(
        mode=parse_mode(mode, "monitor(mode=)"),
        rules=parse_levels(levels, RULES, "monitor(rules=)"),
        allow=parse_allowances(allow, RULES, "monitor(allow=)"),
        drain_timeout=parse_seconds(drain_timeout, "monitor(drain_timeout=)"),
        drain=parse_drain(drain, "monitor(drain=)"),
        proxies=parse_proxies(proxies, "monitor(proxies=)"),
        inherit=parse_switch(inherit, "monitor(inherit=)"),
        root=root or Path.cwd(),
    )
    if settings.mode == "off":
        yield Monitor.idle(settings)
        return
    engine = Engine(settings)
    engine.start()
    watching = Monitor(engine, engine.idle)
    try:
        yield watching
        watching.drain()
        engine.over(engine.idle.recorder)
    finally:
        engine.stop()
