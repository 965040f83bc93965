"""The findings as one HTML page that needs nothing but itself."""

from __future__ import annotations

from pytest_flaskctx.reports.html.page import document

__all__ = ["document"]
