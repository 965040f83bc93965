"""Repairs: the value, read before the hand-over and passed, as a diff that ``git apply`` takes.

What is understood is changed, and nothing else: for every finding that is left alone there is a
sentence that says why. libcst, which keeps comments and formatting as they are, is imported only
here, and only where something is repaired.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.outcome import Repair

__all__ = ["Repair", "available", "combined", "repair", "repair_each"]


def available() -> bool:
    """Whether libcst can be imported, which ``pytest-flaskctx[fix]`` brings along."""
    try:
        import libcst.metadata  # noqa: F401 - whether that works is what is asked
    except Exception:  # one that is broken is none, whatever is wrong with it
        return False
    return True


def repair(finding: Finding, root: Path, base: Path | None = None) -> Repair:
    """Return the repair of one finding by itself.

    Args:
        finding: the finding.
        root: the root directory; the patch's paths are relative to it.
        base: where callers of what is changed may be, mostly the top of the repository; the root
            directory where it is not given.
    """
    (made,) = repair_each([finding], root, base)
    return made


def repair_each(findings: Iterable[Finding], root: Path, base: Path | None = None) -> list[Repair]:
    """Return the repairs of several findings, each by itself, with each file read once.

    Args:
        findings: the findings.
        root: the root directory; the patches' paths are relative to it.
        base: where callers may be, as for :func:`repair`.
    """
    if not available():
        return [Repair(None, reasons.NO_LIBCST) for _ in findings]
    from pytest_flaskctx.repairs.making import alone
    from pytest_flaskctx.repairs.project import Project

    project = Project(root, base)
    return [alone(finding, project) for finding in findings]


def combined(
    findings: Iterable[Finding], root: Path, base: Path | None = None
) -> tuple[str, list[tuple[Finding, str]]]:
    """Return one diff for all findings that can be repaired together.

    Args:
        findings: the findings; several may be of one file, one task or one hand-over.
        root: the root directory.
        base: what the diff's paths are relative to, mostly the top of the repository; the root
            directory where it is not given.

    Returns:
        The diff, empty where nothing can be repaired; and the findings that it leaves alone, each
        with the reason, in the order in which they came.
    """
    found = list(findings)
    if not available():
        return "", [(finding, reasons.NO_LIBCST) for finding in found]
    from pytest_flaskctx.repairs.making import together

    return together(found, root, base or root)
