"""Servers, captures and the client's own log: what every recording needs."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

CORPUS = pathlib.Path(__file__).resolve().parent.parent


class Log:
    """Truth: one line a request, written by the client's side from what it asked and what it got."""

    def __init__(self):
        self.lines = []

    def add(self, name, status="ok", error=None):
        self.lines.append({"name": name, "status": status, **({"error": error} if error else {})})


def wait_for_port(port, udp=False):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


@contextlib.contextmanager
def server(*command, port, user=None):
    """Started before the recording and ended after it, by its own process."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, user=user)
        try:
            wait_for_port(port)
            yield process
        finally:
            process.terminate()
            process.wait(20)


@contextlib.contextmanager
def recording(protocol, name, port):
    folder = CORPUS / protocol
    folder.mkdir(exist_ok=True)
    capture = folder / f"{name}.pcap"
    tcpdump = subprocess.Popen(
        ["tcpdump", "-i", "lo", "-Z", "root", "-U", "-B", "65536", "-w", capture, f"port {port}"],
        stderr=subprocess.PIPE,
    )
    tcpdump.stderr.readline()
    time.sleep(0.3)
    log = Log()
    yield log
    time.sleep(1.5)
    tcpdump.terminate()
    report = tcpdump.stderr.read().decode()
    tcpdump.wait()
    assert "\n0 packets dropped by kernel" in report, report
    lines = [json.dumps(line) for line in log.lines]
    (folder / f"{name}.truth.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{protocol}/{name}: {len(lines)} requests, {os.path.getsize(capture)} bytes")


@contextlib.contextmanager
def scratch(user=None):
    folder = tempfile.mkdtemp(prefix="sonde-record-")
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
