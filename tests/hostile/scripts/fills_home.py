"""Fills the folder that it has for a home (by itself up to 512 MiB)."""

import os

from attack import exhausting, fill


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    return fill(os.path.join(os.path.expanduser("~"), "hostile-left-big"))
