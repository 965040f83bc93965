"""The baseline of a run: read once, by the process that the user started, and given to workers.

A worker may run on another machine, where the file is not; and a run that makes the baseline must
not read what it is about to replace in each of its processes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_flaskctx.plugin.paths import check_folder
from pytest_flaskctx.settings import SettingsError

if TYPE_CHECKING:
    from pytest_flaskctx.baseline import Baseline
    from pytest_flaskctx.rules.base import Mode
    from pytest_flaskctx.settings import Settings

_SENT = "flaskctx_known"
OPTION, UPDATE, INI = "--flaskctx-baseline", "--flaskctx-update-baseline", "flaskctx_baseline"


def baselines(config: pytest.Config, ini: str, mode: Mode) -> dict[str, Any]:
    """Return the settings that the baseline makes, by name.

    Args:
        config: pytest's.
        ini: the ini option's value.
        mode: that of the run.

    Raises:
        SettingsError: there is no such file, or it is none of ours, or broken.
    """
    sent: Mapping[str, Any] | None = getattr(config, "workerinput", {}).get(_SENT)
    if sent is not None:
        return {"known": frozenset(sent["known"]), "update_baseline": sent["update"]}
    update: bool = config.option.flaskctx_update_baseline
    path, where = _path(config, ini)
    if update and path is None:
        raise SettingsError(f"{UPDATE}: no file is named; give {OPTION}=PATH or set {INI}")
    if update and mode == "off":
        raise SettingsError(f"{UPDATE}: nothing is watched in mode 'off'; give another --flaskctx")
    if path is None or mode == "off":
        return {}
    known = read(path, where, missing=update).sites
    if update:
        check_folder(path, where, str(path))
        if path.exists() and not os.access(path, os.W_OK):
            raise SettingsError(f"{where}: {str(path)!r} cannot be written to")
    return {"known": frozenset(known), "baseline": path, "update_baseline": update}


def read(path: Path, where: str, *, missing: bool) -> Baseline:
    """Return what a file holds.

    Args:
        path: the file.
        where: who names it.
        missing: whether it need not be there.

    Raises:
        SettingsError: it cannot be read, or is none of ours, or broken.
    """
    from pytest_flaskctx import baseline

    if missing and not path.exists():
        return baseline.Baseline({})
    try:
        return baseline.read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{where}: there is no file {str(path)!r}; {UPDATE} makes it") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{where}: {str(path)!r} is no text in UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{where}: {str(path)!r} cannot be read: {error.strerror}") from None
    except baseline.BaselineError as error:
        raise SettingsError(f"{where}: {str(path)!r}, {error}") from None


class ToWorkers:
    """In pytest-xdist's controller, gives the baseline to its workers.

    Args:
        settings: those of the run.
    """

    def __init__(self, settings: Settings) -> None:
        self._sent = {"known": sorted(settings.known), "update": settings.update_baseline}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give it to one."""
        node.workerinput[_SENT] = self._sent


def _path(config: pytest.Config, ini: str) -> tuple[Path | None, str]:
    given: str | None = config.option.flaskctx_baseline
    if given is not None:
        return (config.invocation_params.dir / given if given else None), OPTION
    return (config.rootpath / ini if ini else None), f"ini option {INI}"
