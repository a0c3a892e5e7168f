"""What one back-channel request works with: who calls, its time, its scene, its books."""

from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Error
from sqlalchemy import Connection

from clients.records import Client
from idp.scene import Scene
from idp.server.books import Books, NeedsDatabase
from idp.server.views import ClientView
from idp.settings import IdpSettings
from idp.tokens import states
from idp.tokens.binding import Binding
from idp.tokens.sealing import Recipient
from idp.tokens.states import TokenState
from kit.guard import AccessClaims


class Exchange:
    """Built for each request. Without a database it answers only what its books can answer, and says so otherwise."""

    def __init__(
        self,
        scene: Scene,
        now: datetime,
        proof: ClientView | OAuth2Error,
        *,
        db: Connection | None = None,
        books: Books | None = None,
        claims: AccessClaims | None = None,
        state: TokenState | None = None,
        binding: Binding | None = None,
        recipient: Recipient | None = None,
    ) -> None:
        self.scene = scene
        self.now = now
        self.proof = proof
        self._db = db
        self._books = books
        self._claims = claims
        self._state = state
        self.binding = binding
        """The key that the caller proved to hold, when its tokens are to be bound to it."""
        self.recipient = recipient
        """Whom to encrypt the answer to, when the caller registered for that."""

    @property
    def db(self) -> Connection:
        """The present transaction. Raises NeedsDatabase when there is none."""
        if self._db is None:
            raise NeedsDatabase
        return self._db

    @property
    def books(self) -> Books:
        """Codes, families and agreements. Raises NeedsDatabase when there are none."""
        if self._books is None:
            raise NeedsDatabase
        return self._books

    def recognise(self, token: str) -> AccessClaims:
        """The claims of the access token that the call is about. Raises kit.problems.Refusal."""
        return self._claims or self.scene.tokens.recognise(token)

    def state(self, claims: AccessClaims) -> TokenState | None:
        """What an access token rests on, gathered before or read now. Raises NeedsDatabase."""
        return self._state or states.read(self.db, claims)

    @property
    def settings(self) -> IdpSettings:
        """The provider's settings."""
        return self.scene.settings

    @property
    def issuer(self) -> str:
        """Who we are."""
        return self.scene.issuer

    @property
    def subject_key(self) -> bytes:
        """The key that pairwise subjects are drawn with."""
        return self.scene.subject_key

    def client(self, client_id: str) -> Client | None:
        """The client of that identifier, from memory when it was read a moment ago."""
        if isinstance(self.proof, ClientView) and self.proof.client_id == client_id:
            return self.proof.client
        return self.scene.clients.peek(self.db, client_id)
