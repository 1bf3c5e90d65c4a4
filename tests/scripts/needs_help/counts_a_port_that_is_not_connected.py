# expects: script_error TypeError
# remedy: dataframe1 is None because no table is connected to dataset1: give one (`--dataset1 FILE`, or `dataset1:` in a pipeline).
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"n": [len(dataframe1)]}),
