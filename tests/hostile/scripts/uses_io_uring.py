"""Makes a ring by which calls reach the kernel past every filter."""

import ctypes
import os

from attack import attack, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.close(call("io_uring_setup", 4, ctypes.create_string_buffer(120)))
    return "made a ring"
