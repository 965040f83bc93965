"""The probes: installed instrumentation that emits facts and judges nothing.

Each is one module with one class; ``ALL`` is the order of installation. Removal is in reverse.
"""

from __future__ import annotations

from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.bodies import Bodies
from pytest_flaskctx.probes.callbacks import Callbacks
from pytest_flaskctx.probes.contexts import Contexts
from pytest_flaskctx.probes.eager import Eager
from pytest_flaskctx.probes.executors import Executors
from pytest_flaskctx.probes.extensions import Extensions
from pytest_flaskctx.probes.functions import Functions
from pytest_flaskctx.probes.greenlets import Greenlets
from pytest_flaskctx.probes.inline import Inline
from pytest_flaskctx.probes.processes import Processes
from pytest_flaskctx.probes.proxies import Proxies
from pytest_flaskctx.probes.sessions import Sessions
from pytest_flaskctx.probes.threadpools import ThreadPools
from pytest_flaskctx.probes.threads import Threads
from pytest_flaskctx.probes.waits import Waits

__all__ = ["ALL", "Probe", "Switchboard"]

ALL: tuple[type[Probe], ...] = (
    Threads,
    Executors,
    ThreadPools,
    Processes,
    Callbacks,
    Eager,
    Inline,
    Greenlets,
    Waits,
    Contexts,
    Proxies,
    Functions,
    Extensions,
    Bodies,
    Sessions,
)
