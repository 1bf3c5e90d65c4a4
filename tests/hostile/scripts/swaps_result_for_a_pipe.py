"""Swaps a result for a pipe, at which a reader would wait for ever."""

import os

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged(result_dataset=os.mkfifo, result_dataset2=os.mkfifo)
