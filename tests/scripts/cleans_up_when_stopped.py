import time


def azureml_main(dataframe1=None, dataframe2=None):
    print("began")
    try:
        time.sleep(600)
    finally:
        print("cleaned up")
