import { OktaAuth } from "@okta/okta-auth-js/core";

// The services of `start()` refresh in the background. They are off, as an app asks for its tokens.
export function create({ server, clientId, redirectUri, scope }) {
  const client = new OktaAuth({
    issuer: server,
    clientId,
    redirectUri,
    scopes: scope.split(" "),
    authorizeUrl: `${server}/authorize`,
    tokenUrl: `${server}/oauth/token`,
    revokeUrl: `${server}/revoke`,
    logoutUrl: `${server}/logout`,
  });
  return {
    signIn: (originalUri) => client.signInWithRedirect({ originalUri }),
    async handleCallback() {
      const { tokens } = await client.token.parseFromUrl();
      client.tokenManager.setTokens(tokens);
      const returnTo = client.getOriginalUri();
      client.removeOriginalUri();
      return returnTo;
    },
    async getAccessToken() {
      const token = await client.getOrRenewAccessToken();
      if (!token) throw new Error("no token");
      return token;
    },
    signOut: async () => client.tokenManager.clear(),
  };
}
