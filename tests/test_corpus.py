"""The corpus: every leak in it is found, nothing else is, and each of its apps is needed."""

from __future__ import annotations

import pytest
from corpus import check

KINDS = tuple(check.kinds())


def test_what_is_marked_is_found_and_nothing_else() -> None:
    """Each marked line and hand-over is reported, no other is, and no right app fails."""
    assert check.deviations() == []


def test_what_threads_inherit_is_found() -> None:
    """Whether by our option or by Python's own, threads that inherit contexts leak the same."""
    assert check.inherited() == []


@pytest.mark.parametrize("probe", check.PROBES)
def test_a_probe_is_needed(probe: str) -> None:
    """Without the probe, leaks of the mechanisms and proxies that it is for are missed."""
    assert check.blind(probe, check.made_for(probe))


@pytest.mark.parametrize("probe", check.SPARING)
def test_a_probe_that_tells_what_is_right_is_needed(probe: str) -> None:
    """Without it no leak is missed, but right apps are accused."""
    assert check.unspared(probe)


@pytest.mark.parametrize("kind", KINDS)
def test_a_naive_detector_would_accuse_right_apps(kind: str) -> None:
    """Every right app of a kind is accused by the naive detector that the kind is named after."""
    spared, accused = check.unaccused(kind)
    assert spared == []
    if not accused:
        pytest.skip(f"what all right apps of {kind} stand on is not installed")


def test_each_right_app_has_a_mutant() -> None:
    """The README explains just the kinds of right apps that there are."""
    rows = (check.HERE / "README.md").read_text(encoding="utf-8").splitlines()
    explained = {row.split("`")[1] for row in rows if row.startswith("| `")}
    assert set(KINDS) == explained


def test_the_corpus_is_wide() -> None:
    """Forty leaking and forty right apps at least, the leaking ones in 25 unlike cells."""
    cells = [check.constant(file, "CELL") for file in check.apps("leaking")]
    assert len(cells) >= 40
    assert len(set(cells)) >= 25
    assert sum(map(len, check.kinds().values())) >= 40
