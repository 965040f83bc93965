"""Whether a run is like some serial order, once what varies by itself is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from pytest_flaskctx.isolation import oracle
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.policies import Policy, Scheduled
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.serial import InOrder, Orders, orders
from pytest_flaskctx.isolation.sleeping import to_next_second

AGAIN = 2
"""How often a schedule is run again before a field in which it is like no serial order is told."""


class Running(Protocol):
    """Runs the visits of one group."""

    def __call__(self, policy: Policy, *, fine: bool = False, by_request: bool = False) -> Run:
        """Run them under ``policy``."""
        ...


class Comparison:
    """Compares runs of one group with its serial orders.

    Args:
        run: runs the group.
        requests: how many requests each participant makes alone.
    """

    def __init__(self, run: Running, requests: Sequence[int]) -> None:
        self._run = run
        self._requests = requests
        self._orders = Orders([*self._in_orders(), self._in_orders(1)[0]])
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
        if news or (not self._relearned and self._orders.differing(run) is not None):
            self._relearned = True
            if news:
                self._timed = True
                to_next_second()
            self._orders.learn(self._in_orders())
        field = self._orders.differing(run)
        if field is not None and field not in self._steady:
            for _ in range(AGAIN):
                self._orders.compare(run, self._run(Scheduled(run.schedule), fine=run.fine))
            self._steady.update({self._orders.differing(run)} - {None})
        yield from oracle.no_order(run, self._orders)

    def _in_orders(self, most: int | None = None) -> list[Run]:
        return [
            self._run(InOrder(order), by_request=True)
            for order in islice(orders(self._requests), most)
        ]
