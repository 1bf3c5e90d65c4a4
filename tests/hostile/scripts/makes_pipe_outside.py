"""Makes a named pipe, a socket and a device outside."""

import os
import socket
import stat

from attack import BAIT, attack, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(BAIT["canary_folder"], "hostile-left")

    def pipe():
        os.mkfifo(place + "-pipe")
        return "made a pipe outside"

    def listening():
        socket.socket(socket.AF_UNIX).bind(place + "-socket")
        return "made a socket outside"

    def device():
        os.mknod(place + "-device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        return "made a device outside"

    return every(lambda way: way(), [pipe, listening, device])
