"""Hands over what is no file, so that Transom waits for it, acts by it, or reads it without an end."""

import os
import socket
import stat

from attack import attack, every
from link import HANDED, took


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def pipe(place):
        os.mkfifo(place)

    def listening(place):
        with socket.socket(socket.AF_UNIX) as made:
            os.chdir(HANDED)
            made.bind(os.path.basename(place))

    def folder(place):
        os.mkdir(place)

    def device(place):
        os.mknod(place, 0o666 | stat.S_IFCHR, os.makedev(1, 5))

    def descriptor(place):
        os.symlink("/proc/self/fd/0", place)

    def endless(place):
        os.symlink("/dev/zero", place)

    def hand(make):
        make(os.path.join(HANDED, make.__name__))
        return "%d bytes of %s" % (took(make.__name__), make.__name__)

    return every(hand, [pipe, listening, folder, device, descriptor, endless])
