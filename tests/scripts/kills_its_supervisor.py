import os
import signal
import subprocess
import time


def azureml_main(dataframe1=None, dataframe2=None):
    subprocess.Popen(["sleep", "601"], start_new_session=True)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
