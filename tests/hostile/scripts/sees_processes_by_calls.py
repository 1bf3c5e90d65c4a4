"""Finds processes of others by trying numbers, where /proc does not show them."""

import os

from attack import BAIT, attack, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def ask(way):
        way(BAIT["process_pid"])
        return f"the process {BAIT['process_pid']} answered"

    ways = [os.getpgid, os.getsid, lambda pid: os.kill(pid, 0), os.sched_getaffinity]
    return every(ask, [*ways, lambda pid: os.getpriority(os.PRIO_PROCESS, pid)])
