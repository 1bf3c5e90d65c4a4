# expects: script_error ValueError
# remedy: The keys are of different types, object and int64: make them the same first, for instance `right[key] = right[key].astype(left[key].dtype)`. || The keys are of different types, str and int64: make them the same first, for instance `right[key] = right[key].astype(left[key].dtype)`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    left = pd.DataFrame({"k": ["1"]})
    right = pd.DataFrame({"k": [1]})
    return left.merge(right, on="k"),
