"""Brings the screens of pages up to date: `python tests/screens.py docs/index.md ...`.

A screen keeps its first and its last line, and gets what is printed between them by now. Where these
lines are not printed any more, it is named, and stays as it is.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from documents import Play, blocks, steady


class Refresh(Play):
    """A page, played to see what it prints.

    Attributes:
        text: the page, with the screens as they are by now.
        lost: the screens whose ends are not printed any more.
    """

    def __init__(self, page: Path, folder: Path) -> None:
        super().__init__(page, folder)
        self.text = page.read_text(encoding="utf-8")
        self.lost: list[str] = []

    def run(self) -> None:
        super().run()
        for block in blocks(self._page):
            if block.language == "text" and not self.printed(block.text):
                self.compare(block.where, block.text, "".join(reversed(self.outputs)))

    def compare(self, where: str, screen: str, output: str) -> None:
        if steady(screen) in steady(output):
            return
        now = between(screen.splitlines(), output.splitlines())
        if now:
            self.text = self.text.replace(screen, "\n".join(now) + "\n", 1)
        else:
            self.lost.append(where)

    def _judge(self, where: str) -> None:
        self._checked = True


def between(screen: list[str], output: list[str]) -> list[str]:
    """Return the lines of ``output`` from the first line of ``screen`` to its last; none for neither."""
    lines = [steady(line) for line in output]
    first, last = steady(screen[0]), steady(screen[-1])
    if first not in lines or last not in lines[lines.index(first) :]:
        return []
    start = lines.index(first)
    return output[start : lines.index(last, start) + 1]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name).resolve()
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "page"
            folder.mkdir()
            refresh = Refresh(page, folder)
            refresh.run()
        page.write_text(refresh.text, encoding="utf-8")
        for where in refresh.lost:
            print(f"not printed any more: {where}")
