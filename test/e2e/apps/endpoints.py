# SPDX-License-Identifier: Apache-2.0
"""Clients and servers that count what they move: `endpoints.py COMMAND ARGUMENT...`, the truth as one JSON line."""

import json
import resource
import signal
import socket
import sys
import threading
import time


class Account:
    """Bytes and connections as the calls reported them."""

    def __init__(self):
        self.tx = self.rx = self.connections = 0
        self.lock = threading.Lock()

    def add(self, tx=0, rx=0, connections=0):
        with self.lock:
            self.tx += tx
            self.rx += rx
            self.connections += connections

    def show(self, **more):
        truth = {"tx": self.tx, "rx": self.rx, "connections": self.connections, **more}
        print(json.dumps(truth), flush=True)


TRUTH = Account()


def dial(host, port):
    sock = socket.create_connection((host, int(port)), timeout=20)
    TRUTH.add(connections=1)
    return sock


def send(sock, data):
    sock.sendall(data)
    TRUTH.add(tx=len(data))


def receive(sock, size=65536):
    data = sock.recv(size)
    TRUTH.add(rx=len(data))
    return data


def receive_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = receive(sock, size - len(data))
        if not piece:
            raise SystemExit(f"{len(data)} of {size} bytes came")
        data += piece
    return data


def line_of(sock):
    line = b""
    while not line.endswith(b"\r\n"):
        line += receive_exactly(sock, 1)
    return line


def bulk_of(sock):
    size = int(line_of(sock)[1:])
    return receive_exactly(sock, size + 2)


def redis(host, port, connections, requests):
    """Writes and reads values; says what the server itself counted as input."""
    for _ in range(int(connections)):
        sock = dial(host, port)
        for i in range(int(requests)):
            value = b"v" * (17 * i % 900)
            send(sock, b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%d\r\n%s\r\n" % (len(value), value))
            line_of(sock)
            send(sock, b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n")
            bulk_of(sock)
        send(sock, b"*2\r\n$4\r\nINFO\r\n$5\r\nstats\r\n")
        stats = dict(line.split(b":", 1) for line in bulk_of(sock).splitlines() if b":" in line)
        sock.close()
    TRUTH.show(serverRx=int(stats[b"total_net_input_bytes"]))


def http(host, port, path, requests):
    """Requests over one connection that stays open between them."""
    sock = dial(host, port)
    for _ in range(int(requests)):
        send(sock, f"GET {path} HTTP/1.1\r\nHost: {host if ':' not in host else 'six'}\r\n\r\n".encode())
        size = None
        while (line := line_of(sock)) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        receive_exactly(sock, size)
    sock.close()
    TRUTH.show()


def udp(host, port, messages, size):
    """Never connected: each message names its receiver."""
    family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind)
    sock.settimeout(10)
    for _ in range(int(messages)):
        TRUTH.add(tx=sock.sendto(b"u" * int(size), address))
        TRUTH.add(rx=len(sock.recvfrom(65536)[0]))
    TRUTH.show()


def udp_echo(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", int(port)))
    print("ready", flush=True)
    while True:
        data, address = sock.recvfrom(65536)
        TRUTH.add(rx=len(data))
        TRUTH.add(tx=sock.sendto(data, address))


def churn(host, port, connections, size):
    """As many connections as asked, opened and closed as fast as it goes by four threads."""
    began = time.monotonic()

    def work():
        for _ in range(int(connections) // 4):
            with dial(host, port) as sock:
                send(sock, b"c" * int(size))
                receive_exactly(sock, int(size))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    TRUTH.show(seconds=time.monotonic() - began)


def hold(host, port, connections, size):
    """Opens connections, moves a little over each, and keeps them."""
    kept = []
    for _ in range(int(connections)):
        sock = dial(host, port)
        send(sock, b"h" * int(size))
        receive_exactly(sock, int(size))
        kept.append(sock)
    TRUTH.show()
    signal.pause()


def say(host, port, size, pauses):
    """One connection that moves `size` bytes, waits, and moves them again; it prints its own port first."""
    sock = dial(host, port)
    print(json.dumps({"local": sock.getsockname()[:2], "remote": sock.getpeername()[:2]}), flush=True)
    for wait in pauses.split(","):
        send(sock, b"s" * int(size))
        receive_exactly(sock, int(size))
        time.sleep(float(wait))
    sock.close()
    TRUTH.show()


def pour(host, port):
    """Sends until it is killed."""
    sock = dial(host, port)
    while True:
        sock.sendall(b"p" * 65536)


def echo(port, reply="echo"):
    """Sends back what comes (or, as `sink`, only takes it), on both families."""
    listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=4096)

    def serve(sock):
        try:
            while data := receive(sock):
                if reply == "echo":
                    send(sock, data)
        except OSError:
            pass
        sock.close()

    print("ready", flush=True)
    while True:
        sock, _ = listener.accept()
        TRUTH.add(connections=1)
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


def keep(port, size):
    """Answers each connection's first `size` bytes, one after the other, and keeps them all."""
    listener = socket.create_server(("", int(port)), backlog=4096)
    kept = []
    print("ready", flush=True)
    while True:
        sock, _ = listener.accept()
        TRUTH.add(connections=1)
        send(sock, receive_exactly(sock, int(size)))
        kept.append(sock)


def finish(*_):
    TRUTH.show()
    sys.stdout.flush()
    sys.exit(0)


COMMANDS = {
    "redis": redis,
    "http": http,
    "udp": udp,
    "udp-echo": udp_echo,
    "churn": churn,
    "hold": hold,
    "say": say,
    "pour": pour,
    "echo": echo,
    "keep": keep,
    "wait": lambda: signal.pause(),
}

if __name__ == "__main__":
    threading.stack_size(256 * 1024)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    signal.signal(signal.SIGTERM, finish)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
