import http.client
import pathlib
import socket

import requests
from session import recording, scratch, server

PORT = 18080
CONF = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip on; gzip_min_length 1; gzip_types text/plain;
  server {{
    listen 127.0.0.1:{port}; root {folder}; default_type text/plain;
    location /users/ {{ return 200 "a user\\n"; }}
    location /made {{ return 201 "made\\n"; }}
    location /none {{ return 204; }}
    location /moved {{ return 302 /users/1; }}
    location /broken {{ return 503 "broken\\n"; }}
  }}
}}
"""
STATUS = {4: "refused", 5: "failed"}


def record():
    with scratch() as folder:
        pathlib.Path(folder, "large").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" * 3000)
        pathlib.Path(folder).chmod(0o755)
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(CONF.format(folder=folder, port=PORT))
        with server("nginx", "-c", str(conf), "-e", f"{folder}/error", port=PORT):
            with_requests()
            with_pipelines()


def with_requests():
    with recording("http1", "nginx-requests", PORT) as log, requests.Session() as session:

        def ask(method, path, name, **more):
            answer = session.request(method, f"http://127.0.0.1:{PORT}{path}", allow_redirects=False, **more)
            status = STATUS.get(answer.status_code // 100, "ok")
            log.add(f"{method} {name}", status, str(answer.status_code) if status != "ok" else None)

        ask("GET", "/users/4711?token=secret", "/users/{id}")
        ask("GET", "/users/6f9619ff-8b86-d011-b42d-00c04fc964ff/orders/17", "/users/{id}/orders/{id}")
        ask("HEAD", "/users/1", "/users/{id}")
        ask("GET", "/large", "/large")
        ask("GET", "/large", "/large", headers={"Accept-Encoding": "identity", "Range": "bytes=100-20000"})
        ask("GET", "/absent", "/absent")
        ask("GET", "/none", "/none")
        ask("GET", "/moved", "/moved")
        ask("GET", "/broken", "/broken")
        ask("POST", "/made", "/made", data=b"body-secret" * 1000)
        ask("POST", "/made", "/made", data=iter([b"GET / HTTP/1.1\r\n\r\n", b"x" * 5000]))
        ask("PUT", "/users/1", "/users/{id}", json={"name": "secret"}, headers={"Expect": "100-continue"})
        ask("DELETE", "/users/1", "/users/{id}")
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        ask("GET", "/users/1", "/users/{id}", headers={"traceparent": trace})
        for _ in range(10):
            ask("GET", "/users/1", "/users/{id}")


def with_pipelines():
    with recording("http1", "nginx-pipelined", PORT) as log:
        with socket.create_connection(("127.0.0.1", PORT)) as pipe:
            for n in range(20):
                pipe.sendall(f"GET /users/{n} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                log.add("GET /users/{id}")
            pipe.sendall(b"GET /large HTTP/1.0\r\n\r\n")
            log.add("GET /large")
            while pipe.recv(65536):
                pass
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        connection.request("OPTIONS", "*")
        answer = connection.getresponse()
        answer.read()
        log.add("OPTIONS *", STATUS[answer.status // 100], str(answer.status))
        connection.close()
