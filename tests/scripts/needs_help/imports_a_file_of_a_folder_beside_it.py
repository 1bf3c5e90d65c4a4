# expects: script_error ModuleNotFoundError
# remedy: `bundle_of_its_author/lies_one_folder_down.py` is there: give its folder as the script bundle, `-b {nearby}`.
import lies_one_folder_down


def azureml_main(dataframe1=None, dataframe2=None):
    return lies_one_folder_down.f(dataframe1),
