"""Opens every device that a table script does not need: fuse, kvm, tun, loop, consoles, userfaultfd."""

import glob
import os
import stat

from attack import attack, every

HARMLESS = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "stdin", "stdout", "stderr"}


def opened(path):
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    return path


def is_foreign_device(path):
    name = os.path.basename(path)
    devices = stat.S_ISCHR(os.stat(path).st_mode) or stat.S_ISBLK(os.stat(path).st_mode)
    return devices and name not in HARMLESS and not name.startswith(("nvidia", "dri", "kfd"))


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = (
        "fuse",
        "kvm",
        "net/tun",
        "loop-control",
        "userfaultfd",
        "vsock",
        "console",
        "hwrng",
        "uinput",
        "btrfs-control",
    )
    there = [path for path in (f"/dev/{name}" for name in names) if os.path.exists(path)]
    return every(opened, [path for path in there + glob.glob("/dev/mapper/control") if is_foreign_device(path)])
