"""An OpenID provider built on Authlib, set up for one public app as its documentation does it.

Every check is Authlib's own, those of its models included. The user is signed in and consents
without a page: pages are no part of what is tested.

python server.py --redirect-uri=http://localhost:1234/callback --access-token-seconds=8
"""

import argparse
import json
import logging
import threading
import time
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_bearer_token_validator,
    create_query_client_func,
    create_revocation_endpoint,
    create_save_token_func,
)
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo, UserInfoEndpoint
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import StaticPool
from werkzeug.serving import make_server

parser = argparse.ArgumentParser()
parser.add_argument("--client-id", default="app")
parser.add_argument("--redirect-uri", required=True)
parser.add_argument("--access-token-seconds", type=int, default=60)
options = parser.parse_args()
app_origin = "{0.scheme}://{0.netloc}".format(urlsplit(options.redirect_uri))
key = RSAKey.generate_key(2048)


# What is kept, in memory.


class Model(DeclarativeBase):
    id = Column(Integer, primary_key=True)


class Client(Model, OAuth2ClientMixin):
    __tablename__ = "client"


class Code(Model, OAuth2AuthorizationCodeMixin):
    __tablename__ = "code"
    user_id = Column(String, nullable=False)


class Token(Model, OAuth2TokenMixin):
    __tablename__ = "token"
    user_id = Column(String, nullable=False)

    def get_user(self):
        return USERS[self.user_id]

    def get_client(self):
        return query_client(self.client_id)


class User:
    def __init__(self, user_id, name):
        self.id = user_id
        self.name = name

    def get_user_id(self):
        return self.id


USERS = {"ada": User("ada", "Ada Lovelace")}

database = create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)
Model.metadata.create_all(database)
session = Session(database)
query_client = create_query_client_func(session, Client)

client = Client(client_id=options.client_id)
client.set_client_metadata(
    {
        "redirect_uris": [options.redirect_uri],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile",
        "token_endpoint_auth_method": "none",
    }
)
session.add(client)
session.commit()


# The configuration of this provider for Authlib.


def user_claims(user, scope):
    return UserInfo(sub=user.id, name=user.name).filter(scope)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none"]

    def save_authorization_code(self, code, request):
        sent = request.payload.data
        nonces.add(sent.get("nonce"))
        session.add(
            Code(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                user_id=request.user.id,
                nonce=sent.get("nonce"),
                code_challenge=sent.get("code_challenge"),
                code_challenge_method=sent.get("code_challenge_method"),
            )
        )
        session.commit()

    def query_authorization_code(self, code, client):
        query = session.query(Code).filter_by(code=code, client_id=client.client_id)
        found = query.first()
        return found if found and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code):
        session.delete(authorization_code)
        session.commit()

    def authenticate_user(self, authorization_code):
        return USERS[authorization_code.user_id]


class OpenID(OpenIDCode):
    def exists_nonce(self, nonce, request):
        return nonce in nonces

    def resolve_client_private_key(self, client):
        return key

    def get_client_claims(self, client):
        return {"iss": origin, "aud": [client.get_client_id()]}

    def generate_user_info(self, user, scope):
        return user_claims(user, scope)


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = session.query(Token).filter_by(refresh_token=refresh_token).first()
        return found if found and not found.is_revoked() else None

    def authenticate_user(self, refresh_token):
        return refresh_token.get_user()

    def revoke_old_credential(self, refresh_token):
        refresh_token.refresh_token_revoked_at = int(time.time())
        session.commit()


class Revocation(create_revocation_endpoint(session, Token)):
    CLIENT_AUTH_METHODS = ["none"]


class Me(UserInfoEndpoint):
    def generate_user_info(self, user, scope):
        return user_claims(user, scope)


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile"]
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {
    "authorization_code": options.access_token_seconds,
    "refresh_token": options.access_token_seconds,
}
# A nonce stays used after its code is gone.
nonces = set()
protector = ResourceProtector()
protector.register_token_validator(create_bearer_token_validator(session, Token)())
provider = AuthorizationServer(app, query_client, create_save_token_func(session, Token))
provider.register_grant(CodeGrant, [CodeChallenge(required=True), OpenID(require_nonce=True)])
provider.register_grant(RefreshGrant)
provider.register_endpoint(Revocation)
provider.register_endpoint(Me(resource_protector=protector))


# Its addresses.


@app.get("/authorize")
def authorize():
    authorization_requests.append(request.args.to_dict())
    user = USERS["ada"]
    try:
        grant = provider.get_consent_grant(end_user=user)
    except OAuth2Error as error:
        return provider.handle_error_response(request, error)
    return provider.create_authorization_response(grant_user=user, grant=grant)


@app.post("/token")
def token():
    response = provider.create_token_response()
    answer = response.get_json()
    # Decoded by Authlib's own library, which checks the signature.
    claims = jwt.decode(answer["id_token"], key).claims if "id_token" in answer else None
    token_requests.append({"sent": request.form.to_dict(), "answer": answer, "idToken": claims})
    return response


@app.post("/revoke")
def revoke():
    return provider.create_endpoint_response("revocation")


@app.get("/me")
def me():
    return provider.create_endpoint_response("userinfo")


@app.get("/seen")
def seen():
    """Returns what a test cannot know from the browser."""
    return jsonify(authorizationRequests=authorization_requests, tokenRequests=token_requests)


@app.after_request
def let_the_app_read(response):
    """Leaves the authorization endpoint out: a browser is sent there, no script asks it."""
    if request.path != "/authorize":
        response.headers["Access-Control-Allow-Origin"] = app_origin
        response.headers["Access-Control-Allow-Headers"] = "Authorization"
    return response


authorization_requests = []
token_requests = []
answer_request = app.wsgi_app
turn = threading.Lock()


def answer_one_at_a_time(*arguments):
    """Keeps threads apart: all share the one connection to the database."""
    with turn:
        return answer_request(*arguments)


app.wsgi_app = answer_one_at_a_time

# Standard output is for the one line that a test reads. A line per request on standard error would
# only hide what fails.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
# In threads: browsers open connections ahead of time, and one that says nothing must not block.
server = make_server("127.0.0.1", 0, app, threaded=True)
origin = f"http://127.0.0.1:{server.port}"
print(json.dumps({"origin": origin}), flush=True)
server.serve_forever()
