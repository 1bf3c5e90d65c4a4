def azureml_main(**frames):
    return {"back_" + name: frame for name, frame in frames.items()}
