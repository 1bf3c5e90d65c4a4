# expects: script_error ValueError
# remedy: '1,5' has a decimal comma in the column 'make': read the file with `decimal=','`, or replace the comma by a point.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"make": ["1,5"]})
    frame["make"] = frame["make"].astype(float)
    return frame,
