"""The logs of a real server process."""

from tests.servers.fixtures import server, zygote

__all__ = ["server", "zygote"]
