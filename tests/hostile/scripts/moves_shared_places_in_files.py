"""Moves the place in every file that it inherited, which it shares with whoever opened it."""

import os
import stat

from attack import attack, descriptors, every


def move(number):
    if os.readlink(f"/proc/self/fd/{number}").startswith(os.path.dirname(os.getcwd())):
        return ""
    before = os.lseek(number, 0, os.SEEK_CUR)
    os.lseek(number, before + 1, os.SEEK_SET)
    os.lseek(number, before, os.SEEK_SET)
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(move, [number for number, found in descriptors() if stat.S_ISREG(found.st_mode)])
