"""Asks the kernel to kill the process that ordered the job first when memory is short."""

from attack import BAIT, attack, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return may_write(f"/proc/{BAIT['host_pid']}/oom_score_adj")
