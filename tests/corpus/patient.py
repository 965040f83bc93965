"""A pytest plugin that gives the look for held requests all the time that it wants.

Hundreds of apps in one session leave more behind than a suite does, and on a busy machine the look
would end before all of them were looked at.
"""

from __future__ import annotations

from pytest_flaskctx import holders

holders.PATIENCE = holders.PATIENCE_OF_RUN = 600.0
