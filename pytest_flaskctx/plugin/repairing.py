"""Repairs of findings as patches: made where libcst is installed, never at the run's expense."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.grouping import place
from pytest_flaskctx.plugin.mishaps import Mishaps

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding


MOST = 200
"""Of how many leak sites a report holds patches; to make one takes a fifth of a second."""


class Aside:
    """Lets pytest print to the standard error, so that the standard output is the diff alone."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Turn the terminal's report round before its first line."""
        # pytest has no setting for it.
        if session.config.pluginmanager.hasplugin("terminalreporter"):
            session.config.get_terminal_writer()._file = sys.stderr


class Mender:
    """Makes the patches of a run.

    Args:
        root: the root directory.
        mishaps: where our own failures are noted.
    """

    def __init__(self, root: Path, mishaps: Mishaps) -> None:
        self._root = root
        self.mishaps = mishaps
        # Hundreds of tests may fail by one site.
        self._made: dict[tuple[object, ...], str | None] = {}

    def patched(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return ``findings``, each with the diff that repairs it, where one can be made.

        Where making them fails there are none: the findings say the same in words.
        """
        found = list(findings)
        wanted = sorted(found, key=place)[:MOST]
        missing = {_site(each): each for each in wanted if _site(each) not in self._made}
        if missing:
            self._made |= zip(missing, self._patches(list(missing.values())), strict=True)
        return [replace(each, patch=self._made.get(_site(each))) for each in found]

    def _patches(self, findings: Sequence[Finding]) -> list[str | None]:
        from pytest_flaskctx import repairs

        if not repairs.available():
            return [None] * len(findings)
        # A convenience must not cost a finding.
        made = self.mishaps.guard(
            "making patches", lambda: repairs.repair_each(findings, self._root, base(self._root))
        )
        return [each.patch for each in made] or [None] * len(findings)

    def shown(self, findings: Iterable[Finding], verbose: int) -> list[Finding]:
        """Return ``findings`` likewise, if their patches are to be shown."""
        from pytest_flaskctx.reports.telling import PATCHED

        return self.patched(findings) if verbose >= PATCHED else list(findings)


def _site(finding: Finding) -> tuple[object, ...]:
    handed = finding.handover.site if finding.handover else None
    return (finding.code, finding.site, handed)


def printed(text: str) -> None:
    """Print a diff as it is: with the line ends of the files, in their encoding.

    It begins on a line of its own, whatever the suite printed last: git passes over an empty one.
    """
    text = f"\n{text}" if text else text
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # somebody's stand-in
        sys.stdout.write(text)
    else:
        stream.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.flush()


def diff(findings: Sequence[Finding], root: Path, base: Path) -> tuple[str, list[str]]:
    """Return one diff for all findings, and a line on each that it does not repair.

    Args:
        findings: one a leak site.
        root: the root directory, to which their files are relative.
        base: the folder to which the diff's paths are relative.
    """
    from pytest_flaskctx import repairs

    text, left = repairs.combined(findings, root, base)
    return text, [
        f"--flaskctx-fix: {finding.file}:{finding.line}: {finding.code} is not repaired: {reason}"
        for finding, reason in left
    ]


def base(root: Path) -> Path:
    """Return the folder from which ``git apply`` takes paths: that of the repository, or ``root``."""
    around = (folder for folder in (root, *root.parents) if (folder / ".git").exists())
    return next(around, root)
