"""Files as a bad disk or a broken transfer leaves them."""

import random
from collections.abc import Iterator


def damaged(content: bytes, times: int) -> Iterator[bytes]:
    """``content`` with one byte changed, ``times`` times; every second one near the end.

    Archives and Parquet keep their directory there.
    """
    chance = random.Random(len(content))
    for time in range(times):
        reach = len(content) if time % 2 else min(len(content), 700)
        changed = bytearray(content)
        changed[-1 - chance.randrange(reach)] ^= chance.randrange(1, 256)
        yield bytes(changed)
