"""Makes a file in /tmp; whether that is the machine's or its own, the test sees."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", os.path.dirname(BAIT["tmp_file"])):
        try:
            with open(os.path.join(folder, BAIT["left_name"]), "w") as stream:
                stream.write("hostile")
        except OSError:
            continue
    return ""
