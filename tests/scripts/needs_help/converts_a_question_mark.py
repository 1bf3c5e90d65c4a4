# expects: script_error ValueError
# remedy: '?' stands for a missing value in the column 'make': read it so with `na_values=['?']`, or use `pd.to_numeric(x, errors='coerce')`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"make": ["1.5", "?"]})
    frame["make"] = frame["make"].astype(float)
    return frame,
