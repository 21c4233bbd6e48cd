"""An OpenID provider: Django OAuth Toolkit, set up as its tutorial does it.

The login form is that of Django's administration, the pages that ask for consent and for the
sign-out are the toolkit's. All settings but the lifetime of tokens are defaults, or what the
toolkit's documentation recommends for OpenID Connect. It recommends `django-cors-headers` for apps
in browsers. The database is in memory. The user is `ada` with the password `lovelace`.

python server.py --redirect-uri=http://localhost:1234/callback --access-token-seconds=8
"""

import argparse
import json
import logging
import threading
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from jwcrypto.jwk import JWK

parser = argparse.ArgumentParser()
parser.add_argument("--client-id", default="app")
parser.add_argument("--redirect-uri", required=True)
parser.add_argument("--post-logout-redirect-uri")
parser.add_argument("--access-token-seconds", type=int, default=60)
options = parser.parse_args()
app_origin = "{0.scheme}://{0.netloc}".format(urlsplit(options.redirect_uri))
key = JWK.generate(kty="RSA", size=2048)

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CORS_ALLOWED_ORIGINS=[app_origin],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            # Each thread has a connection of its own to this one database.
            "NAME": "file:provider?mode=memory&cache=shared",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "corsheaders",
        "oauth2_provider",
    ],
    LOGIN_URL="/admin/login/",
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    OAUTH2_PROVIDER={
        "ACCESS_TOKEN_EXPIRE_SECONDS": options.access_token_seconds,
        # Sends `iss` along with the answer (RFC 9207), which will be the default.
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "OIDC_ENABLED": True,
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": key.export_to_pem(private_key=True, password=None).decode(),
        # A second use of a refresh token ends all that came of it.
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "SCOPES": {"openid": "Sign in", "profile": "Read your name"},
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="not a secret: the sessions end with the test",
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "APP_DIRS": True,
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "django.template.context_processors.request",
                ]
            },
        }
    ],
    USE_TZ=True,
)
django.setup()

# These need the settings.
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import include, path
from oauth2_provider.models import Application
from oauth2_provider.urls import metadata_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("o/", include("oauth2_provider.urls")),
    # RFC 8414 has the metadata at the root of the origin.
    path("", include((metadata_urlpatterns, "oauth2_provider"), namespace="metadata")),
]

call_command("migrate", verbosity=0)
ada = User.objects.create_superuser("ada", password="lovelace")
Application.objects.create(
    algorithm=Application.RS256_ALGORITHM,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    client_id=options.client_id,
    client_type=Application.CLIENT_PUBLIC,
    name="The app",
    post_logout_redirect_uris=options.post_logout_redirect_uri or options.redirect_uri,
    redirect_uris=options.redirect_uri,
    user=ada,
)


class SilentHandler(WSGIRequestHandler):
    """Prints no line per request."""

    def log_message(self, *arguments):
        pass


answer_request = get_wsgi_application()
turn = threading.Lock()


def answer_one_at_a_time(*arguments):
    """Keeps threads apart: a shared database in memory has no waiting for locks."""
    with turn:
        return answer_request(*arguments)


# What a test does on purpose, such as the second use of a token, is no news.
logging.disable(logging.WARNING)
# In threads: browsers open connections ahead of time, and one that says nothing must not block.
server = ThreadedWSGIServer(("127.0.0.1", 0), SilentHandler)
server.daemon_threads = True
server.set_app(answer_one_at_a_time)
origin = f"http://127.0.0.1:{server.server_port}"
print(json.dumps({"origin": origin, "issuer": f"{origin}/o"}), flush=True)
server.serve_forever()
