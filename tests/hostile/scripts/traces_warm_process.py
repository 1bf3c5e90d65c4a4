"""Attaches as a debugger to the warm process, from which the next jobs are made."""

from attack import BAIT, attack
from tracing import attach


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return attach(BAIT["warm_pid"])
