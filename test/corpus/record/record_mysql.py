import subprocess

import mysql.connector
import pymysql
from pymysql.constants import CLIENT
from session import recording, scratch, server

PORT = 13306


def record():
    with scratch("mysql") as folder:
        subprocess.run(
            ["mariadb-install-db", f"--datadir={folder}/data", "--auth-root-authentication-method=normal", "--user=mysql"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        with server(
            "mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--port={PORT}", "--bind-address=127.0.0.1",
            f"--socket={folder}/socket", f"--pid-file={folder}/pid", "--skip-name-resolve", user="mysql", port=PORT,
        ):
            with_pymysql()
            with_mariadb(folder)
            with_connector()


def run(log, cursor, sql, name, args=None, error=None):
    try:
        cursor.execute(sql, args)
        log.add(name)
    except pymysql.Error as failure:
        assert str(failure.args[0]) == error, failure
        log.add(name, "failed", error)


def with_pymysql():
    with recording("mysql", "pymysql", PORT) as log:
        connection = pymysql.connect(
            host="127.0.0.1", port=PORT, user="root", database="mysql", client_flag=CLIENT.MULTI_STATEMENTS, ssl_disabled=True
        )
        # Sent by the client when it connects: names, autocommit.
        log.add("SET")
        log.add("SET")
        cursor = connection.cursor()
        run(log, cursor, "CREATE DATABASE shop", "CREATE")
        connection.select_db("shop")
        log.add("INIT_DB")
        run(log, cursor, "CREATE TABLE users (id int PRIMARY KEY, name text)", "CREATE users")
        run(log, cursor, "INSERT INTO users VALUES (%s, %s)", "INSERT users", (1, 'it\'s "secret"'))
        run(log, cursor, "INSERT INTO users SELECT seq, CONCAT('name', seq) FROM seq_2_to_1000", "INSERT users")
        run(log, cursor, "SELECT * FROM users", "SELECT users")
        run(log, cursor, "SELECT * FROM users WHERE name = %s AND id <> 12345", "SELECT users", ("secret",))
        run(log, cursor, "SELECT REPEAT('secret', 10000)", "SELECT")
        run(log, cursor, "SELECT * FROM absent", "SELECT absent", error="1146")
        run(log, cursor, "INSERT INTO users VALUES (1, 'x')", "INSERT users", error="1062")
        run(log, cursor, "SELECT 1; SELECT 2; SELECT * FROM users WHERE id < 0", "SELECT users")
        while cursor.nextset():
            pass
        connection.ping()
        log.add("PING")
        connection.commit()
        log.add("COMMIT")
        connection.close()


def with_mariadb(folder):
    """MariaDB's own client and library: other capabilities (no EOF after columns), and prepared statements in SQL."""
    with recording("mysql", "mariadb-client", PORT) as log:
        script = f"{folder}/script.sql"
        statements = [
            ("SELECT id, name FROM users LIMIT 3", "SELECT users"),
            ("UPDATE users SET name = 'secret' WHERE id = 2", "UPDATE users"),
            ("PREPARE one FROM 'SELECT name FROM users WHERE id = ?'", "PREPARE"),
            ("SET @id = 1", "SET"),
            ("EXECUTE one USING @id", "EXECUTE"),
            ("DELETE FROM users WHERE id > 900", "DELETE users"),
        ]
        with open(script, "w") as out:
            out.write(";\n".join(sql for sql, _ in statements) + ";\n")
        with open(script) as given:
            subprocess.run(
                ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(PORT), "-u", "root", "--skip-ssl", "shop"],
                stdin=given, check=True, stdout=subprocess.DEVNULL,
            )
        for _, name in statements:
            log.add(name)


def with_connector():
    """Prepared statements in the binary protocol."""
    with recording("mysql", "connector-prepared", PORT) as log:
        connection = mysql.connector.connect(
            host="127.0.0.1", port=PORT, user="root", database="shop", use_pure=True, ssl_disabled=True,
            charset="utf8mb4", collation="utf8mb4_general_ci", autocommit=True,
        )
        # Sent by the client when it connects, and before every execution.
        log.add("SET")
        log.add("SET")
        log.add("PING")
        cursor = connection.cursor(prepared=True)
        for n in range(3):
            cursor.execute("SELECT * FROM users WHERE id > %s AND name <> 'secret'", (n,))
            cursor.fetchall()
            if n == 0:
                log.add("PREPARE")
            log.add("STMT_RESET")
            log.add("SELECT users")
        cursor.execute("INSERT INTO users VALUES (%s, %s)", (5000, "secret"))
        log.add("PREPARE")
        log.add("STMT_RESET")
        log.add("INSERT users")
        cursor.close()
        connection.close()
