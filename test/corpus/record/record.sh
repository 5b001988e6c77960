#!/bin/bash
# Records the corpus anew with real servers and clients, in a network namespace of its own (as root):
#   test/corpus/record/record.sh [protocol…]
# Needs redis-server, nginx, postgresql, dnsmasq, mariadb-server, tcpdump and python3-venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${SONDE_RECORD_VENV:-$(mktemp -d)/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q redis psycopg2-binary 'psycopg[binary]' pg8000 pymysql mysql-connector-python requests dnspython
fi
namespace=sonde-record-$$
ip netns add "$namespace"
trap 'ip netns del "$namespace"' EXIT
ip -n "$namespace" link set lo up
ip netns exec "$namespace" "$venv/bin/python" "$here/record.py" "$@"
