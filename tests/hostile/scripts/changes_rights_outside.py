"""Lets everybody write a file outside, by its path and by a descriptor that only reads."""

import os

from attack import BAIT, attack, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def by_path():
        os.chmod(BAIT["canary"], 0o666)
        return "changed rights by the path"

    def by_descriptor():
        os.fchmod(os.open(BAIT["canary"], os.O_RDONLY), 0o666)
        return "changed rights by a descriptor"

    def by_place():
        os.chmod(f"/proc/self/fd/{os.open(BAIT['canary'], os.O_PATH)}", 0o666)
        return "changed rights by a place"

    return every(lambda way: way(), [by_path, by_descriptor, by_place])
