"""The corpus of the isolation fixture: every bleed in it is found and named, and nothing else."""

from __future__ import annotations

import logging
import re
import sys

import pytest
from corpus import isolated

for extension in ("asgiref", "flask_caching", "flask_login", "flask_sqlalchemy"):
    pytest.importorskip(extension)

SEEDS = ("1", "2")
BLEEDING = pytest.mark.parametrize("path", isolated.apps("bleeding"), ids=lambda path: path.stem)
RIGHT = pytest.mark.parametrize("path", isolated.apps("right"), ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def _quiet():
    """Errors that apps log are not for the reader of a test's failure; modules go with their test."""
    logger, modules = logging.getLogger("werkzeug"), set(sys.modules)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)
    for path in (*isolated.apps("bleeding"), *isolated.apps("right")):
        if path.stem not in modules:
            sys.modules.pop(path.stem, None)


@BLEEDING
def test_a_bleed_is_found_and_its_holder_named(path):
    """For each seed, and in the same way each time that the seed is the same."""
    for seed in SEEDS:
        told = []
        for _ in range(2):
            module = isolated.load(path)
            bleed = isolated.explore(module, path, seed).bleed
            assert bleed is not None
            holder = f"{bleed.what} `{bleed.holder}`" if bleed.holder else ""
            assert _steady(holder) == _steady(module.HOLDER)
            told.append((bleed.schedule, bleed.tier, bleed.evidence, bleed.steps))
        assert told[0] == told[1]


@RIGHT
def test_a_right_app_is_isolated(path):
    """Nothing is found in it, and it is no question left open."""
    explored = isolated.explore(isolated.load(path), path, "1")
    assert explored.bleed is None
    assert explored.result.verdict == "isolated", explored.result.reason


@RIGHT
def test_a_right_app_has_a_mutant_that_bleeds(path):
    """Without its lock, key or copy it is found out by the same settings."""
    for seed in SEEDS:
        module = isolated.load(path, isolated.mutated(path))
        assert isolated.explore(module, path, seed).bleed is not None


def test_the_corpus_is_wide():
    """Thirty apps of each kind at least."""
    assert len(isolated.apps("bleeding")) >= 30
    assert len(isolated.apps("right")) >= 30


def _steady(holder: str) -> str:
    """Return a holder without the place in a list, which depends on what was before."""
    return re.sub(r"\[\d+\]", "[0]", holder)
