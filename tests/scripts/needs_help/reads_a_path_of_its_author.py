# expects: script_error FileNotFoundError
# remedy: Give a table as a dataset (`--dataset1 FILE`), any other file in the script bundle (`-b FOLDER`).
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_csv(r"C:\Users\ann\cars.csv"),
