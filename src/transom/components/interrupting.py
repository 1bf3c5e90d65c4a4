"""How work in a library, which cannot ask whether to stop, is ended from another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from transom.components.native import Stopped

#: How often it is asked whether to stop, in seconds.
_LOOK_SECONDS = 0.05


@contextlib.contextmanager
def interrupted(stopped: Callable[[], bool], interrupt: Callable[[], object]) -> Iterator[None]:
    """Until the block ends, `interrupt` is called again and again once `stopped` says so.

    Again, since an interrupt that comes before the work has begun is forgotten. Raises Stopped in the place of whatever
    the work raises then, and also where it came to its end all the same.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            if stopped():
                with contextlib.suppress(Exception):  # the work may just have ended
                    interrupt()

    watching = threading.Thread(target=watch, name="stop of a component", daemon=True)
    watching.start()
    try:
        yield
    except Exception:
        if stopped():
            raise Stopped from None
        raise
    finally:
        over.set()
        watching.join()
    if stopped():
        raise Stopped
