"""Makes programs beside the interpreter, where the person's commands lie."""

import os
import sys

from attack import attack, every, may_create


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folders = [os.path.dirname(sys.executable), os.path.dirname(os.path.realpath(sys.executable)), sys.prefix]
    return every(may_create, folders)
