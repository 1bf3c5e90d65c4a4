"""Leaves processes that keep the pipe of the log open and write into it."""

import time

from attack import attack, detached


def talk():
    while True:
        print("hostile", flush=True)
        time.sleep(0.01)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(3):
        detached(talk)
    return ""
