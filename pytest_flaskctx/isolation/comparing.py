"""Whether a run is like some serial order, once what varies by itself is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from pytest_flaskctx.isolation import oracle
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.policies import Policy, Scheduled
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.serial import MOST_FITTING, InOrder, Orders, fitting, orders
from pytest_flaskctx.isolation.sleeping import to_next_second

AGAIN = 4
"""How often a schedule is run again before a field in which it is like no serial order is told."""


class Running(Protocol):
    """Runs the visits of one group."""

    def __call__(self, policy: Policy, *, fine: bool = False, by_request: bool = False) -> Run:
        """Run them under ``policy``."""
        ...


class Comparison:
    """Compares runs of one group with its serial orders.

    At first with those of whole visits: most runs are like one of them. With others where one is not.

    Args:
        run: runs the group.
        requests: how many requests each participant makes alone.
        late: whether the time has ended.
    """

    def __init__(self, run: Running, requests: Sequence[int], late: Callable[[], bool]) -> None:
        self._run = run
        self._late = late
        self._further = [*orders(requests)]
        self._tried = dict.fromkeys(self._further[:2])
        self._orders = Orders(
            [*map(self._in_order, self._tried), self._in_order(next(iter(self._tried)))]
        )
        self._relearned = False
        self._timed = False
        self._steady: set[object] = set()

    @property
    def varying(self) -> list[str]:
        """Return what differs between equal runs, and so tells nothing, as it is told."""
        return self._orders.varying

    def evidence(self, run: Run) -> Iterator[Evidence]:
        """Yield what makes a run be like no serial order, unless it varies with the time or by chance.

        Clocks and signatures change with each second: where a field says what no order has ever said
        there, the orders are run again in another one before anybody is accused. What chance decides
        does not come again with the order, or with the schedule.
        """
        news = self._orders.says_news(run) and not self._timed
        if news or (not self._relearned and self._unlike(run)):
            self._relearned = True
            if news:
                self._timed = True
                to_next_second()
            self._orders.learn([self._in_order(order) for order in self._tried])
        again = [run]
        if self._unlike(run) and self._orders.differing(run) not in self._steady:
            again += [self._run(Scheduled(run.schedule), fine=run.fine) for _ in range(AGAIN)]
            for each in again[1:]:
                self._orders.compare(run, each)
        if all(map(self._unlike, again)) and self._knows_all_that_fit(run):
            self._steady.add(self._orders.differing(run))
            yield from oracle.no_order(run, self._orders)

    def _unlike(self, run: Run) -> bool:
        return self._orders.differing(run) is not None

    def _knows_all_that_fit(self, run: Run) -> bool:
        """Run further orders as long as ``run`` is like none; return whether it can be judged by them.

        It may be like any, but most likely is like one that may be what happened.
        """
        spans = [visitor.spans for visitor in run.visitors]
        likely = [*islice(fitting(spans), MOST_FITTING + 1)]
        if len(likely) > MOST_FITTING:
            return False
        for order in (*likely, *self._further):
            if self._late():
                return False
            if order not in self._tried:
                self._tried[order] = None
                one = self._in_order(order)
                self._orders.add(one)
                if self._unlike(run):
                    self._orders.compare(one, self._in_order(order))
                if not self._unlike(run):
                    break
        return True

    def _in_order(self, order: Sequence[int]) -> Run:
        return self._run(InOrder(order), by_request=True)
