"""Says on every pipe that it inherited that it leaves, and goes on, so that nobody watches it any more."""

import os
import stat
import time

from attack import attack, descriptors


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for number, found in list(descriptors()):
        if number > 2 and stat.S_ISFIFO(found.st_mode):
            try:
                os.set_blocking(number, False)
                os.write(number, b"!!!")
            except OSError:
                continue
    time.sleep(20)
    return "went on for 20 s"
