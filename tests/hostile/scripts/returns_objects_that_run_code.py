"""Returns objects whose code runs when they are printed, compared, counted or pickled."""

import pandas
from attack import BAIT


class Hostile(str):
    """Runs code whenever it is touched."""

    def __reduce__(self):
        return (open, (BAIT["canary"], "w"))

    def __str__(self):
        raise RuntimeError("hostile")

    __repr__ = __str__

    def __len__(self):
        return 1 << 62

    def __hash__(self):
        return 7

    def __eq__(self, other):
        raise RuntimeError("hostile")


def azureml_main(dataframe1=None, dataframe2=None):
    return pandas.DataFrame({"x": [Hostile("a"), Hostile("b")]})
