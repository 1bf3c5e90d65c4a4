# expects: script_error FileNotFoundError
# remedy: No script bundle is connected: give a zip file or a folder (`-b FOLDER`, or `script_bundle:` in a pipeline).
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_csv("./Script Bundle/nowhere.csv"),
