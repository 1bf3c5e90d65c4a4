# expects: script_error FileNotFoundError
# remedy: Give it as a dataset, `--dataset1 {folder}/lies_beside.csv`, and use dataframe1; or give its folder as the script bundle, `-b {folder}`, and read './Script Bundle/lies_beside.csv'.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_csv("lies_beside.csv"),
