# expects: script_error EOFError
# remedy: Set the value in the script, or read it from a dataset.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"a": [input("name? ")]}),
