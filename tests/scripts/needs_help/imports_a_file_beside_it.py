# expects: script_error ModuleNotFoundError
# remedy: Give that folder as the script bundle: `-b {folder}`.
import lies_beside


def azureml_main(dataframe1=None, dataframe2=None):
    return lies_beside.f(dataframe1),
