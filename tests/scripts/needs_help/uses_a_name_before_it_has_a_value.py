# expects: script_error UnboundLocalError
# remedy: Give total a value first; inside a function it is not the one of outside.
import pandas as pd

total = 0


def azureml_main(dataframe1=None, dataframe2=None):
    total = total + 1
    return pd.DataFrame({"a": [total]}),
