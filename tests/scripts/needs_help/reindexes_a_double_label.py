# expects: script_error ValueError
# remedy: The index has the same label twice: call `.reset_index(drop=True)`, or `.drop_duplicates(…)`, first.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"a": [1, 2]}, index=[0, 0])
    return frame.reindex([0, 1]),
