"""Threads that a participant starts are its own, and starting them is no wait."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest
from stepping import PATIENCE, stepped

from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.isolation.starting import starter, watched


def test_a_thread_of_the_program_starts_others_as_ever() -> None:
    """Nobody counts them."""
    started: list[Any] = []
    thread = threading.Thread()
    starter(started.append)(thread)
    assert started == [thread]


def test_a_thread_that_a_participant_starts_counts_as_its() -> None:
    """From when it began; meanwhile the participant is starting, and nothing else."""
    seen: list[tuple[int, bool]] = []

    def original(thread: threading.Thread) -> None:
        assert roles.role is not None
        seen.append((roles.role.who.starting, roles.starting))
        plain(thread)

    plain = threading.Thread.start
    thread = threading.Thread(target=lambda: None)

    def body() -> None:
        starter(original)(thread)
        thread.join(PATIENCE)
        assert roles.role is not None
        seen.append((roles.role.who.starting, roles.starting))

    turns, _ = stepped(Scheduled(()), body)
    assert seen == [(1, True), (0, False)]
    assert turns.participants[0].threads[1:] == [thread.native_id]


@pytest.mark.parametrize("error", [None, RuntimeError("can't start new thread")])
def test_a_thread_that_does_not_begin_counts_for_nobody(error: Exception | None) -> None:
    """Whether or not its start says so."""

    def original(thread: threading.Thread) -> None:
        if error is not None:
            raise error

    def body() -> tuple[int, bool]:
        assert roles.role is not None
        with suppress(RuntimeError):
            starter(original)(threading.Thread())
        return roles.role.who.starting, roles.starting

    turns, (outcome,) = stepped(Scheduled(()), body)
    assert outcome.value == (0, False)
    assert len(turns.participants[0].threads) == 1


def test_all_threads_start_by_it_within_the_block() -> None:
    """It is put back at the end, also after an error."""
    before = threading.Thread.start
    with suppress(ValueError), watched():
        assert threading.Thread.start is not before
        raise ValueError
    assert threading.Thread.start is before
