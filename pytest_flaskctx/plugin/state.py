"""What the plugin keeps between hooks, in typed stash keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.patching import Patches

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.plugin.runs import Runs

ENGINE = pytest.StashKey[Engine]()
PATCHES = pytest.StashKey[Patches]()
RUNS: pytest.StashKey[Runs] = pytest.StashKey()


class Outcome(NamedTuple):
    """What one phase of a test came to, until its report is made.

    Attributes:
        findings: what was found in it.
        error: the error that we raised for it; ``None`` where the test had one of its own.
        timeline: the test's, as it travels; empty where there is none.
    """

    findings: tuple[Finding, ...]
    error: ContextLeakError | None
    timeline: str = ""


OUTCOME = pytest.StashKey[Outcome]()
