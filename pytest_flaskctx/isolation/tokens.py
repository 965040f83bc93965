"""The tokens by which one participant's data is known in another's."""

from __future__ import annotations

import base64
import hashlib

LENGTH = 16


class Tokens:
    """Makes tokens, the same ones in the same order for one seed, none of them twice.

    A token is a letter and 15 lower-case letters and digits: it can be a name, a path segment, a
    header, part of an address, and nobody comes upon it by chance.

    Args:
        seed: what they are made of.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def next(self) -> str:
        """Return another token."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}\0{self._count}".encode()).digest()
        return "t" + base64.b32encode(digest).decode().lower()[: LENGTH - 1]
