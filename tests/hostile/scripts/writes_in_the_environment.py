"""Changes the packages that every job of its environment imports."""

import os

import numpy
import pandas
from attack import attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    files = [pandas.__file__, numpy.__file__, os.path.join(os.path.dirname(pandas.__file__), "_version.py")]
    folders = [os.path.dirname(pandas.__file__), os.path.dirname(os.path.dirname(pandas.__file__))]
    try:
        return every(may_write, files)
    except OSError:
        return every(may_create, folders)
