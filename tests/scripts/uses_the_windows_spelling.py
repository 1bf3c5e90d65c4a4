import sys

sys.path.append(".\\Script Bundle\\lib")
import pandas as pd
import tool


def azureml_main(dataframe1=None, dataframe2=None):
    with open(".\\Script Bundle\\data\\text.txt") as one, open("Script Bundle\\data\\text.txt") as other:
        return (pd.DataFrame({"text": [one.read(), other.read()], "tool": tool.NAME}),)
