# expects: script_error ModuleNotFoundError
# remedy: Install the package opencv-python-headless with `pip install opencv-python-headless`, or put `import os; os.system("pip install opencv-python-headless")` above the import.
import cv2


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
