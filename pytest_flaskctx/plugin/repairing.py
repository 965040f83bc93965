"""Repairs of findings as patches: made where libcst is installed, never at the run's expense."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding


class Aside:
    """Lets pytest print to the standard error, so that the standard output is the diff alone."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Turn the terminal's report round before its first line."""
        if session.config.pluginmanager.hasplugin("terminalreporter"):
            session.config.get_terminal_writer()._file = sys.stderr


class Mender:
    """Makes the patches of a run.

    Args:
        root: the root directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def patched(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return ``findings``, each with the diff that repairs it, where one can be made.

        Where making them fails there are none: the findings say the same in words.
        """
        from pytest_flaskctx import repairs

        found = list(findings)
        try:
            made = repairs.repair_each(found, self._root) if repairs.available() else []
        except Exception:  # a convenience must not cost a finding
            made = []
        patches = [each.patch for each in made] or [None] * len(found)
        return [
            replace(finding, patch=finding.patch or patch)
            for finding, patch in zip(found, patches, strict=True)
        ]

    def shown(self, findings: Iterable[Finding], verbose: int) -> list[Finding]:
        """Return ``findings`` likewise, if their patches are to be shown."""
        from pytest_flaskctx.reports.telling import PATCHED

        return self.patched(findings) if verbose >= PATCHED else list(findings)


def printed(text: str) -> None:
    """Print a diff as it is: with the line ends of the files, in their encoding."""
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
