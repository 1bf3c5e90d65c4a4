# expects: script_error ParserError
# remedy: Line 3 has 3 values where 2 are expected: name the delimiter (`sep=';'`), quote the text, or skip such lines with `on_bad_lines='skip'`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    with open("x.csv", "w") as stream:
        stream.write("a,b\n1,2\n1,2,3\n")
    return pd.read_csv("x.csv"),
