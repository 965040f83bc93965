"""The probes of this process, shared by all monitors that run in it.

Two monitors at once, as when pytest runs inside pytest, share one installation, and the last one
to stop takes it away.
"""

from __future__ import annotations

from pathlib import Path

from pytest_flaskctx import probes
from pytest_flaskctx.probes.extensions import Extensions
from pytest_flaskctx.probes.imports import ImportWatch
from pytest_flaskctx.settings import Settings


class Installation:
    """Probes that were installed together, and how many monitors use them.

    Args:
        switches: the probes.

    Attributes:
        users: how many monitors hold it.
    """

    def __init__(self, switches: probes.Switchboard) -> None:
        self.switches = switches
        self.watch = ImportWatch(switches)
        switches.look = self.watch.look
        self.users = 0


installed: list[Installation] = []
"""All that is in place now, the oldest first."""


def install(settings: Settings) -> list[Installation]:
    """Install the probes that are not in place yet; return all that this monitor now holds."""
    present = {type(probe) for each in installed for probe in each.switches.probes}
    missing = [kind for kind in _wanted(settings) if kind not in present]
    known = {proxy for each in installed for proxy in each.switches.proxies}
    if present and not set(settings.proxies) <= known:
        missing.append(Extensions)
    if missing:
        switches = probes.Switchboard(settings.proxies, arrive)
        switches.install(missing)
        installation = Installation(switches)
        installation.watch.install()
        installed.append(installation)
    # Those it could do without too: which of two monitors ends first is not known.
    for each in installed:
        each.users += 1
    return list(installed)


def arrive(proxies: tuple[tuple[str, str], ...], inherit: bool) -> None:
    """Install the probes in a process that a watched one spawned; they stay to its end.

    Args:
        proxies: further proxies of extensions to watch, as module and name.
        inherit: whether threads start with a copy of their starter's context.
    """
    install(Settings(root=Path.cwd(), proxies=proxies, inherit=inherit))


def release(held: list[Installation]) -> None:
    """Let go of what :func:`install` returned; what nobody holds any more is taken away."""
    for installation in reversed(held):
        installation.users -= 1
        if installation.users == 0:
            installation.watch.remove()
            installation.switches.remove()
            installed.remove(installation)


def _wanted(settings: Settings) -> tuple[type[probes.Probe], ...]:
    wanted = probes.ALL
    if settings.drain == "fast":
        from pytest_flaskctx.probes.sleeps import Sleeps

        wanted = (*wanted, Sleeps)
    if settings.inherit:
        from pytest_flaskctx.probes.inherit import Inherit

        wanted = (*wanted, Inherit)
    return wanted
