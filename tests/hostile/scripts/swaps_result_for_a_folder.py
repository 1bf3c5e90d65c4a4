"""Swaps a result for a folder with files in it."""

import os

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    def folder(path):
        os.makedirs(os.path.join(path, "inner"))
        open(os.path.join(path, "file"), "w").close()

    publish_forged(result_dataset=folder, result_dataset2=folder)
