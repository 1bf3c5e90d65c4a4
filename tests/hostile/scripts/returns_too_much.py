"""Returns a table that is larger than any that it got (by itself 300 MiB)."""

import numpy
import pandas
from attack import BAIT


def azureml_main(dataframe1=None, dataframe2=None):
    return pandas.DataFrame({"x": numpy.zeros(BAIT["most_result"] // 8)})
