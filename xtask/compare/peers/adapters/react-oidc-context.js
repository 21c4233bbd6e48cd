import { WebStorageStateStore } from "oidc-client-ts";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { AuthProvider, useAuth } from "react-oidc-context";

export function create({ server, clientId, redirectUri, scope }) {
  const settings = {
    authority: server,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    userStore: new WebStorageStateStore({ store: localStorage }),
  };
  let auth;
  let loaded;

  function Session({ onLoad }) {
    auth = useAuth();
    if (!auth.isLoading) onLoad();
    return null;
  }

  // The provider handles a callback when it is mounted, and reads the stored session otherwise.
  const load = () =>
    (loaded ??= new Promise((onLoad) => {
      const session = createElement(Session, { onLoad });
      const root = createRoot(document.createElement("div"));
      root.render(createElement(AuthProvider, settings, session));
    }));

  return {
    async signIn(returnTo) {
      await load();
      await auth.signinRedirect({ state: returnTo });
    },
    async handleCallback() {
      await load();
      if (auth.error) throw auth.error;
      return auth.user.state;
    },
    async getAccessToken() {
      await load();
      if (!auth.user) throw auth.error ?? new Error("signed out");
      return (auth.user.expired ? await auth.signinSilent() : auth.user).access_token;
    },
    async signOut() {
      await load();
      await auth.removeUser();
    },
  };
}
