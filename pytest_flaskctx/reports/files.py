"""Writing a file at once or not at all, for its owner only."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write(path: Path, text: str, *, shared: bool = False) -> None:
    """Write ``text`` to ``path`` at once or not at all, readable by its owner only.

    Folders that are missing are made. A link, a device or a pipe is written through. What UTF-8
    cannot hold is spelt out.

    Args:
        path: where to.
        text: what.
        shared: whether a file that is there keeps its mode, because others work on it, too.

    Raises:
        OSError: where that cannot be done.
    """
    content = text.encode("utf-8", "backslashreplace")
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, content, shared=shared)


def _replace(target: Path, content: bytes, *, shared: bool) -> None:
    # mkstemp gives mode 0600, and the same folder makes the replacement one step.
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(number)
    temporary = Path(name)
    try:
        temporary.write_bytes(content)
        if shared and target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink()
        raise
