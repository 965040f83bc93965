"""What the plugin keeps between hooks, in typed stash keys."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_flaskctx.engine import Engine, Trial
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.patching import Patches

ENGINE = pytest.StashKey[Engine]()
PATCHES = pytest.StashKey[Patches]()
TRIAL = pytest.StashKey[Trial]()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one phase of a test came to, until its report is made.

    Attributes:
        findings: what was found in it.
        error: the error that we raised for it; ``None`` where the test had one of its own.
    """

    findings: tuple[Finding, ...]
    error: ContextLeakError | None


OUTCOME = pytest.StashKey[Outcome]()
