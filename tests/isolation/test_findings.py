"""What an exploration comes to, as a finding and by its level."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pytest_flaskctx.findings import Bleed, Finding, Site
from pytest_flaskctx.isolation.findings import finding_of, level_of
from pytest_flaskctx.isolation.isolating import Explored
from pytest_flaskctx.isolation.verdicts import IsolationResult
from pytest_flaskctx.rules.bleed import INCONCLUSIVE, TIME_ENDED

Make = Callable[..., ModuleType]
BLEED = Bleed(
    "token",
    "A:3 B:*",
    "1.1.0-0.A3-B.l.5e0c2a9f",
    "s",
    "guided",
    ("a", "b"),
    "",
    "",
    "",
    "",
    (),
    False,
)
SITE = Site("shop.py", 3, None, None, "view", "return user")


def explored(reason: str = "", *, structural: bool = True, bleed: bool = False) -> Explored:
    """Return what an exploration came to."""
    verdict = "bleeds" if bleed else "inconclusive" if reason else "isolated"
    result = IsolationResult(
        verdict,
        reason,
        structural,
        3,
        30,
        10,
        (),
        ("serial",),
        (),
        "seed",  # type: ignore[arg-type]
    )
    if bleed:
        return Explored(result, BLEED, SITE, "it bled", "mend it")
    return Explored(result)


@pytest.fixture
def found(module: Make, tmp_path: Path) -> Callable[[Explored], Finding | None]:
    """Return the finding of an exploration that a line of a test asked for."""
    made = module("def test_it():\n    isolation(visit)\n", "isolated_shop")

    def find(result: Explored) -> Finding | None:
        return finding_of(result, "test_shop.py::test_it", 7, (made.test_it.__code__, 2), tmp_path)

    return find


def test_where_all_is_well_there_is_no_finding(found: Callable[..., Finding | None]) -> None:
    """Isolated is no news."""
    assert found(explored()) is None


def test_a_bleed_is_an_error_where_the_data_was_read(found: Callable[..., Finding | None]) -> None:
    """With all that is known of it."""
    finding = found(explored(bleed=True))
    assert finding is not None
    assert (finding.code, finding.rule, finding.level) == ("FCX401", "request-bleed", "error")
    assert (finding.site, finding.message, finding.hint) == (SITE, "it bled", "mend it")
    assert finding.bleed is BLEED
    assert (finding.tests, finding.phase, finding.process) == (
        ("test_shop.py::test_it",),
        "call",
        7,
    )
    assert (finding.status, finding.fails) == ("new", True)


def test_what_could_not_be_told_is_a_warning_where_it_was_asked_for(
    found: Callable[..., Finding | None],
) -> None:
    """It is no pass: the words say why."""
    finding = found(explored("they never overlapped"))
    assert finding is not None
    assert (finding.level, finding.bleed, finding.hint) == ("warning", None, INCONCLUSIVE)
    assert finding.message == "isolation could not be told: they never overlapped"
    assert finding.site == Site("isolated_shop.py", 2, None, None, "test_it", "isolation(visit)")


def test_where_the_time_ended_it_is_said_how_to_have_more(
    found: Callable[..., Finding | None],
) -> None:
    """The program is not to blame."""
    finding = found(explored("the time ended", structural=False))
    assert finding is not None
    assert (finding.level, finding.hint) == ("warning", TIME_ENDED)


@pytest.mark.parametrize(
    ("result", "level"),
    [
        (explored(bleed=True), "fail"),
        (explored("they never overlapped"), "strict"),
        (explored("the time ended", structural=False), "warn"),
    ],
)
def test_only_what_can_never_be_told_fails_under_strict(result: Explored, level: str) -> None:
    """A spent time cap does not; a bleed always does."""
    assert level_of(result) == level
