"""Connects to what gives a program the rights of root: Docker, containerd, systemd, the message bus."""

import socket

from attack import attack, connected, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = [
        "docker.sock",
        "containerd/containerd.sock",
        "podman/podman.sock",
        "dbus/system_bus_socket",
        "crio/crio.sock",
    ]
    names += [
        "systemd/private",
        "snapd.socket",
        "libvirt/libvirt-sock",
        "acpid.socket",
        "nscd/socket",
        "lxd/unix.socket",
    ]
    return every(lambda name: connected(socket.AF_UNIX, f"/run/{name}"), names)
