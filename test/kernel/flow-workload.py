# SPDX-License-Identifier: Apache-2.0
"""Connections that know what they moved: `flow-workload.py SCENARIO...` prints one JSON line a connection.

Both ends live here, unless a scenario says otherwise. tx and rx are bytes that the calls said they moved; calls
are the sends and receives that moved something, None where the kernel splits one.
"""

import errno
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time

FAMILIES = {"4": (socket.AF_INET, "127.0.0.1"), "6": (socket.AF_INET6, "::1")}


class End:
    """One end, and its own account."""

    def __init__(self, sock):
        self.sock, self.tx, self.rx, self.sends, self.receives = sock, 0, 0, 0, 0

    def sent(self, size):
        self.tx += size
        self.sends += 1

    def send_all(self, data):
        view = memoryview(data)
        while view:
            size = self.sock.send(view)
            self.sent(size)
            view = view[size:]

    def receive(self, limit=65536):
        data = self.sock.recv(limit)
        if data:
            self.rx += len(data)
            self.receives += 1
        return data

    def receive_exactly(self, size):
        while size:
            data = self.receive(min(size, 65536))
            if not data:
                raise EOFError
            size -= len(data)

    def receive_to_end(self):
        while self.receive():
            pass

    def account(self):
        return {"tx": self.tx, "rx": self.rx, "sends": self.sends, "receives": self.receives}


def listen(family="4", **options):
    kind, address = FAMILIES[family]
    server = socket.socket(kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for name, value in options.items():
        server.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    server.bind((address, 0))
    server.listen(128)
    return server


def pair(family="4"):
    server = listen(family)
    client = socket.create_connection(server.getsockname()[:2])
    accepted, _ = server.accept()
    server.close()
    return End(client), End(accepted)


def report(name, client, server, ports=None, **more):
    ports = ports or (client.sock.getsockname()[1], client.sock.getpeername()[1])
    line = {"name": name, "clientPort": ports[0], "serverPort": ports[1], **more}
    if client:
        line["client"] = client.account()
    if server:
        line["server"] = server.account()
    print(json.dumps(line), flush=True)


def together(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def finish(name, client, server, **more):
    report(name, client, server, **more)
    client.sock.close()
    server.sock.close()


def plain(family="4"):
    client, server = pair(family)
    for _ in range(100):
        client.send_all(b"q" * 37)
        server.receive_exactly(37)
        server.send_all(b"a" * 501)
        client.receive_exactly(501)
    finish("plain" + family, client, server)


def mapped():
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 0))
    listener.listen(1)
    client = End(socket.create_connection(("127.0.0.1", listener.getsockname()[1])))
    server = End(listener.accept()[0])
    client.send_all(b"m" * 99)
    server.receive_exactly(99)
    finish("mapped", client, server)


def bulk(size=50_000_000):
    client, server = pair()
    together(lambda: (client.send_all(bytes(size)), client.sock.shutdown(socket.SHUT_WR)), server.receive_to_end)
    finish("bulk", client, server)


def writev():
    client, server = pair()
    client.sent(os.writev(client.sock.fileno(), [b"one", b"two", b"three" * 100]))
    client.sent(client.sock.sendmsg([b"x" * 11, b"y" * 13]))
    os.write(client.sock.fileno(), b"w" * 17)
    client.sent(17)
    total = client.tx
    buffers = [bytearray(5), bytearray(4096)]
    size = os.readv(server.sock.fileno(), buffers)
    server.rx += size
    server.receives += 1
    server.receive_exactly(total - size)
    finish("writev", client, server)


def sendfile():
    client, server = pair()
    with tempfile.TemporaryFile() as file:
        file.write(bytes(3_000_001))
        file.flush()

        def send():
            offset = 0
            while size := os.sendfile(client.sock.fileno(), file.fileno(), offset, 1 << 20):
                client.tx += size
                offset += size

        together(send, lambda: server.receive_exactly(3_000_001))
    finish("sendfile", client, server)


def splice():
    client, server = pair()
    into, out = os.pipe()
    client.send_all(b"s" * 50_000)
    time.sleep(0.05)
    while server.rx < 50_000:
        size = os.splice(server.sock.fileno(), out, 65536)
        server.rx += size
        os.read(into, size)
    os.write(out, b"t" * 3000)
    client.receive_from = None
    server.tx += os.splice(into, server.sock.fileno(), 3000)
    client.receive_exactly(3000)
    finish("splice", client, server)


def peek():
    client, server = pair()
    client.send_all(b"p" * 111)
    for _ in range(3):
        assert len(server.sock.recv(111, socket.MSG_PEEK | socket.MSG_WAITALL)) == 111
    server.receive_exactly(111)
    server.sock.setblocking(False)
    try:
        server.sock.recv(1)
    except BlockingIOError:
        pass
    finish("peek", client, server)


