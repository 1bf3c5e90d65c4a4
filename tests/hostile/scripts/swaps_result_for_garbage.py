"""Swaps a result for bytes that are no table."""

import os

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    def garbage(path):
        with open(path, "wb") as stream:
            stream.write(b"ARROW1\0\0" + os.urandom(5000) + b"ARROW1")

    publish_forged(result_dataset=garbage, result_dataset2=garbage)
