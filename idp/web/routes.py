"""The addresses of the OAuth and OpenID Connect provider: reading the list is reading what it serves."""

from urllib.parse import urlsplit

from starlette.routing import Route

from idp.protocol import grant_management, resources
from idp.scene import Scene
from idp.web import authorize, consents, discovery, grants, interaction, logout, pushed, token, userinfo


def routes(scene: Scene) -> list[Route]:
    """One route an endpoint."""
    smart_base = urlsplit(scene.resources[0]).path if scene.resources else ""
    return [
        Route("/token", token.token, methods=["POST"]),
        Route("/userinfo", userinfo.userinfo, methods=["GET", "POST"]),
        Route("/introspect", token.introspect, methods=["POST"]),
        Route("/par", pushed.push, methods=["POST"]),
        Route(grant_management.PATH, grants.unnamed, methods=["GET", "DELETE"]),
        Route(f"{grant_management.PATH}/{{grant}}", grants.query, methods=["GET"]),
        Route(f"{grant_management.PATH}/{{grant}}", grants.revoke, methods=["DELETE"]),
        Route("/revoke", token.revoke, methods=["POST"]),
        Route("/authorize", authorize.authorize, methods=["GET", "POST"]),
        Route("/authorize/{interaction}", interaction.page, methods=["GET"]),
        Route("/authorize/{interaction}", interaction.decide, methods=["POST"]),
        Route("/pairings/{pairing}/consents", consents.page, methods=["GET"]),
        Route("/pairings/{pairing}/consents", consents.decide, methods=["POST"]),
        Route("/jwks", discovery.jwks, methods=["GET"]),
        Route("/.well-known/openid-configuration", discovery.provider, methods=["GET"]),
        Route("/.well-known/oauth-authorization-server", discovery.provider, methods=["GET"]),
        Route(f"{smart_base}/.well-known/smart-configuration", discovery.smart, methods=["GET"]),
        *(
            Route(one.address, discovery.resource(one), methods=["GET"])
            for one in resources.all_of(scene.issuer, scene.resources)
        ),
        Route("/logout", logout.logout, methods=["GET", "POST"]),
        Route("/logout/confirm", logout.confirmed, methods=["POST"]),
    ]
