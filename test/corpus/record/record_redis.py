import redis
from session import recording, scratch, server

PORT = 16379


def call(log, client, *words, name=None, error=None):
    label = name or words[0]
    try:
        client.execute_command(*words)
        log.add(label)
    except redis.ResponseError as failure:
        assert error, failure
        log.add(label, "failed", error)


def hello(log, protocol):
    """What redis-py sends of itself when it connects."""
    if protocol == 3:
        log.add("HELLO")
        log.add("CLIENT MAINT_NOTIFICATIONS", "failed", "ERR")
    # Newer than the server (7.0).
    log.add("CLIENT SETINFO", "failed", "ERR")
    log.add("CLIENT SETINFO", "failed", "ERR")


def record():
    with scratch() as folder, server(
        "redis-server", "--port", str(PORT), "--save", "", "--dir", folder, "--enable-debug-command", "yes", port=PORT
    ):
        for protocol in (2, 3):
            with recording("redis", f"redis-py-resp{protocol}", PORT) as log:
                client = redis.Redis(
                    port=PORT, protocol=protocol, single_connection_client=True, maint_notifications_config=None
                )
                hello(log, protocol)
                call(log, client, "SET", "user:secret", "value-secret")
                call(log, client, "GET", "user:secret")
                call(log, client, "GET", "absent")
                call(log, client, "SET", "large", b"\r\n*1\r\n$4\r\nPING\r\n" * 1500)
                call(log, client, "GET", "large")
                call(log, client, "HSET", "h", *[str(n) for n in range(40)])
                call(log, client, "HGETALL", "h")
                call(log, client, "LPUSH", "user:secret", "x", error="WRONGTYPE")
                call(log, client, "INCR", "user:secret", error="ERR")
                call(log, client, "NOSUCH", "x", error="ERR")
                call(log, client, "CONFIG", "GET", "maxmemory", name="CONFIG GET")
                call(log, client, "EVAL", "return {1,{2,{3,'four'}},false}", "0")
                call(log, client, "ZADD", "z", "1.5", "a", "2", "b")
                call(log, client, "ZRANGE", "z", "0", "-1", "WITHSCORES")
                with client.pipeline(transaction=True) as pipe:
                    for n in range(50):
                        pipe.set(f"k{n}", n)
                    pipe.execute()
                # A pipeline has a connection of its own, which is then kept.
                hello(log, protocol)
                log.add("MULTI")
                for _ in range(50):
                    log.add("SET")
                log.add("EXEC")
                with client.pipeline(transaction=False) as pipe:
                    for n in range(100):
                        pipe.get(f"k{n}")
                    pipe.execute()
                for _ in range(100):
                    log.add("GET")
                client.close()
            with recording("redis", f"pubsub-resp{protocol}", PORT) as log:
                client = redis.Redis(
                    port=PORT, protocol=protocol, single_connection_client=True, maint_notifications_config=None
                )
                hello(log, protocol)
                listener = client.pubsub()
                listener.subscribe("first", "second")
                hello(log, protocol)
                log.add("SUBSCRIBE")
                for _ in range(2):
                    assert listener.get_message(timeout=2)
                for n in range(5):
                    call(log, client, "PUBLISH", "first", f"news {n}")
                for _ in range(5):
                    assert listener.get_message(timeout=2)["type"] == "message"
                listener.unsubscribe("first", "second")
                log.add("UNSUBSCRIBE")
                for _ in range(2):
                    listener.get_message(timeout=2)
                listener.close()
                client.close()
