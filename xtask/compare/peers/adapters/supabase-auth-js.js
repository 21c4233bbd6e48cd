import { AuthClient } from "@supabase/auth-js";

export function create({ server, redirectUri }) {
  const client = new AuthClient({
    url: `${server}/supabase`,
    flowType: "pkce",
    storageKey: "supabase",
  });
  const unwrap = ({ data, error }) => {
    if (error) throw error;
    return data;
  };
  return {
    async signIn(returnTo) {
      const redirectTo = `${redirectUri}?returnTo=${encodeURIComponent(returnTo)}`;
      unwrap(await client.signInWithOAuth({ provider: "compare", options: { redirectTo } }));
    },
    async handleCallback() {
      // The client has begun the exchange by itself.
      const { error } = await client.initialize();
      if (error) throw error;
      return new URLSearchParams(location.search).get("returnTo");
    },
    async getAccessToken() {
      const { session } = unwrap(await client.getSession());
      if (!session) throw new Error("signed out");
      return session.access_token;
    },
    signOut: async () => unwrap(await client.signOut({ scope: "local" })),
  };
}
