import { Auth0Client } from "@auth0/auth0-spa-js";

export function create({ server, clientId, redirectUri, scope }) {
  const client = new Auth0Client({
    domain: server,
    clientId,
    cacheLocation: "localstorage",
    useRefreshTokens: true,
    authorizationParams: { redirect_uri: redirectUri, scope },
  });
  return {
    signIn: (returnTo) => client.loginWithRedirect({ appState: { returnTo } }),
    handleCallback: async () => (await client.handleRedirectCallback()).appState.returnTo,
    getAccessToken: () => client.getTokenSilently(),
    signOut: () => client.logout({ openUrl: false }),
  };
}
