"""A pytest plugin that leaves one probe out, to see what it is good for."""

from __future__ import annotations

import os

from pytest_flaskctx import probes

probes.ALL = tuple(kind for kind in probes.ALL if kind.name != os.environ["WITHOUT_PROBE"])
