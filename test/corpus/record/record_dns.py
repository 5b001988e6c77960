import dns.exception
import dns.message
import dns.query
import dns.rcode
from session import recording, server

PORT = 10053
STATUS = {"NOERROR": "ok", "NXDOMAIN": "refused"}


def record():
    with server(
        "dnsmasq", "-k", "-p", str(PORT), "-C", "/dev/null", "-h", "-R", "--no-daemon", "--listen-address=127.0.0.1",
        "--local=/test/", "--address=/web.test/192.0.2.1", "--address=/web.test/2001:db8::1", "--bind-interfaces",
        "--mx-host=test,mail.test,10", "--txt-record=test,text-secret", "--cname=alias.test,web.test", port=PORT,
    ):
        for name, ask in (("dnsmasq-udp", dns.query.udp), ("dnsmasq-tcp", dns.query.tcp)):
            with recording("dns", name, PORT) as log:
                for question, kind in (
                    ("web.test", "A"), ("web.test", "AAAA"), ("a.b.web.test", "A"), ("absent.test", "A"),
                    ("test", "MX"), ("test", "TXT"), ("example.org", "A"), ("WEB.test", "A"), ("1.2.0.192.in-addr.arpa", "PTR"),
                ):
                    answer = ask(dns.message.make_query(question, kind), "127.0.0.1", port=PORT, timeout=5)
                    code = dns.rcode.to_text(answer.rcode())
                    status = STATUS.get(code, "failed")
                    log.add(f"DNS {kind}", status, code if status != "ok" else None)
