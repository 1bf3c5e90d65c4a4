# expects: script_error DatabaseError
# remedy: The database has no table cars: the file may be new and empty, because it was not in the script bundle.
import sqlite3
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.read_sql("select * from cars", sqlite3.connect("x.db")),
