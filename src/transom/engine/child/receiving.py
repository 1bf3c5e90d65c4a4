"""How Transom hands a job over: a message on a socket, with the connected tables as open descriptors.

Eight bytes (the length of what follows, big-endian) that carry the descriptors, then a JSON object: {"folder" (the job
folder, absolute), "job" (what to do, see `__main__`), "inputs": {port: number of its descriptor, from 0}, "variables":
{name: text, or null for none} (what differs from the variables that this process began with), "file_size" (the most
bytes that a file of the job may have, or null)}. The end of the stream
without one means no job.
"""

import array
import json
import os
import socket
import struct

#: So many go with one message; Linux lets no more than 253.
MOST_DESCRIPTORS = 250


class Order:
    """A job as it was handed over: its folder, what to do, inputs as {port: descriptor}, variables, largest file."""

    def __init__(self, told, inputs):
        self.folder = told["folder"]
        self.job = told["job"]
        self.inputs = inputs
        self.variables = told["variables"]
        self.file_size = told.get("file_size")


def wait(descriptor, close=False):
    """The order that comes on a socket, None where none will; the socket is closed, and so are inputs with `close`."""
    with socket.socket(fileno=descriptor) as connection:
        first, descriptors = _first(connection)
        if len(first) < 8:
            return None
        told = json.loads(_exactly(connection, struct.unpack(">Q", first)[0]).decode("utf-8", "surrogateescape"))
    inputs = {port: descriptors[position] for port, position in told["inputs"].items()}
    for descriptor in descriptors if close else ():
        os.close(descriptor)
    return Order(told, inputs)


def rehearse(folder, job):
    """The order of a rehearsed job, handed over as a real one is."""
    ours, theirs = socket.socketpair()
    told = json.dumps({"folder": folder, "job": job, "inputs": {}, "variables": {}}).encode()
    with ours, open(os.devnull) as nothing:
        attached = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [nothing.fileno()]))]
        ours.sendmsg([struct.pack(">Q", len(told))], attached)
        ours.sendall(told)
        return wait(theirs.detach(), close=True)


def message(connection, most):
    """One message of a socket that keeps their borders, with its descriptors; empty at its end."""
    room = socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
    said, attached, _, _ = connection.recvmsg(most, room)
    return said, _descriptors(attached)


def _first(connection):
    said, descriptors = message(connection, 8)
    while said and len(said) < 8:
        more = connection.recv(8 - len(said))
        if not more:
            return b"", []
        said += more
    return said, descriptors


def _exactly(connection, size):
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            raise EOFError("the message was cut")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _descriptors(attached):
    found = array.array("i")
    for level, kind, data in attached:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    for descriptor in found:
        os.set_inheritable(descriptor, False)
    return list(found)
