// What the adapters of the entries of this project share.

/** The options for plain OAuth 2.0, which need the lean module. */
export const lean = ({ server, clientId, redirectUri, scope }) => ({
  clientId,
  redirectUri,
  scope: scope.split(" ").filter((name) => name !== "openid").join(" "),
  server: {
    authorizationEndpoint: `${server}/authorize`,
    tokenEndpoint: `${server}/oauth/token`,
    revocationEndpoint: `${server}/revoke`,
    issuer: server,
    issParameterSupported: true,
  },
});

/** The options for OpenID Connect with discovery, which need the full module. */
export const full = ({ server, clientId, redirectUri, scope }) => ({
  clientId, redirectUri, scope, server: { issuer: server },
});

export function adapt(options, start) {
  let auth;
  const started = () => (auth ??= start(options));
  return {
    signIn: async (returnTo) => (await started()).signIn({ returnTo }),
    async handleCallback() {
      auth = start(options);
      const { error } = (await auth).state;
      if (error) throw error;
      return location.pathname;
    },
    getAccessToken: async () => (await started()).getToken(),
    signOut: async () => (await started()).signOut(),
  };
}
