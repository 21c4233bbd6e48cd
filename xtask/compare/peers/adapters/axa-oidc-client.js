import { OidcClient } from "@axa-fr/oidc-client";

export function create({ server, clientId, redirectUri, scope }) {
  const client = OidcClient.getOrCreate(() => fetch)({
    authority: server,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    storage: localStorage,
  });
  const restored = () => client.tokens ?? client.tryKeepExistingSessionAsync();
  return {
    signIn: (returnTo) => client.loginAsync(returnTo),
    handleCallback: async () => (await client.loginCallbackAsync()).callbackPath,
    async getAccessToken() {
      await restored();
      const { isTokensValid, tokens } = await client.getValidTokenAsync();
      if (!tokens) throw new Error("signed out");
      if (!isTokensValid) throw new Error("the token has expired");
      return tokens.accessToken;
    },
    signOut: () => client.logoutAsync(null),
  };
}
