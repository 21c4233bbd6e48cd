import LogtoClient from "@logto/browser";

export function create({ server, clientId, redirectUri }) {
  const client = new LogtoClient({ endpoint: server, appId: clientId }, true);
  return {
    signIn: (returnTo) => client.signIn({ redirectUri, postRedirectUri: returnTo }),
    handleCallback: () => client.handleSignInCallback(location.href),
    getAccessToken: () => client.getAccessToken(),
    signOut: () => client.signOut(),
  };
}
