"""What a column is in a step file: its Arrow array, the pandas dtype it had, and what brings that dtype back."""

import collections


class Encoded(collections.namedtuple("Encoded", ["array", "dtype", "details"])):
    """`dtype` is pandas' text; `details` is None, or a dict with `encoding` where the Arrow type is not enough."""

    __slots__ = ()

    def __new__(cls, array, dtype, details=None):
        return super(Encoded, cls).__new__(cls, array, dtype, details)

    @property
    def entry(self):
        """What the metadata `transom` says of the column: a dict for JSON, or None."""
        if self.details is None:
            return None
        return dict(self.details, dtype=self.dtype)
