"""Asks to run before everything else on the machine."""

import os

from attack import attack, call, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def real_time():
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return "ran in real time"

    def nicer():
        before = os.nice(0)
        os.nice(-5)
        return f"came from niceness {before} to {os.nice(5) - 5}"

    def disk():
        call("ioprio_set", 1, 0, 1 << 13)
        return "has the disk first"

    return every(lambda way: way(), [real_time, nicer, disk])
