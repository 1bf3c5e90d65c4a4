"""Another process of the same user, which has what an attack may want: secrets in every place where programs have some.

It is started with a secret among its variables and arguments and the folder of its sockets as arguments, tells as one
line of JSON what it has, and lives until its standard input ends.
"""

import ctypes
import json
import os
import select
import signal
import socket
import sys

_LIBC = ctypes.CDLL(None, use_errno=True)
_REMOVE = 0


def main(secret, folder, name):
    """Make everything, tell of it, answer until the end."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    _LIBC.prctl(15, name.encode(), 0, 0, 0)
    memory = ctypes.create_string_buffer(secret.encode())
    told = {
        "process_pid": os.getpid(),
        "process_address": ctypes.addressof(memory),
        "process_length": len(secret),
        "process_descriptor": _removed_file(secret),
    }
    shared, queue, key = _shared_memory(secret), _queue(secret), _key(secret, name)
    told.update(shared_memory=shared, message_queue=queue, kernel_key=name, posix_queue="/" + name)
    told["posix_memory"] = name
    with open("/dev/shm/" + name, "w") as stream:
        stream.write(secret)
    posix = _LIBC.mq_open(b"/" + name.encode(), os.O_CREAT | os.O_RDWR, 0o600, None)
    listening = _sockets(folder, name, told)
    print(json.dumps(told), flush=True)
    try:
        _answer(listening)
    finally:
        _LIBC.shmctl(shared, _REMOVE, None)
        _LIBC.msgctl(queue, _REMOVE, None)
        _LIBC.syscall(ctypes.c_long(_KEYCTL), ctypes.c_ulong(9), ctypes.c_ulong(key & (2**64 - 1)), ctypes.c_long(-4))
        if posix >= 0:
            _LIBC.mq_unlink(b"/" + name.encode())
        os.unlink("/dev/shm/" + name)


_ADD_KEY, _KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(os.uname().machine, (-1, -1))


def _removed_file(secret):
    path = f"/tmp/hostile-{os.getpid()}"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    os.unlink(path)
    os.write(descriptor, secret.encode())
    return descriptor


def _shared_memory(secret):
    _LIBC.shmat.restype = ctypes.c_void_p
    number = _LIBC.shmget(0, ctypes.c_size_t(4096), 0o1600)
    address = _LIBC.shmat(number, None, 0)
    ctypes.memmove(address, secret.encode(), len(secret))
    return number


def _queue(secret):
    number = _LIBC.msgget(0, 0o1600)
    message = ctypes.create_string_buffer(b"\1" + bytes(7) + secret.encode())
    for _ in range(20):
        _LIBC.msgsnd(number, message, ctypes.c_size_t(len(secret)), 0)
    return number


def _key(secret, name):
    content = secret.encode()
    return _LIBC.syscall(
        ctypes.c_long(_ADD_KEY),
        ctypes.c_char_p(b"user"),
        ctypes.c_char_p(name.encode()),
        ctypes.c_char_p(content),
        ctypes.c_size_t(len(content)),
        ctypes.c_long(-4),
    )


def _sockets(folder, name, told):
    listening = []

    def listens(family, address, kind=socket.SOCK_STREAM):
        made = socket.socket(family, kind)
        made.bind(address)
        if kind == socket.SOCK_STREAM:
            made.listen(64)
        made.setblocking(False)
        listening.append(made)
        return made.getsockname()

    told["port4"] = listens(socket.AF_INET, ("127.0.0.1", 0))[1]
    told["port6"] = listens(socket.AF_INET6, ("::1", 0))[1]
    told["port_everywhere"] = listens(socket.AF_INET, ("0.0.0.0", 0))[1]
    told["port_datagrams"] = listens(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)[1]
    told["unix_path"] = listens(socket.AF_UNIX, folder + "/program.sock")
    told["agent"] = listens(socket.AF_UNIX, folder + "/agent.sock")
    told["unix_datagrams"] = listens(socket.AF_UNIX, folder + "/log.sock", socket.SOCK_DGRAM)
    listens(socket.AF_UNIX, "\0" + name)
    told["abstract"] = name
    return listening


def _answer(listening):
    connected = []  # kept until the other side ends: a hang-up of ours would fail what it was about to send
    while True:
        readable, _, _ = select.select([0, *listening, *connected], [], [])
        if 0 in readable and not os.read(0, 1):
            return
        for each in listening:
            if each in readable:
                _take(each, connected)
        for each in [each for each in connected if each in readable]:
            if not _heard(each):
                connected.remove(each)
                each.close()


def _take(listening, connected):
    try:
        if listening.type == socket.SOCK_STREAM:
            connected.append(listening.accept()[0])
        else:
            listening.recv(65536)
    except OSError:
        return


def _heard(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


if __name__ == "__main__":
    main(*sys.argv[1:])
