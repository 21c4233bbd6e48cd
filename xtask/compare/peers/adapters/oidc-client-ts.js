import { UserManager, WebStorageStateStore } from "oidc-client-ts";

export function create({ server, clientId, redirectUri, scope }) {
  const manager = new UserManager({
    authority: server,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    userStore: new WebStorageStateStore({ store: localStorage }),
  });
  return {
    signIn: (returnTo) => manager.signinRedirect({ state: returnTo }),
    handleCallback: async () => (await manager.signinRedirectCallback()).state,
    async getAccessToken() {
      let user = await manager.getUser();
      if (!user) throw new Error("signed out");
      if (user.expired) user = await manager.signinSilent();
      return user.access_token;
    },
    signOut: () => manager.removeUser(),
  };
}
