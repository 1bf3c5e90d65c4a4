# expects: script_error ModuleNotFoundError
# remedy: Write `from sklearn.model_selection import train_test_split`.
from sklearn.cross_validation import train_test_split


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
