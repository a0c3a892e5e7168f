"""grant_type=urn:openid:params:grant-type:ciba (CIBA §10.1)."""

from typing import ClassVar

from authlib.oauth2.rfc6749 import UnauthorizedClientError

from clients.records import Client
from idp.ciba.modes import GRANT_TYPE, PUSH, mode
from idp.decoupled.records import CIBA
from idp.decoupled.redemption import Redemption


class BackchannelAuthentication(Redemption):
    """An app that asked its person elsewhere takes what they agreed to."""

    GRANT_TYPE = GRANT_TYPE
    KIND: ClassVar[str] = CIBA
    PARAMETER: ClassVar[str] = "auth_req_id"

    def check_client(self, client: Client) -> None:
        """CIBA §10.1: whoever is sent its tokens does not come for them."""
        if mode(client) == PUSH:
            raise UnauthorizedClientError("the tokens of this client are pushed to it")
