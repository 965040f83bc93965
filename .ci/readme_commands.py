"""Prints a command of the README's section "Two commands", as it stands there.

Usage: readme_commands.py README.md examples|tests
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAMES = ("examples", "tests")


def commands(readme: str) -> dict[str, str]:
    """The section's two shell blocks: the first runs the examples, the second the tests."""
    section = re.search(r"^## Two commands\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    if section is None:
        sys.exit("README: no section 'Two commands'")
    blocks = re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    if len(blocks) != len(NAMES):
        sys.exit(f"README: {len(blocks)} sh blocks in 'Two commands', not {len(NAMES)}")
    return dict(zip(NAMES, blocks, strict=True))


if __name__ == "__main__":
    path, name = sys.argv[1:]
    print(commands(Path(path).read_text(encoding="utf-8"))[name], end="")
