"""What a run leaves behind: its files, each written once, whole or not at all."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx._version import __version__
from pytest_flaskctx.failures import told
from pytest_flaskctx.plugin import paths

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding, JsonDict
    from pytest_flaskctx.plugin.repairing import Mender
    from pytest_flaskctx.plugin.scope import Coverage
    from pytest_flaskctx.plugin.totals import Totals
    from pytest_flaskctx.settings import Settings
    from pytest_flaskctx.timeline import Timeline


class Outcome(NamedTuple):
    """What a run came to.

    Attributes:
        groups: its findings, one a leak site, the most certain first.
        timelines: the tests of which there is a picture.
        totals: its numbers.
        notes: what is to be said of the run itself.
    """

    groups: Sequence[Finding]
    timelines: Sequence[Timeline]
    totals: Totals
    notes: Sequence[str]


def written(settings: Settings, outcome: Outcome, mender: Mender) -> list[str]:
    """Write the files that ``settings`` name; return what is to be said of that."""
    notes = []
    if settings.json_path or settings.html_path:
        outcome = outcome._replace(groups=mender.patched(outcome.groups))
    for kind, path, text in _files(settings, outcome):
        if path is not None:
            notes += _attempt(kind.option, path, text)
    return notes


def updated(settings: Settings, groups: Iterable[Finding], coverage: Coverage) -> str:
    """Write the baseline; return what is to be said of that.

    Raises:
        SettingsError: nothing was written, and why.
    """
    from pytest_flaskctx import baseline
    from pytest_flaskctx.plugin.known import UPDATE, read
    from pytest_flaskctx.reports import known
    from pytest_flaskctx.reports.files import write
    from pytest_flaskctx.settings import SettingsError
    from pytest_flaskctx.source import shown

    path = settings.baseline
    assert path is not None
    name = shown(str(path), settings.root)
    seen = {baseline.site(finding) for finding in groups if baseline.counts(finding)}
    try:
        # It may have been edited since the run began.
        before = read(path, UPDATE, missing=True)
        whole = coverage.whole and not coverage.cut
        after = before.changed(seen, whole=whole, off=settings.off)
        if after != before or not path.exists():
            write(path, baseline.write(after), shared=True)
    except SettingsError as error:
        raise SettingsError(f"{error}; nothing was written") from None
    except OSError as error:
        raise SettingsError(f"{UPDATE}: nothing was written: {error}") from None
    added, removed = len(after.sites.keys() - before.sites), len(before.sites.keys() - after.sites)
    unmet = len(baseline.gone(after.sites, seen, settings.off))
    kept = known.kept(unmet, whole=coverage.whole, cut=coverage.cut)
    return f"{name}: {len(after.sites)} known, {added} added, {removed} removed{kept}"


def repairs(settings: Settings, groups: Sequence[Finding]) -> list[str]:
    """Print the diff that repairs what can be repaired; return what is to be said of the rest."""
    from pytest_flaskctx import baseline
    from pytest_flaskctx.plugin.repairing import base, diff, printed

    leaks = [finding for finding in groups if baseline.counts(finding)]
    top = base(settings.root)
    text, left = diff(leaks, settings.root, top)
    printed(text)
    done = f"--flaskctx-fix: {len(leaks) - len(left)} of {len(leaks)} leak sites are repaired"
    # git passes over what lies elsewhere without a word.
    where = [f"--flaskctx-fix: its paths begin at {top}: apply it there"]
    return [done, *(where if text and top != Path.cwd() else []), *left] if leaks else []


def _files(
    settings: Settings, outcome: Outcome
) -> Iterable[tuple[paths.Kind, Path | None, Callable[[], str]]]:
    yield paths.JSON, settings.json_path, lambda: _json(settings, outcome)
    yield paths.HTML, settings.html_path, lambda: _html(settings, outcome)
    yield paths.SARIF, settings.sarif_path, lambda: _sarif(settings, outcome)


def _attempt(option: str, path: Path, text: Callable[[], str]) -> list[str]:
    from pytest_flaskctx.reports.files import write

    try:
        write(path, text())
    except OSError as error:
        return [f"{option}: nothing was written: {error}"]
    except Exception as error:  # a report of ours that fails must not fail the run
        return [f"{option}: nothing was written: {told(error)}"]
    return []


def _json(settings: Settings, outcome: Outcome) -> str:
    from pytest_flaskctx.reports import jsonfile

    return jsonfile.text(
        jsonfile.document(
            outcome.groups,
            tool=_tool(outcome.totals),
            summary=_summary(outcome),
            root=settings.root,
        )
    )


def _html(settings: Settings, outcome: Outcome) -> str:
    from pytest_flaskctx.reports import html

    return html.document(
        outcome.groups,
        timelines=outcome.timelines,
        tool=_tool(outcome.totals),
        summary=_summary(outcome),
        notes=outcome.notes,
        root=settings.root,
        patch_of=lambda finding: finding.patch,
    )


def _sarif(settings: Settings, outcome: Outcome) -> str:
    from pytest_flaskctx.reports import jsonfile, sarif

    return jsonfile.text(
        sarif.document(outcome.groups, tool=_tool(outcome.totals), root=settings.root)
    )


def _summary(outcome: Outcome) -> JsonDict:
    totals = outcome.totals
    return {
        "findings": len(outcome.groups),
        "accesses": sum(finding.count for finding in outcome.groups),
        "handovers": totals.handovers,
        "tests": totals.tests,
        "observed_accesses": totals.observed,
    }


def _tool(totals: Totals) -> JsonDict:
    return {
        "name": "pytest-flaskctx",
        "version": __version__,
        "python": platform.python_version(),
        "flask": metadata.version("flask"),
        "disabled_probes": sorted(totals.disabled),
    }
