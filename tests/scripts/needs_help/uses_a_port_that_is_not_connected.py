# expects: script_error AttributeError
# remedy: dataframe2 is None because no table is connected to dataset2: give one (`--dataset2 FILE`, or `dataset2:` in a pipeline).
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe2.head(),
