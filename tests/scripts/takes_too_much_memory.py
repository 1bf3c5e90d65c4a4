import time

import numpy as np


def azureml_main(dataframe1=None, dataframe2=None):
    kept = []
    while True:
        kept.append(np.ones(4_000_000))
        time.sleep(0.005)
