import signal
import time

from azureml.core import Run


def azureml_main(dataframe1=None, dataframe2=None):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("began")
    Run.get_context().log("begun", 1)
    while True:
        time.sleep(0.05)
