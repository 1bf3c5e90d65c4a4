# expects: script_error UnicodeDecodeError
# remedy: The file is not utf-8 text: name its encoding, for files of Windows most often `pd.read_csv(…, encoding='cp1252')`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    with open("x.csv", "wb") as stream:
        stream.write("café\n1\n".encode("cp1252"))
    return pd.read_csv("x.csv"),
