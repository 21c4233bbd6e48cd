import LogtoClient from "@logto/browser";

export function create({ server, clientId, redirectUri }) {
  const client = new LogtoClient({ endpoint: server, appId: clientId }, true);
  return {
    // With a `postRedirectUri`, the client would load that page by itself.
    signIn(returnTo) {
      sessionStorage.setItem("returnTo", returnTo);
      return client.signIn(redirectUri);
    },
    async handleCallback() {
      await client.handleSignInCallback(location.href);
      return sessionStorage.getItem("returnTo");
    },
    getAccessToken: () => client.getAccessToken(),
    signOut: () => client.signOut(),
  };
}
