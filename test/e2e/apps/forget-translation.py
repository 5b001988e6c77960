# SPDX-License-Identifier: Apache-2.0
"""Deletes one conntrack entry of this namespace, and no other: `forget-translation.py SOURCE PORT TARGET PORT`."""

import socket
import struct
import sys

NETLINK_NETFILTER = 12
IPCTNL_MSG_CT_DELETE = (1 << 8) | 2
NLM_F_REQUEST_ACK = 0x5
NESTED = 0x8000


def attribute(kind, payload):
    size = 4 + len(payload)
    return struct.pack("HH", size, kind) + payload + b"\0" * (-size % 4)


source, source_port, target, target_port = sys.argv[1:]
addresses = attribute(1, socket.inet_aton(source)) + attribute(2, socket.inet_aton(target))
ports = attribute(1, bytes([socket.IPPROTO_TCP]))
ports += attribute(2, struct.pack("!H", int(source_port))) + attribute(3, struct.pack("!H", int(target_port)))
tuple_original = attribute(1 | NESTED, attribute(1 | NESTED, addresses) + attribute(2 | NESTED, ports))
body = struct.pack("BBH", socket.AF_INET, 0, 0) + tuple_original

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
    netlink.send(struct.pack("IHHII", 16 + len(body), IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST_ACK, 1, 0) + body)
    error = -struct.unpack_from("i", netlink.recv(4096), 16)[0]
    sys.exit(f"conntrack: error {error}" if error else 0)
