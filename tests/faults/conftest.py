"""Power cuts happen to real server processes, on SQLite and on PostgreSQL."""

from tests.servers.fixtures import server, zygote

__all__ = ["server", "zygote"]
