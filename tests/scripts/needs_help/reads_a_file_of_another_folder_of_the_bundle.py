# expects: script_error FileNotFoundError
# remedy: Write 'Script Bundle/deep/data.csv'.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_csv("./Script Bundle/data.csv"),
