"""Which supported interpreters this machine has.

Run it: `pythons.py` prints one path a line, the oldest first; `pythons.py --ends` prints the
oldest, the middle and the newest of them, each once.

`$PYTHON_NEXT` may name interpreters that are not on the PATH, separated as the PATH is. A name on
the PATH proves nothing (pyenv's shims stand there for versions that are not active, Debian's may
lack `ensurepip`), so each candidate is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

MINORS = (11, 12, 13, 14, 15)
PROBE = "import ensurepip, sys, venv; print(*sys.version_info[:2])"


def candidates(minor: int) -> list[str]:
    """Places where an interpreter of this version may stand, the likeliest first."""
    name = f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = os.environ.get("PYTHON_NEXT", "").split(os.pathsep)
    found += sorted(map(str, pyenv.glob(f"3.{minor}.*/bin/{name}")))
    found += [str(Path(folder) / name) for folder in os.get_exec_path()]
    found += [sys.executable, shutil.which("python3") or ""]
    return [path for path in found if path and Path(path).exists()]


def is_version(path: str, minor: int) -> bool:
    """Whether this interpreter runs, makes environments and is of that version."""
    asked = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and asked.stdout.split() == ["3", str(minor)]


def present() -> dict[int, str]:
    """The interpreter of each supported version that is here, the oldest first."""
    found = {}
    for minor in MINORS:
        path = next((path for path in candidates(minor) if is_version(path, minor)), None)
        if path is not None:
            found[minor] = path
    return found


def ends(found: dict[int, str]) -> list[str]:
    """The oldest, the middle and the newest, each once."""
    paths = list(found.values())
    if not paths:
        return []
    return list(dict.fromkeys([paths[0], paths[len(paths) // 2], paths[-1]]))


if __name__ == "__main__":
    here = present()
    for missing in sorted(set(MINORS) - set(here)):
        print(f"python3.{missing}: not found here, not run", file=sys.stderr)
    print(*(ends(here) if "--ends" in sys.argv[1:] else here.values()), sep="\n")
