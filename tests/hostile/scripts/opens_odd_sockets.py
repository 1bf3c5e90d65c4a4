"""Opens sockets of families that nobody needs, whose code in the kernel is seldom looked at."""

import socket

from attack import attack, every

FAMILIES = {"AX25": 3, "IPX": 4, "X25": 9, "RDS": 21, "LLC": 26, "CAN": 29, "TIPC": 30, "BLUETOOTH": 31, "ALG": 38}
FAMILIES.update(KCM=41, QIPCRTR=42, SMC=43, XDP=44, MCTP=45, NFC=39, PHONET=35, IEEE802154=36)


def opened(name):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(FAMILIES[name], kind):
                return f"opened a socket of {name}"
        except OSError:
            continue
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(opened, sorted(FAMILIES))
