"""Builds wheel and sdist, and tries the wheel where the source folder is out of sight.

Usage: wheel.py OUTDIR   (the built files stay in OUTDIR; the interpreter that runs this is used)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from environment import install, make, run

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pytest_flaskctx"


def package_files() -> set[str]:
    """Everything in the package: a build may lose data files, and no test in the source sees it."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(ROOT).as_posix() for path in files}


def build(python: Path, outdir: Path) -> Path:
    """Build sdist and, from it, the wheel; return the wheel."""
    install(python, "build")
    run(python, "-m", "build", "--outdir", outdir, ROOT)
    (wheel,) = outdir.glob("pytest_flaskctx-*.whl")
    missing = package_files() - set(zipfile.ZipFile(wheel).namelist())
    if missing:
        sys.exit(f"{wheel.name} lacks {sorted(missing)}")
    return wheel


def main(outdir: Path) -> None:
    """Build, install and try."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        wheel = build(make(scratch / "build"), outdir)
        python = make(scratch / "fresh")
        install(python, wheel)
        smoke = scratch / "smoke"
        shutil.copytree(ROOT / ".ci" / "smoke", smoke)
        run(
            python, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", smoke, smoke, cwd=scratch
        )


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    main(target)
