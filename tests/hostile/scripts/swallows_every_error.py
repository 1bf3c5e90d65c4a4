"""Catches whatever stops it, again and again (by itself 20 s)."""

import time

from attack import attack, until


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in until(20):
        try:
            time.sleep(20)
        except BaseException:
            continue
    return "went on for 20 s"
