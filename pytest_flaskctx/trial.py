"""One test while it runs, and on what terms it is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx.recorder import Recorder

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.rules.allowances import Allowance


class Terms(NamedTuple):
    """On what terms one test is judged.

    Attributes:
        strict: whether it asked to be judged strictly.
        allowances: what is expected in it, besides what the whole run allows.
    """

    strict: bool = False
    allowances: tuple[Allowance, ...] = ()


class Trial:
    """Where one test is recorded, and on what terms it is judged.

    Attributes:
        recorder: the facts.
        terms: gives what is strict and what is expected in it; asked when something was found.
        settled: findings of blocks of the test that were judged by themselves.
        reported: keys of the leak sites that were told already.
        judged: what of the recorder was judged last, and how many were settled by then.
        told: whether it failed and a leak was told of, as the failure or beside it.
        drained: number of the last task that was waited for.
    """

    # Defaults of the class cost a test nothing.
    settled: tuple[Finding, ...] = ()
    judged: tuple[object, ...] = ()
    reported: frozenset[str] = frozenset()
    told = False
    drained = 0

    def __init__(self, recorder: Recorder, terms: Callable[[], Terms] = Terms) -> None:
        self.recorder = recorder
        self.terms = terms
