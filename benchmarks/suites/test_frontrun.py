"""Two visits under frontrun, as its documentation says: an app made anew for each run."""

import os

import frontrun
import isolation_apps as apps
import pytest
from isolation_apps import Trial

SIZE = apps.participants()
SEEDS = apps.measured()[1]


@pytest.fixture(scope="session", autouse=True)
def warm():
    apps.warm()


def paying(number):
    def pay(audience):
        audience.pay(number)

    return pay


@pytest.mark.parametrize("seed", SEEDS)
def test_visits_are_isolated(seed):
    strategy = os.environ["ISOLATION_STRATEGY"]
    options = {"seed": seed} if strategy == "random" else {}
    watch = apps.stopwatch()
    failed = []

    def isolated(audience):
        if audience.isolated():
            return True
        failed.append(next(watch))
        return False

    next(watch)
    try:
        result = frontrun.explore(
            setup=lambda: apps.Audience(SIZE),
            workers=[paying(number) for number in range(SIZE)],
            invariant=isolated,
            strategy=strategy,
            total_timeout=apps.MOST_SECONDS,
            **options,
        )
    except Exception as error:
        apps.record(Trial("none", None, next(watch), told=f"{type(error).__name__}: {error}"))
        raise
    total = next(watch)
    outcome = {True: "clean", False: "bled", None: "none"}[result.property_holds]
    first = (failed[0] if failed else total) if outcome == "bled" else None
    told = result.inconclusive_reason or ""
    apps.record(Trial(outcome, first, total, result.num_explored, told))
    result.assert_holds()
