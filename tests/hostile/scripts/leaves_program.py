"""Leaves another program that runs in a session of its own without its variables, as nohup does."""

import subprocess
import sys

from attack import LEFT, attack

LIVES = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'%s', 0, 0, 0); time.sleep(60)" % LEFT


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    subprocess.Popen(
        [sys.executable, "-I", "-c", LIVES],
        env={},
        cwd="/",
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return ""
