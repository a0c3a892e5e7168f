"""Apache with `mod_auth_openidc` as relying party, on a free port of this machine, out of a folder of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running import free_port

MODULES = Path("/usr/lib/apache2/modules")
APACHE = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin:/usr/local/sbin") or ""
HERE = bool(APACHE) and (MODULES / "mod_auth_openidc.so").exists()

_CONFIGURATION = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
Mutex file:{folder}/locks default
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LogLevel warn
{modules}
DocumentRoot {folder}/pages
StartServers 1
MinSpareThreads 4
ThreadsPerChild 8
MaxRequestWorkers 16
FileETag None
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCRedirectURI {redirect_uri}
OIDCCryptoPassphrase {passphrase}
OIDCCookieDomain 127.0.0.1
OIDCCacheType file
OIDCCacheDir {folder}/cache
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCPassClaimsAs environment
OIDCResponseType code
{party}
<Location "/">
  AuthType openid-connect
  Require valid-user
  Options +Includes
</Location>
TypesConfig /dev/null
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
DirectoryIndex index.shtml
"""
_PAGE = """<!doctype html><title>Derrière Apache</title>
<p>sub=<!--#echo var="REMOTE_USER" -->;name=<!--#echo var="OIDC_CLAIM_family_name" -->;</p>
"""
_LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "dir", "include", "mime", "unixd")


def _nobody(folder: Path) -> dict[str, Any]:
    """Root lets go of what it is: the folder is nobody's, and so is the server."""
    if os.geteuid() != 0:
        return {}
    for one in (folder, *folder.rglob("*")):
        shutil.chown(one, "nobody", "nogroup")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


@dataclass
class Apache:
    """One server under way; `party` are the directives that say which app it is.

    `redirect_uri` is registered without a port: it is for who drives the browser to come back to the port instead.
    """

    folder: Path
    issuer: str
    redirect_uri: str
    party: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises AssertionError with what it said when it does not answer."""
        for name in ("pages", "cache", "locks"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "pages" / "index.shtml").write_text(_PAGE)
        said = self.folder / "apache.conf"
        said.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                issuer=self.issuer,
                redirect_uri=self.redirect_uri,
                passphrase=secrets.token_urlsafe(24),
                modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in self._modules()),
                party="\n".join(f'{name} "{value}"' for name, value in self.party.items()),
            )
        )
        command = [APACHE, "-f", str(said), "-D", "FOREGROUND"]
        with (self.folder / "said").open("wb") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, start_new_session=True, **_nobody(self.folder)
            )
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"Apache does not start:\n{self.told()}")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def told(self) -> str:
        """Its log."""
        files = (self.folder / "said", self.folder / "error.log")
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def _modules(self) -> list[str]:
        """Those that are not built in."""
        return [name for name in _LOADED if (MODULES / f"mod_{name}.so").exists()]
