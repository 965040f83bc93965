"""What an exploration comes to, as a finding."""

from __future__ import annotations

import linecache
from pathlib import Path
from types import CodeType

from pytest_flaskctx.findings import Finding, Site
from pytest_flaskctx.isolation.isolating import Explored
from pytest_flaskctx.rules.base import RuleLevel
from pytest_flaskctx.rules.bleed import INCONCLUSIVE, REQUEST_BLEED, TIME_ENDED
from pytest_flaskctx.source import shown


def finding_of(
    explored: Explored, test: str, process: int, called: tuple[CodeType, int], root: Path
) -> Finding | None:
    """Return a finding of what bled or could not be told; ``None`` where all is well.

    Its level is where the rule fails; how grave that is in the run at hand is not judged here.

    Args:
        explored: what came of it.
        test: id of the test.
        process: the process id.
        called: code and line from which it was asked for.
        root: the root directory, to which files are relative.
    """
    result = explored.result
    if explored.bleed is None and not result.reason:
        return None
    site, message, hint = explored.site, explored.message, explored.hint
    if explored.bleed is None or site is None:
        site, hint = _site(called, root), INCONCLUSIVE if result.structural else TIME_ENDED
        message = f"isolation could not be told: {result.reason}"
    return Finding(
        code=REQUEST_BLEED.code,
        rule=REQUEST_BLEED.name,
        level="error" if explored.bleed else "warning",
        status="new",
        tests=(test,),
        phase="call",
        proxy="",
        site=site,
        thread="",
        process=process,
        stack=(),
        handover=None,
        started=None,
        request=None,
        context=None,
        message=message,
        hint=hint,
        bleed=explored.bleed,
    )


def level_of(explored: Explored) -> RuleLevel:
    """Return where what was found fails: what could not be told only where it never can be.

    Args:
        explored: what came of it.
    """
    if explored.bleed is not None:
        return REQUEST_BLEED.level
    return "strict" if explored.result.structural else "warn"


def _site(called: tuple[CodeType, int], root: Path) -> Site:
    code, line = called
    source = linecache.getline(code.co_filename, line).strip()
    return Site(shown(code.co_filename, root), line, None, None, code.co_qualname, source)
