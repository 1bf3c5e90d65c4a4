"""How rows become bytes a block at a time: some blocks are made while others are written, and all come in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_ROWS = 1 << 16
_CELLS = 1 << 21


def in_blocks(rows: int, columns: int, make: Callable[[int, int], pa.Buffer]) -> Iterator[tuple[int, pa.Buffer]]:
    """What `make(start, count)` gives for each block of the rows, with the number of rows that are done then."""
    workers = pa.cpu_count()
    most = max(1, min(_MOST_ROWS, _CELLS // max(1, columns)))
    waiting: deque[tuple[int, Future[pa.Buffer]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, rows, most):
            end = min(start + most, rows)
            waiting.append((end, pool.submit(make, start, end - start)))
            if len(waiting) > workers:
                done, made = waiting.popleft()
                yield done, made.result()
        for done, made in waiting:
            yield done, made.result()
