"""Adds a command that cron would execute."""

from attack import attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folders = ["/etc/cron.d", "/etc/cron.daily", "/var/spool/cron", "/var/spool/cron/crontabs", "/etc/systemd/system"]
    try:
        return every(may_create, folders)
    except OSError:
        return every(may_write, ["/etc/crontab", "/etc/profile", "/etc/ld.so.preload"])
