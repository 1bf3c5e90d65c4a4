"""Attaches to another process of the same user as a debugger does."""

from attack import BAIT, attack
from tracing import attach


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return attach(BAIT["process_pid"])
