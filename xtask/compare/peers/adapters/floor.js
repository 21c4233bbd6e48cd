// A hand-written floor: the flow with PKCE and `state`, and nothing else. It checks no issuer and no
// ID token, and the tabs know nothing of each other.

const KEY = "floor";

export function create({ server, clientId, redirectUri, scope }) {
  let refreshing;

  const base64url = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
  const read = () => JSON.parse(localStorage.getItem(KEY) ?? "null");

  async function request(form) {
    const body = new URLSearchParams({ client_id: clientId, ...form });
    const response = await fetch(`${server}/oauth/token`, { method: "POST", body });
    const tokens = await response.json();
    if (!response.ok) throw new Error(tokens.error);
    const expiresAt = Date.now() + tokens.expires_in * 1000;
    const session = { ...read(), ...tokens, expiresAt };
    localStorage.setItem(KEY, JSON.stringify(session));
    return session;
  }

  return {
    async signIn(returnTo) {
      const state = random();
      const verifier = random();
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
      sessionStorage.setItem(`${KEY}.${state}`, JSON.stringify({ verifier, returnTo }));
      location.assign(`${server}/authorize?${new URLSearchParams({
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        code_challenge: base64url(new Uint8Array(hash)),
        code_challenge_method: "S256",
      })}`);
    },

    async handleCallback() {
      const query = new URLSearchParams(location.search);
      const key = `${KEY}.${query.get("state")}`;
      const transaction = JSON.parse(sessionStorage.getItem(key) ?? "null");
      if (!transaction) throw new Error("unknown state");
      sessionStorage.removeItem(key);
      if (query.has("error")) throw new Error(query.get("error"));
      await request({
        grant_type: "authorization_code",
        code: query.get("code"),
        redirect_uri: redirectUri,
        code_verifier: transaction.verifier,
      });
      return transaction.returnTo;
    },

    async getAccessToken() {
      const session = read();
      if (!session) throw new Error("signed out");
      if (session.expiresAt > Date.now() + 60_000) return session.access_token;
      refreshing ??= request({
        grant_type: "refresh_token",
        refresh_token: session.refresh_token,
      }).finally(() => (refreshing = undefined));
      return (await refreshing).access_token;
    },

    async signOut() {
      localStorage.removeItem(KEY);
    },
  };
}
