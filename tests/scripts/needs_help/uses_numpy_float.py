# expects: script_error AttributeError
# remedy: Write `float`. `--environment designer-2020` still has it, with numpy 1.18.2.
import numpy as np
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"a": [1]}).astype(np.float),
