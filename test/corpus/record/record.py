import importlib
import sys

PROTOCOLS = ["http1", "redis", "dns", "postgresql", "mysql"]
for protocol in sys.argv[1:] or PROTOCOLS:
    importlib.import_module(f"record_{protocol}").record()
