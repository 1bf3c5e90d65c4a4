# expects: script_error FileNotFoundError
# remedy: The script runs in a fresh folder: give a table as a dataset (`--dataset1 FILE`), any other file in the script bundle (`-b FOLDER`; in a pipeline `dataset1:`, `script_bundle:`), where it is './Script Bundle/nowhere.csv'.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    name = "nowhere.csv"
    return pd.read_csv(name),
