"""Measures one app in this process: by our engine, or by requests that are sent at once."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy

import isolation_apps as apps
from isolation_apps import Trial

from pytest_flaskctx.isolation.asking import asked
from pytest_flaskctx.isolation.exploring import Bled
from pytest_flaskctx.isolation.isolating import Explored, Isolation
from pytest_flaskctx.isolation.reach import Reach
from pytest_flaskctx.ownership import Ownership

REQUESTS = 50


class _Timed(Isolation):
    """Notes when the first failing schedule was through: it is shrunk and told after that."""

    bled: tuple[float, int, str] | None = None

    def begin(self) -> Explored:
        self._watch = apps.stopwatch()
        next(self._watch)
        return self.explore()

    def _told(self, bled: Bled) -> Explored:
        self.bled = next(self._watch), self._runner.count, bled.tier
        return super()._told(bled)


def stepped(seed: int) -> Trial:
    """Explore the app as the fixture does."""
    watch = apps.stopwatch()
    # Alone in a folder, so that the app is the user's code and this program is not.
    with tempfile.TemporaryDirectory() as folder:
        module = apps.load(Path(copy(apps.measured()[0], folder)))
        visits = getattr(module, "VISITS", None) or (module.visit,)
        app = getattr(module, "create_app", None) or module.app
        defaults = {"copies": 2, "oracle": "token", "expect": None, "shared": None, "reset": None}
        limits = {"max_schedules": 300, "max_seconds": apps.MOST_SECONDS}
        options = defaults | limits | getattr(module, "OPTIONS", {})
        isolation = _Timed(
            asked(visits, app=app, seed=str(seed), **options),
            Reach(Ownership(Path(folder))),
            Path(folder),
        )
        next(watch)
        result = isolation.begin().result
        total = next(watch)
    if isolation.bled is not None:
        first, schedules, tier = isolation.bled
        return Trial("bled", first, total, schedules, points=result.points, tier=tier)
    outcome = "clean" if result.isolated else "none"
    return Trial(outcome, None, total, result.schedules, result.reason, result.points)


def at_once(_: int) -> Trial:
    """Send requests at once, as any test could."""
    audience = apps.Audience(REQUESTS)
    watch = apps.stopwatch()
    next(watch)
    try:
        with ThreadPoolExecutor(REQUESTS) as pool:
            list(pool.map(audience.pay, range(REQUESTS)))
        bled = not audience.isolated()
    except Exception:
        bled = True
    total = next(watch)
    return Trial("bled" if bled else "clean", total if bled else None, total, 1)


def main() -> None:
    measure: Callable[[int], Trial] = {"flaskctx": stepped, "at once": at_once}[sys.argv[1]]
    apps.warm()
    for seed in apps.measured()[1]:
        try:
            trial = measure(seed)
        except Exception as error:
            trial = Trial("none", told=f"{type(error).__name__}: {error}")
        apps.record(trial)


if __name__ == "__main__":
    main()
