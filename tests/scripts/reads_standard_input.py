import sys

import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return (pd.DataFrame({"read": [sys.stdin.read()]}),)
