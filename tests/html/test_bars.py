"""Bars of which the row is not known yet."""

from __future__ import annotations

from stories import served

from pytest_flaskctx.reports.html.bars import Box
from pytest_flaskctx.reports.html.packing import Label


def test_extent() -> None:
    """The label belongs to it, on whichever side it stands."""
    bare = Box("request", served(0, 0.0, 1.0), 100, 120, None)
    assert bare.extent == (100, 120)
    assert bare._replace(label=Label("abc", 126, inside=False)).extent[0] == 100
    assert bare._replace(label=Label("abc", 126, inside=False)).extent[1] > 140
    assert bare._replace(label=Label("abc", 70, inside=False)).extent == (70, 120)
