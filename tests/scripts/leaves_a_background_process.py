import subprocess
import sys

import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    with open("Script Bundle/mark.txt") as stream:
        mark = stream.read()
    sleeper = subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)", mark])
    return (pd.DataFrame({"lives": [sleeper.poll() is None]}),)
