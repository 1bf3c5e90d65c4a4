"""Writes into every file that it inherited open, or opens it again for writing."""

import os
import stat

from attack import attack, descriptors, every


def spoil(number):
    target = os.readlink(f"/proc/self/fd/{number}")
    if target.startswith((os.getcwd(), os.path.dirname(os.getcwd()))) or "bait.json" in target:
        return ""
    os.close(os.open(f"/proc/self/fd/{number}", os.O_WRONLY))
    return f"opened {target} for writing"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(spoil, [number for number, found in descriptors() if stat.S_ISREG(found.st_mode)])
