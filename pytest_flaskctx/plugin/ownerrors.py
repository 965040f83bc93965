"""The test's own error beside a leak: which of the two is the failure, and which is told with it.

A test's own error stays first. Three do not: a skip and an error that ``xfail(raises=...)``
expects would hide the leak, and an error that *is* the leak (raised out of ``future.result()``, or
pytest's own for a thread that died of it) would tell it twice.
"""

from __future__ import annotations

import pytest
from _pytest.skipping import Xfail, xfailed_key

from pytest_flaskctx.errors import ContextBleedError
from pytest_flaskctx.places import users
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.sightings import Sighting, marked, sighting_of


def kept_error(item: pytest.Item) -> BaseException | None:
    """Return the error that a ``TestCase`` keeps to itself until its report is made."""
    kept = getattr(item, "_excinfo", None)
    return kept[0].value if kept else None


def drop_kept(item: pytest.Item) -> None:
    """Let the error of the phase be reported in place of what a ``TestCase`` keeps."""
    kept = getattr(item, "_excinfo", None)
    if kept:
        kept.clear()


def stays_first(item: pytest.Item, error: BaseException | None, recorder: Recorder) -> bool:
    """Whether ``error`` remains the failure of a test that leaked as well."""
    # Not before there is a leak: most suites never import unittest.
    from unittest import SkipTest

    if error is None or isinstance(error, pytest.skip.Exception | SkipTest):
        return False
    return not expected_by_xfail(item, error) and not is_leak(error, recorder)


def note_expected(item: pytest.Item, error: BaseException | None) -> None:
    """Note that an ``xfail(raises=...)`` expects the very error of a leak."""
    sighting = sighting_of(error) if error is not None else None
    if sighting is not None and error is not None and expected_by_xfail(item, error):
        sighting.expected += 1


def xfail_of(item: pytest.Item) -> Xfail | None:
    """Return the ``xfail`` whose condition holds for ``item``."""
    return None if item.config.option.runxfail else item.stash.get(xfailed_key, None)


def expected_by_xfail(item: pytest.Item, error: BaseException) -> bool:
    """Whether an ``xfail`` of ``item`` names the type of ``error``."""
    xfail = xfail_of(item)
    raises = xfail.raises if xfail else None
    if raises is None:
        return False
    # pytest 8.4 brought RaisesExc and RaisesGroup.
    matches = getattr(raises, "matches", None)
    return bool(matches(error) if matches else isinstance(error, raises))  # type: ignore[arg-type]


def is_leak(error: BaseException, recorder: Recorder) -> bool:
    """Whether ``error`` is nothing but the error of accesses that ``recorder`` has, or a bleed."""
    if isinstance(error, ContextBleedError):
        return True
    if isinstance(error, BaseExceptionGroup):
        return all(is_leak(each, recorder) for each in error.exceptions)
    ours = recorder.sightings
    if isinstance(error, pytest.PytestUnhandledThreadExceptionWarning):
        by_text = (sighting for sighting in ours if _quoted(sighting, str(error)))
        return any(sighting in ours for sighting in (*marked(error), *by_text))
    return sighting_of(error) in ours


def _quoted(sighting: Sighting, text: str) -> bool:
    """Whether a traceback in ``text`` leads through the access.

    Before 8.4 pytest kept no more than the text of a thread's error.
    """
    frame = users(sighting.access.stack)
    return frame is not None and f'"{frame.file}", line {frame.line},' in text
