import atexit

stream = open("outputs.txt", "w")


def azureml_main(dataframe1=None, dataframe2=None):
    stream.write("not flushed")
    atexit.register(print, "said at exit")
