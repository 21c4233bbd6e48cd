import { PublicClientApplication } from "@azure/msal-browser";

export function create({ server, clientId, redirectUri, scope }) {
  // The library takes no authority without TLS, but metadata with other addresses.
  const authority = server.replace("http:", "https:");
  const client = new PublicClientApplication({
    auth: {
      clientId,
      redirectUri,
      authority,
      knownAuthorities: [authority],
      authorityMetadata: JSON.stringify({
        issuer: authority,
        authorization_endpoint: `${server}/authorize`,
        token_endpoint: `${server}/oauth/token`,
        end_session_endpoint: `${server}/logout`,
        jwks_uri: `${server}/jwks`,
      }),
    },
    cache: { cacheLocation: "localStorage" },
    system: { protocolMode: "OIDC" },
  });
  const scopes = scope.split(" ");
  // The library asks for this on every page, also if it is no callback.
  const handled = client
    .initialize()
    .then(() => client.handleRedirectPromise({ navigateToLoginRequestUrl: false }));
  const initialized = handled.catch(() => undefined);
  return {
    async signIn(returnTo) {
      await initialized;
      await client.loginRedirect({ scopes, state: returnTo });
    },
    handleCallback: async () => (await handled)?.state,
    async getAccessToken() {
      await initialized;
      const [account] = client.getAllAccounts();
      return (await client.acquireTokenSilent({ account, scopes })).accessToken;
    },
    async signOut() {
      await initialized;
      await client.clearCache();
    },
  };
}
