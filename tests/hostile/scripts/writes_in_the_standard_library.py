"""Changes the modules of Python itself."""

import json
import os

from attack import attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    files = [os.__file__, json.__file__]
    try:
        return every(may_write, files)
    except OSError:
        return every(may_create, [os.path.dirname(path) for path in files])
