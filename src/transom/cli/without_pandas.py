"""How a command goes without pandas: Arrow would import it, with the first list that it is given.

That takes 0.3 s, for frames that the process of a command never has.
"""

from __future__ import annotations

import sys


def now() -> None:
    """Let Arrow, which is imported for that, find out that there is none."""
    if "pandas" not in sys.modules:
        import pyarrow as pa

        sys.meta_path.insert(0, _NoPandas)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(_NoPandas)


def from_now_on() -> None:
    """Let nobody find any in this process, whenever Arrow is imported."""
    if "pandas" not in sys.modules and _NoPandas not in sys.meta_path:
        sys.meta_path.insert(0, _NoPandas)


class _NoPandas:
    """Finds no pandas, for as long as it is asked."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """See importlib.abc.MetaPathFinder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)