def half_close():
    """The server's answer and FIN arrive before the client reads a byte of it."""
    client, server = pair()
    client.send_all(b"h" * 1000)
    client.sock.shutdown(socket.SHUT_WR)
    server.receive_to_end()
    server.send_all(b"i" * 20_000)
    ports = (client.sock.getsockname()[1], client.sock.getpeername()[1])
    server.sock.close()
    time.sleep(0.2)
    client.receive_to_end()
    report("half_close", client, server, ports)
    client.sock.close()


def half_close_unread():
    """Closed while bytes of the peer were never taken."""
    client, server = pair()
    client.sock.shutdown(socket.SHUT_WR)
    server.send_all(b"i" * 20_000)
    ports = (client.sock.getsockname()[1], client.sock.getpeername()[1])
    server.sock.close()
    time.sleep(0.2)
    client.receive_exactly(500)
    report("half_close_unread", client, server, ports)
    client.sock.close()


def abort():
    """SO_LINGER 0: a reset; what the peer has not read stays unread."""
    client, server = pair()
    client.send_all(b"a" * 5000)
    server.receive_exactly(1234)
    report("abort", client, server)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sock.close()
    time.sleep(0.1)
    server.sock.close()


def read_after_reset():
    client, server = pair()
    client.send_all(b"a" * 5000)
    server.send_all(b"unread")
    time.sleep(0.05)
    ports = (client.sock.getsockname()[1], client.sock.getpeername()[1])
    client.sock.close()  # unread bytes: the kernel sends a reset
    time.sleep(0.1)
    try:
        server.receive_to_end()
    except ConnectionResetError:
        pass
    report("read_after_reset", client, server, ports)
    server.sock.close()


def death():
    """The writer is killed with the connection open."""
    listener = listen()
    child = os.fork()
    if child == 0:
        sock = socket.create_connection(listener.getsockname()[:2])
        sock.sendall(b"d" * 77_777)
        sock.recv(1)
        os.kill(os.getpid(), 9)
    server = End(listener.accept()[0])
    server.receive_exactly(77_777)
    ports = (server.sock.getpeername()[1], server.sock.getsockname()[1])
    server.send_all(b"!")
    os.waitpid(child, 0)
    server.receive_to_end()
    client = End(None)
    client.tx, client.rx, client.sends, client.receives = 77_777, 1, 1, 1
    report("death", client, server, ports)
    server.sock.close()


def fast_open():
    """TCP_FASTOPEN both ways: the first bytes ride on the SYN once a cookie is known."""
    for number in range(2):
        listener = listen(TCP_FASTOPEN=5)
        client = End(socket.socket())
        client.sent(client.sock.sendto(b"f" * 11, 0x20000000, listener.getsockname()))
        server = End(listener.accept()[0])
        server.receive_exactly(11)
        server.send_all(b"g" * 23)
        client.receive_exactly(23)
        listener.close()
        finish(f"fast_open{number}", client, server)


def refused():
    listener = listen()
    address = listener.getsockname()
    listener.close()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    assert sock.connect_ex(address) == errno.ECONNREFUSED
    print(json.dumps({"name": "refused", "clientPort": port, "serverPort": address[1], "failure": "ECONNREFUSED"}), flush=True)


def reuse():
    """One socket, two lives: connect(AF_UNSPEC) between them."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    sock = socket.socket()
    for number in range(2):
        listener = listen()
        sock.connect(listener.getsockname())
        server = End(listener.accept()[0])
        client = End(sock)
        client.send_all(b"r" * (100 + number))
        server.receive_exactly(100 + number)
        report(f"reuse{number}", client, server)
        if number == 0:
            assert libc.connect(sock.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16) == 0
        else:
            sock.close()
        server.sock.close()
        listener.close()


def accept_in_child():
    """The listener's process accepts nothing: its child does."""
    listener = listen()
    child = os.fork()
    if child == 0:
        server = End(listener.accept()[0])
        server.receive_exactly(10)
        print(json.dumps({"name": "child", "pid": os.getpid(), "comm": open("/proc/self/comm").read().strip()}), flush=True)
        server.sock.recv(1)
        os._exit(0)
    client = End(socket.create_connection(listener.getsockname()))
    client.send_all(b"c" * 10)
    time.sleep(0.1)
    report("accept_in_child", client, None)
    client.sock.close()
    os.waitpid(child, 0)


def hold():
    """Connections that stay open until a line comes: `idle` ones and one that moved bytes before."""
    client, server = pair()
    client.send_all(b"o" * 4321)
    server.receive_exactly(4321)
    server.send_all(b"n" * 1234)
    client.receive_exactly(1234)
    idle = [pair("6") for _ in range(3)]
    report("hold", client, server)
    sys.stdin.readline()
    client.send_all(b"k" * 1000)
    server.receive_exactly(1000)
    report("held", client, server)
    sys.stdin.readline()
    for end in (client, server, *(end for both in idle for end in both)):
        end.sock.close()


