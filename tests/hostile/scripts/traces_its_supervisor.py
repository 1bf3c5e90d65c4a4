"""Attaches as a debugger to the process that watches over the job."""

import os

from attack import attack
from tracing import attach


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return attach(os.getppid())
