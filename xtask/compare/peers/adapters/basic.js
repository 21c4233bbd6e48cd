// What the adapters of the entries of this project share.

export function adapt({ server, clientId, redirectUri, scope }, start) {
  const options = {
    clientId,
    redirectUri,
    scope,
    server: {
      authorizationEndpoint: `${server}/authorize`,
      tokenEndpoint: `${server}/oauth/token`,
      revocationEndpoint: `${server}/revoke`,
      issuer: server,
      issParameterSupported: true,
    },
  };
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
