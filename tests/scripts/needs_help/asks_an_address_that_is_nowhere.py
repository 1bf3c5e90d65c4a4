# expects: script_error URLError
# remedy: The address does not answer: check it and the network, or give the data as a dataset (`--dataset1 FILE`, or `dataset1:` in a pipeline).
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_csv("http://127.0.0.1:9/x.csv"),
