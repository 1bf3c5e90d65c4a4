"""Opens the machine's list of users and its settings for writing."""

from attack import attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    try:
        return every(may_write, ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.cache"])
    except OSError:
        return every(may_create, ["/etc", "/usr/bin", "/usr/lib", "/opt", "/var/lib", "/boot"])
