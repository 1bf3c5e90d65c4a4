"""Swaps its results for tables with single bytes changed in what describes them."""

import os
import random

from attack import empty_table, publish_forged


def damaged(path):
    empty_table(path)
    with open(path, "rb") as stream:
        content = bytearray(stream.read())
    for _ in range(40):
        content[random.randrange(8, len(content))] = random.randrange(256)
    with open(path, "wb") as stream:
        stream.write(content)


def azureml_main(dataframe1=None, dataframe2=None):
    random.seed(os.getpid())
    publish_forged(result_dataset=damaged, result_dataset2=damaged)