def many(count=1000):
    """Opened and closed as fast as it goes."""
    listener = listen()
    address = listener.getsockname()

    def serve():
        for _ in range(count):
            sock, _ = listener.accept()
            sock.sendall(sock.recv(100))
            sock.close()

    def dial():
        for _ in range(count):
            sock = socket.create_connection(address)
            sock.sendall(b"x" * 100)
            while sock.recv(100):
                pass
            sock.close()

    start = time.monotonic()
    together(serve, dial)
    print(json.dumps({"name": "many", "serverPort": address[1], "count": count, "seconds": time.monotonic() - start}), flush=True)


def udp_pair(family="4"):
    """An unconnected server; a client that connects, or does not."""
    kind, address = FAMILIES[family]
    server = End(socket.socket(kind, socket.SOCK_DGRAM))
    server.sock.bind((address, 0))
    return server, End(socket.socket(kind, socket.SOCK_DGRAM)), server.sock.getsockname()


def udp_answer(server, size):
    data, peer = server.sock.recvfrom(65536)
    server.rx += len(data)
    server.receives += 1
    server.sent(server.sock.sendto(bytes(size), peer))


def udp(family="4"):
    server, client, address = udp_pair(family)
    client.sock.connect(address)
    for size in (0, 1, 50, 1400):
        client.sent(client.sock.send(bytes(size)))
        udp_answer(server, size * 2)
        client.rx += len(client.sock.recv(65536))
        client.receives += 1
    finish("udp" + family, client, server)


def udp_unconnected(family="4"):
    """sendto and recvfrom at both ends."""
    server, client, address = udp_pair(family)
    for size in (10, 20):
        client.sent(client.sock.sendto(bytes(size), address))
        udp_answer(server, 3)
        client.rx += len(client.sock.recvfrom(65536)[0])
        client.receives += 1
    ports = (client.sock.getsockname()[1], address[1])
    report("udp_unconnected" + family, client, server, ports)
    client.sock.close()
    server.sock.close()


def udp_many(count=50):
    """One server, many clients; the server holds its socket until a line comes."""
    kind, address = FAMILIES["4"]
    server = End(socket.socket(kind, socket.SOCK_DGRAM))
    server.sock.bind((address, 0))
    port = server.sock.getsockname()[1]
    clients = []  # open to the end, so that each has a port of its own
    for number in range(count):
        client = End(socket.socket(kind, socket.SOCK_DGRAM))
        clients.append(client)
        client.sent(client.sock.sendto(bytes(number + 1), (address, port)))
        udp_answer(server, 7)
        client.rx += len(client.sock.recv(100))
        report("udp_many", client, End(None), (client.sock.getsockname()[1], port), size=number + 1)
    print(json.dumps({"name": "udp_held", "clientPort": 0, "serverPort": port, "server": server.account()}), flush=True)
    sys.stdin.readline()
    server.sock.close()


def dns_message(number, name, kind, code=None, addresses=()):
    """A query; with `code` the answer to it."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    flags = 0x0100 if code is None else 0x8180 | code
    message = struct.pack("!6H", number, flags, 1, len(addresses), 0, 0) + question + struct.pack("!2H", kind, 1)
    for address in addresses:
        data = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
        message += struct.pack("!3HIH", 0xC00C, 28 if ":" in address else 1, 1, 60, len(data)) + data
    return message


def dns():
    """A name server and three ways to ask it: connected, unconnected, over TCP; then a connection by name."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def answer(delay, *parts):
        query, peer = server.recvfrom(512)
        time.sleep(delay)
        server.sendto(dns_message(struct.unpack("!H", query[:2])[0], *parts), peer)

    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(("127.0.0.1", 53))
    client.send(dns_message(1, "web.example", 1))
    answer(0.1, "web.example", 1, 0, ["127.0.0.1"])
    client.recvfrom(512)
    client.send(dns_message(2, "Nowhere.Example", 28))
    answer(0, "Nowhere.Example", 28, 3)
    client.recv(512)
    client.close()

    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.sendto(dns_message(3, "six.example", 28), ("127.0.0.1", 53))
    answer(0, "six.example", 28, 0, ["2001:db8::7"])
    other.recvmsg(512)
    other.close()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 53))
    listener.listen(1)
    asking = socket.create_connection(("127.0.0.1", 53))
    answering, _ = listener.accept()
    for splits in (False, True):
        query = dns_message(4, "tcp.example", 16)
        asking.sendall(struct.pack("!H", len(query)) + query)
        answering.recv(512)
        reply = dns_message(4, "tcp.example", 16, 2)
        answering.sendall(struct.pack("!H", len(reply)) + reply)
        time.sleep(0.05)
        if splits:
            asking.recv(2)
        asking.recv(512)
    asking.close()
    answering.close()

    web, accepted = pair()
    web.send_all(b"by name")
    accepted.receive_exactly(7)
    finish("dns", web, accepted)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        name, _, value = argument.partition(":")
        globals()[name](*([value if value in FAMILIES else int(value)] if value else []))
