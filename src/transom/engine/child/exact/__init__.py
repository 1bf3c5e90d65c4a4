"""How every dtype of pandas is kept in Arrow and given back; see frames.py beside this folder for the two verbs."""
