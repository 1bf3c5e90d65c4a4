"""Mounts file systems of its own: memory, processes, the kernel's, an overlay over the root."""

import os

from attack import attack, every, mount, unmount


def try_one(kind):
    place = kind
    os.mkdir(place)
    mount(kind, place, kind, 0, "lowerdir=/,upperdir=up,workdir=for_work" if kind == "overlay" else None)
    unmount(place)
    return f"mounted {kind}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("up")
    os.mkdir("for_work")
    return every(try_one, ["tmpfs", "proc", "sysfs", "devpts", "overlay", "mqueue", "cgroup2", "ramfs", "devtmpfs"])
