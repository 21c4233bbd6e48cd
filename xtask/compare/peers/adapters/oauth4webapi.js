// A toolkit: what it keeps, and when it refreshes, is this file's.
import * as oauth from "oauth4webapi";

const KEY = "oauth4webapi";
const options = { [oauth.allowInsecureRequests]: true };

export function create({ server, clientId, redirectUri, scope }) {
  const client = { client_id: clientId };
  const clientAuth = oauth.None();
  const metadata = {
    issuer: server,
    authorization_endpoint: `${server}/authorize`,
    token_endpoint: `${server}/oauth/token`,
    authorization_response_iss_parameter_supported: true,
  };
  let refreshing;

  const read = () => JSON.parse(localStorage.getItem(KEY) ?? "null");

  function write({ access_token, refresh_token, expires_in }) {
    const expiresAt = Date.now() + expires_in * 1000;
    const session = { access_token, refresh_token, expiresAt };
    localStorage.setItem(KEY, JSON.stringify(session));
    return session;
  }

  async function refresh(session) {
    const response = await oauth.refreshTokenGrantRequest(
      metadata, client, clientAuth, session.refresh_token, options,
    );
    return write(await oauth.processRefreshTokenResponse(metadata, client, response));
  }

  return {
    async signIn(returnTo) {
      const state = oauth.generateRandomState();
      const nonce = oauth.generateRandomNonce();
      const verifier = oauth.generateRandomCodeVerifier();
      const transaction = JSON.stringify({ nonce, verifier, returnTo });
      sessionStorage.setItem(`${KEY}.${state}`, transaction);
      location.assign(`${metadata.authorization_endpoint}?${new URLSearchParams({
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      })}`);
    },

    async handleCallback() {
      const url = new URL(location.href);
      const key = `${KEY}.${url.searchParams.get("state")}`;
      const transaction = JSON.parse(sessionStorage.getItem(key) ?? "null");
      if (!transaction) throw new Error("unknown state");
      sessionStorage.removeItem(key);
      const state = key.slice(KEY.length + 1);
      const parameters = oauth.validateAuthResponse(metadata, client, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        metadata, client, clientAuth, parameters, redirectUri, transaction.verifier, options,
      );
      write(await oauth.processAuthorizationCodeResponse(metadata, client, response, {
        expectedNonce: transaction.nonce,
        requireIdToken: true,
      }));
      return transaction.returnTo;
    },

    async getAccessToken() {
      const session = read();
      if (!session) throw new Error("signed out");
      if (session.expiresAt > Date.now() + 60_000) return session.access_token;
      refreshing ??= refresh(session).finally(() => (refreshing = undefined));
      return (await refreshing).access_token;
    },

    async signOut() {
      localStorage.removeItem(KEY);
    },
  };
}
