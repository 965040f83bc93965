"""The shortest schedule that still bleeds: fewest switches, fewest steps before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pytest_flaskctx.isolation.schedules import Entry, Schedule

MOST_TRIES = 40


def shrink(entries: Schedule, bleeds: Callable[[Schedule], bool]) -> Schedule:
    """Return a schedule that is as short as a few tries can make it.

    Args:
        entries: one that bleeds.
        bleeds: whether another one does.
    """
    best = entries
    tries = 0
    tried = {best}
    if plain(entries) != entries:
        tried.add(plain(entries))
        if bleeds(plain(entries)):
            best = plain(entries)
    found = True
    while found:
        found = False
        for shorter in _shorter(best):
            if tries >= MOST_TRIES:
                return best
            if shorter in tried:
                continue
            tried.add(shorter)
            tries += 1
            if bleeds(shorter):
                best, found = shorter, True
                break
    return best


def plain(entries: Schedule) -> Schedule:
    """Return a schedule without what goes without saying.

    Of two entries of one participant in a row, the later one says it all. Where all but one are at their
    end, the one that is left goes on by itself.
    """
    merged: list[Entry] = []
    for entry in entries:
        if merged and merged[-1].who == entry.who:
            merged.pop()
        merged.append(entry)
    two = len({entry.who for entry in merged}) <= 2
    while two and len(merged) > 2 and merged[-1].until is None and merged[-2].until is None:
        merged.pop()
    return tuple(merged)


def _shorter(entries: Schedule) -> Iterator[Schedule]:
    """Yield schedules with an entry less, then such with fewer steps before a switch."""
    for place in range(len(entries)):
        if len(entries) > 1:
            yield plain((*entries[:place], *entries[place + 1 :]))
    for place, (who, until) in enumerate(entries):
        for less in (until // 2, until - 1) if until is not None and until > 1 else ():
            yield (*entries[:place], Entry(who, less), *entries[place + 1 :])
