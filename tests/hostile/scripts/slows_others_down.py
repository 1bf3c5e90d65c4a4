"""Lets the parent, the warm process and a neighbour run on one core only, last of all."""

import os

from attack import BAIT, attack, call, every


def slow(pid):
    os.sched_setaffinity(pid, os.sched_getaffinity(pid))
    return f"set the cores of {pid}"


def last(pid):
    os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))
    return f"set the priority of {pid}"


def last_at_disk(pid):
    before = call("ioprio_get", 1, pid)
    call("ioprio_set", 1, pid, before)
    return f"set the disk's priority of {pid}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pids = [BAIT["host_pid"], BAIT["warm_pid"], BAIT["process_pid"]]
    return every(lambda each: each[0](each[1]), [(way, pid) for way in (slow, last, last_at_disk) for pid in pids])
