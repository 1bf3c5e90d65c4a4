"""Changes the bytecode of a package, which is executed although its source is untouched."""

import glob
import os

import numpy
import pandas
from attack import attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folders = [os.path.join(os.path.dirname(module.__file__), "__pycache__") for module in (pandas, numpy)]
    files = [path for folder in folders for path in glob.glob(os.path.join(folder, "*.pyc"))]
    try:
        return every(may_write, files[:20])
    except (OSError, LookupError):
        return every(may_create, folders + [os.path.dirname(folder) for folder in folders])
