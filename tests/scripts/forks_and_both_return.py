import os

import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return (pd.DataFrame({"is_parent": [child != 0]}),)
