# expects: script_error NameError
# remedy: Did you mean `dataframe1`?
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return DataFrame1,
