"""An OpenID provider: Canaille, an identity server, as it is, with everything kept in memory.

It has a login form in two pages and a consent page of its own. It allows an app's origin by itself
(CORS). The user is `ada` with the password `lovelace`.

python server.py --redirect-uri=http://localhost:1234/callback --access-token-seconds=8
"""

import argparse
import datetime
import json
import logging
import threading
from urllib.parse import urlsplit

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server

parser = argparse.ArgumentParser()
parser.add_argument("--client-id", default="app")
parser.add_argument("--redirect-uri", required=True)
parser.add_argument("--post-logout-redirect-uri")
parser.add_argument("--access-token-seconds", type=int, default=60)
options = parser.parse_args()
app_origin = "{0.scheme}://{0.netloc}".format(urlsplit(options.redirect_uri))
turn = threading.Lock()


def new_key(kind, size):
    return kind.generate_key(size, auto_kid=True).as_dict(private=True)


def answer_one_at_a_time(*arguments):
    """Keeps threads apart: the memory that they share has no locks."""
    with turn:
        return app.wsgi_app(*arguments)


# Standard output is for the one line that a test reads. A line per request on standard error would
# only hide what fails.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
# In threads: browsers open connections ahead of time, and one that says nothing must not block.
server = make_server("127.0.0.1", 0, answer_one_at_a_time, threaded=True)

app = create_app(
    {
        "PREFERRED_URL_SCHEME": "http",
        "SECRET_KEY": "not a secret: the sessions end with the test",
        # The issuer is made of it.
        "SERVER_NAME": f"127.0.0.1:{server.port}",
        "CANAILLE": {"DATABASE": "memory", "FORCE_HTTPS": False, "LOGGING": {"version": 1}},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [new_key(RSAKey, 2048), new_key(ECKey, "P-256")],
            # Every app on this machine would be trusted, and consent never asked for.
            "TRUSTED_DOMAINS": [],
        },
        "OAUTH2_TOKEN_EXPIRES_IN": {
            "authorization_code": options.access_token_seconds,
            "refresh_token": options.access_token_seconds,
        },
    }
)

with app.app_context(), app.backend.session():
    backend = Backend.instance
    backend.save(
        models.User(
            emails=["ada@example.org"],
            family_name="Lovelace",
            formatted_name="Ada Lovelace",
            password="lovelace",
            user_name="ada",
        )
    )
    client = models.Client(
        client_id=options.client_id,
        client_id_issued_at=datetime.datetime.now(datetime.timezone.utc),
        client_name="The app",
        # Names the origin that may read answers.
        client_uri=app_origin,
        grant_types=["authorization_code", "refresh_token"],
        id_token_signed_response_alg="ES256",
        post_logout_redirect_uris=[options.post_logout_redirect_uri or options.redirect_uri],
        redirect_uris=[options.redirect_uri],
        response_types=["code"],
        scope=["openid", "profile"],
        token_endpoint_auth_method="none",
    )
    backend.save(client)
    client.audience = [client]
    backend.save(client)

origin = f"http://127.0.0.1:{server.port}"
print(json.dumps({"origin": origin, "issuer": origin}), flush=True)
server.serve_forever()
