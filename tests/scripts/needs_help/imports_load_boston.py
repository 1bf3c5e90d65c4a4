# expects: script_error ImportError
# remedy: The data set was withdrawn; `fetch_california_housing` is the nearest. `--environment designer-2020` still has it, with scikit-learn 0.22.2.
from sklearn.datasets import load_boston


def azureml_main(dataframe1=None, dataframe2=None):
    return load_boston(),
