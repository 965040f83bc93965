"""The threads that carry participants through one schedule, and the bounded wait for them."""

from __future__ import annotations

import contextvars
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pytest_flaskctx.isolation.roles import Role, roles, take
from pytest_flaskctx.isolation.schedules import LETTERS
from pytest_flaskctx.isolation.stillness import Stillness
from pytest_flaskctx.isolation.turns import Abandoned, Participant, Turns
from pytest_flaskctx.system import System

QUIET = 2.0
"""For how long nothing may happen while all participants wait, in seconds."""
QUIET_ALONE = 5.0
"""Likewise where there is one: what a visit waits for by itself may take its time."""
LONGEST = 10.0
"""For how long one schedule may take, in seconds."""
_FIRST_LOOK = 0.003
_LOOK = 0.001
_FAREWELL = 0.5


class Outcome(NamedTuple):
    """What came of one participant.

    Attributes:
        value: what its body returned.
        error: what it raised; ``None`` where it returned.
        ended: whether it came to an end at all.
    """

    value: Any = None
    error: BaseException | None = None
    ended: bool = False


class Carrier:
    """One participant's thread, with a context of its own.

    What does not work: to start it as any thread is. It would be recorded as a task of the test's.

    Args:
        turns: the schedule.
        who: the participants that it carries, one after the other.
        bodies: what each of them does.
    """

    def __init__(
        self, turns: Turns, who: Sequence[Participant], bodies: Sequence[Callable[[], Any]]
    ) -> None:
        self._turns = turns
        self._parts = tuple(zip(who, bodies, strict=True))
        self.outcomes = {each.number: Outcome() for each in who}
        self._thread = threading.Thread(
            target=self._run, name=f"visitor {LETTERS[who[0].number]}", daemon=True
        )

    def start(self) -> None:
        """Begin, and wait for the first turn."""
        inspect.unwrap(threading.Thread.start)(self._thread)

    def join(self, timeout: float) -> None:
        """Wait for the thread to end, for ``timeout`` seconds at most."""
        self._thread.join(timeout)

    def _run(self) -> None:
        # Not a copy: what is bound where the test runs is no affair of a request's. What a request leaves
        # bound the next one finds that is served by its thread.
        context = contextvars.Context()
        for who, body in self._parts:
            context.run(self._carry, who, body)

    def _carry(self, who: Participant, body: Callable[[], Any]) -> None:
        take(Role(self._turns, who))
        try:
            self._turns.arrive(who)
            self.outcomes[who.number] = Outcome(value=body(), ended=True)
        except Abandoned:
            pass
        except BaseException as error:
            self.outcomes[who.number] = Outcome(error=error, ended=True)
        finally:
            roles.role = None
            self._turns.leave(who)


def carry(
    turns: Turns,
    bodies: Sequence[Callable[[], Any]],
    *,
    one_thread: bool = False,
    held: Callable[[], bool] = lambda: False,
) -> list[Outcome]:
    """Take all participants through their turns; return what came of each.

    Args:
        turns: the schedule.
        bodies: what each participant does, by number.
        one_thread: whether one thread carries all of them, one after the other.
        held: whether somebody stands at a debugger's prompt, and takes the time that it takes.
    """
    everybody = turns.participants
    if one_thread:
        carriers = [Carrier(turns, everybody, bodies)]
    else:
        carriers = [Carrier(turns, [who], [bodies[who.number]]) for who in everybody]
    started = []
    try:
        for carrier in carriers:
            carrier.start()
            started.append(carrier)
        _watch(turns, held)
    except BaseException:
        turns.give_up("stuck")
        raise
    finally:
        until = System.monotonic() + _FAREWELL
        for carrier in started:
            carrier.join(max(0.0, until - System.monotonic()))
    known = {number: out for carrier in carriers for number, out in carrier.outcomes.items()}
    return [known[who.number] for who in everybody]


def _watch(turns: Turns, held: Callable[[], bool]) -> None:
    """Wait until all are done, and let others go on where one waits in code that we cannot see."""
    if turns.finished.acquire(timeout=_FIRST_LOOK):
        return
    stillness = Stillness()
    begun = changed = System.monotonic()
    changes = turns.changes
    quiet = QUIET if len(turns.participants) > 1 else QUIET_ALONE
    while not turns.finished.acquire(timeout=_LOOK):
        now = System.monotonic()
        if held():
            begun = changed = now
            continue
        if turns.changes != changes:
            changes, changed = turns.changes, now
        current = turns.current
        still = current is None or (
            not current.starting and stillness.look(tuple(current.threads), changes)
        )
        if current is not None and still:
            turns.fell_asleep(current, changes)
        if now - begun > LONGEST or (still and now - changed > quiet):
            turns.give_up(
                "stuck", *(each.number for each in turns.participants if each.state != "done")
            )
