import io
import subprocess

import pg8000.dbapi
import psycopg
import psycopg2
from session import recording, scratch, server

PORT = 15432
BIN = subprocess.run(["sh", "-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"], capture_output=True, text=True).stdout.strip()


def record():
    with scratch("postgres") as folder:
        subprocess.run(
            [f"{BIN}/initdb", "-D", f"{folder}/data", "-U", "shop", "-A", "trust", "--no-sync"],
            user="postgres", cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )
        with server(
            f"{BIN}/postgres", "-D", f"{folder}/data", "-p", str(PORT), "-k", folder, "-h", "127.0.0.1", user="postgres", port=PORT
        ):
            with_psycopg2()
            with_psycopg3()
            with_pg8000()


def run(log, cursor, sql, name, args=None, error=None):
    try:
        cursor.execute(sql, args) if args is not None else cursor.execute(sql)
        log.add(name)
    except (psycopg2.Error, psycopg.Error) as failure:
        code = getattr(failure, "pgcode", None) or failure.sqlstate
        assert code == error, failure
        log.add(name, "failed", code)


def with_psycopg2():
    """Simple queries."""
    with recording("postgresql", "psycopg2-simple", PORT) as log:
        connection = psycopg2.connect(host="127.0.0.1", port=PORT, user="shop", dbname="postgres")
        connection.autocommit = True
        cursor = connection.cursor()
        run(log, cursor, "CREATE TABLE users (id int PRIMARY KEY, name text)", "CREATE users")
        run(log, cursor, "INSERT INTO users VALUES (%s, %s)", "INSERT users", (1, "o'secret"))
        run(log, cursor, "INSERT INTO users SELECT n, 'name' || n FROM generate_series(2, 2000) n", "INSERT users")
        run(log, cursor, "SELECT * FROM users WHERE name = %s", "SELECT users", ("o'secret",))
        run(log, cursor, "SELECT * FROM users", "SELECT users")
        run(log, cursor, "select $tag$it's secret$tag$, 12345, E'a\\'secret' -- secret", "SELECT")
        run(log, cursor, "SELECT * FROM absent", "SELECT absent", error="42P01")
        run(log, cursor, "INSERT INTO users VALUES (1, 'x')", "INSERT users", error="23505")
        run(log, cursor, "SELECT 1; SELECT 2", "SELECT")
        run(log, cursor, "UPDATE users SET name = 'x' WHERE id = 1", "UPDATE users")
        cursor.copy_expert("COPY users FROM STDIN", io.StringIO("3001\tsecret\n3002\tsecret\n"))
        log.add("COPY users")
        cursor.copy_expert("COPY users TO STDOUT", io.StringIO())
        log.add("COPY users")
        connection.close()


def with_psycopg3():
    """Extended queries, pipelined and prepared."""
    with recording("postgresql", "psycopg3-extended", PORT) as log:
        with psycopg.connect(f"host=127.0.0.1 port={PORT} user=shop dbname=postgres", autocommit=True) as connection:
            cursor = connection.cursor()
            # From the sixth on psycopg prepares: Parse alone, then Bind to a name.
            for n in range(8):
                run(log, cursor, "SELECT name FROM users WHERE id = %s", "SELECT users", (n,))
                if n == 5:
                    log.lines.insert(-1, {"name": "PREPARE", "status": "ok"})
            run(log, cursor, "SELECT * FROM absent WHERE a = %s", "SELECT absent", ("secret",), error="42P01")
            run(log, cursor, "INSERT INTO users VALUES (%s, %s)", "INSERT users", (1, "secret"), error="23505")
            with connection.pipeline():
                for n in range(20):
                    cursor.execute("UPDATE users SET name = %s WHERE id = %s", ("secret", n), prepare=False)
                    log.add("UPDATE users")


def with_pg8000():
    with recording("postgresql", "pg8000-extended", PORT) as log:
        connection = pg8000.dbapi.connect(host="127.0.0.1", port=PORT, user="shop", database="postgres")
        connection.autocommit = True
        cursor = connection.cursor()
        for n in range(5):
            cursor.execute("SELECT name FROM users WHERE id = %s", (n,))
            log.add("PREPARE")
            log.add("SELECT users")
        cursor.execute("DELETE FROM users WHERE id > 100")
        log.add("DELETE users")
        connection.close()
