"""Returns a table with 10,000 columns."""

import numpy
import pandas


def azureml_main(dataframe1=None, dataframe2=None):
    return pandas.DataFrame(numpy.zeros((1, 10000), dtype="int8"))
