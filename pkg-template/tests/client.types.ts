// Programs against `basic-oauth` that must compile, and marked ones that must not.
import {
  BasicAuth,
  BasicAuthError,
  isBasicAuthError,
  type AuthEvent,
  type AuthState,
  type BasicAuthErrorCode,
  type BasicAuthErrorKind,
  type BasicAuthOptions,
  type DiscoveredServerOptions,
  type IdTokenClaims,
  type ServerOptions,
  type SignedOutReason,
  type User,
} from "basic-oauth";

/** Compiles only if the two types are the same. */
const same = <A, B>(
  _: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false,
) => {};

declare const auth: BasicAuth;
declare const options: BasicAuthOptions;

export async function speaksOpenIdConnect() {
  const server = { issuer: "https://as.test", tokenEncoding: "json" } as const satisfies DiscoveredServerOptions;
  const auth = await BasicAuth.start({
    clientId: "app",
    redirectUri: "https://app.test/callback",
    scope: "openid profile",
    server,
    handles: true,
    postLogoutRedirectUri: "https://app.test/bye",
  });
  // @ts-expect-error Either both endpoints are found, or none.
  const mixed: BasicAuthOptions["server"] = { issuer: "https://as.test", tokenEndpoint: "https://as.test/t" };
  await auth.signIn({ handle: "ada.basic.id", acrValues: "urn:a urn:b", maxAgeSeconds: 60 });
  await auth.signOut({ everywhere: true, returnTo: "/bye" });
  auth.claims satisfies IdTokenClaims | undefined;
  auth.claims?.sub satisfies string | undefined;
  // @ts-expect-error The claims are read-only.
  if (auth.claims) auth.claims.sub = "other";
  auth.did satisfies string | undefined;
  auth.missingScopes() satisfies string[];
  try {
    await auth.fetch("https://api.test/");
  } catch (error) {
    if (!isBasicAuthError(error)) throw error;
    const { scope, acrValues, maxAgeSeconds } = error;
    await auth.signIn({ scope, acrValues, maxAgeSeconds });
  }
  return mixed;
}

export async function starts(environment: { readonly SCOPE?: string }) {
  same<Awaited<ReturnType<typeof BasicAuth.start>>, BasicAuth>(true);
  await BasicAuth.start({ clientId: "app", redirectUri: "https://app.test/callback" });

  // An optional member may also be undefined, so that values of an environment can be passed on.
  await BasicAuth.start({
    clientId: "app",
    redirectUri: "https://app.test/callback",
    scope: environment.SCOPE,
    store: undefined,
    server: undefined,
  });

  const server = {
    authorizationEndpoint: "https://as.test/authorize",
    tokenEndpoint: "https://as.test/token",
    userinfoEndpoint: "https://as.test/userinfo",
    revocationEndpoint: "https://as.test/revoke",
    issuer: "https://as.test",
    issParameterSupported: true,
    tokenEncoding: "form",
  } as const satisfies ServerOptions;
  await BasicAuth.start({
    clientId: "app",
    redirectUri: "https://app.test/callback",
    scope: "profile app:db:write",
    store: "cookie",
    server,
    apiOrigins: ["https://api.test"] as const,
    authorizationParams: { prompt: "consent", login_hint: environment.SCOPE },
    tokenParams: { resource: ["https://a.test", "https://b.test"] as const, audience: "api" },
    requestTimeoutSeconds: 10,
    transactionLifetimeSeconds: 900,
    defaultTokenLifetimeSeconds: 3600,
    fallbackReturnTo: "/",
    loadUser: false,
    preload: "use",
    onEvent: (event) => same<typeof event, AuthEvent>(true),
    onReturn: (path) => same<typeof path, string>(true),
  });
  await BasicAuth.start({ ...options, server: "http://127.0.0.1:8081" });

  const created = BasicAuth.create(options);
  same<typeof created, BasicAuth>(true);
  same<typeof created.ready, Promise<void>>(true);
  same<ReturnType<typeof created.preload>, Promise<void>>(true);

  // @ts-expect-error There is no such moment to load the module.
  BasicAuth.create({ ...options, preload: "never" });
  // @ts-expect-error Options are required.
  await BasicAuth.start();
  // @ts-expect-error A redirect URI is required.
  await BasicAuth.start({ clientId: "app" });
  // @ts-expect-error A misspelt option does not exist.
  await BasicAuth.start({ ...options, redirectURI: "https://app.test/callback" });
  // @ts-expect-error There is no such store.
  await BasicAuth.start({ ...options, store: "indexeddb" });
  // @ts-expect-error Scopes are one string, separated by spaces.
  await BasicAuth.start({ ...options, scope: ["profile"] });
  // @ts-expect-error A server needs both endpoints that every server has.
  await BasicAuth.start({ ...options, server: { tokenEndpoint: "https://as.test/token" } });
  // @ts-expect-error A browser app has no client secret.
  await BasicAuth.start({ ...options, clientSecret: "secret" });
  // @ts-expect-error Parameters are text.
  await BasicAuth.start({ ...options, authorizationParams: { max_age: 60 } });
  // @ts-expect-error Only `start` makes a client.
  new BasicAuth();
}

export function readsTheState() {
  const { state } = auth;
  same<typeof state, AuthState>(true);
  same<typeof state.status, "loading" | "signed-out" | "signed-in">(true);

  // Read without narrowing, as a component does.
  const { isSignedIn, user, scope, reason, refresh, error } = state;
  same<typeof isSignedIn, boolean>(true);
  same<typeof user, User | undefined>(true);
  same<typeof scope, readonly string[] | undefined>(true);
  same<typeof reason, SignedOutReason | undefined>(true);
  same<typeof refresh, "ok" | "failing" | undefined>(true);
  same<typeof error, BasicAuthError | undefined>(true);

  if (state.isSignedIn) {
    same<typeof state.status, "signed-in">(true);
    same<typeof state.scope, readonly string[]>(true);
    state.user?.name?.toUpperCase();
    // @ts-expect-error The user may not be known yet.
    state.user.sub;
  } else {
    same<typeof state.user, undefined>(true);
  }

  switch (state.status) {
    case "loading":
      return "…";
    case "signed-out":
      return state.reason;
    case "signed-in":
      return state.scope.join(" ");
    default:
      same<typeof state, never>(true);
      return "";
  }
}

export function changesNoState() {
  // @ts-expect-error The state is read only.
  auth.state = { status: "loading", isSignedIn: false };
  // @ts-expect-error The state is frozen.
  auth.state.isSignedIn = true;
  if (auth.state.isSignedIn) {
    // @ts-expect-error The scope of the state is frozen.
    auth.state.scope.push("admin");
  }
}

/** A state for a component's test is written down without a cast. */
export const states: AuthState[] = [
  { status: "loading", isSignedIn: false },
  { status: "signed-out", isSignedIn: false, reason: "never" },
  { status: "signed-out", isSignedIn: false, reason: "expired", error: undefined },
  { status: "signed-in", isSignedIn: true, scope: ["profile"], refresh: "ok" },
  {
    status: "signed-in",
    isSignedIn: true,
    user: { sub: "1", name: "Ada", handle_bare: "ada" },
    scope: [],
    refresh: "failing",
  },
  // @ts-expect-error A user who is signed out has no name.
  { status: "signed-out", isSignedIn: false, reason: "never", user: { sub: "1" } },
  // @ts-expect-error A state cannot be signed out and signed in at once.
  { status: "signed-out", isSignedIn: true, reason: "never" },
  // @ts-expect-error There is no such reason.
  { status: "signed-out", isSignedIn: false, reason: "bored" },
];

/** A stand-in for a component's test needs no class. */
export const fake: BasicAuth = {
  state: { status: "loading", isSignedIn: false },
  expiresAt: undefined,
  refreshesAt: undefined,
  tokenExtras: undefined,
  claims: undefined,
  did: undefined,
  ready: Promise.resolve(),
  subscribe: () => () => {},
  preload: async () => {},
  signIn: async () => {},
  signOut: async () => {},
  getToken: async () => "token",
  fetch: globalThis.fetch,
  user: async () => ({ sub: "1" }),
  hasScope: () => true,
  missingScopes: () => [],
  close() {},
};

export async function calls() {
  const { subscribe, signIn, signOut, getToken, fetch, user, hasScope, close } = auth;
  const unsubscribe = subscribe((state) => same<typeof state, AuthState>(true));
  same<typeof unsubscribe, () => void>(true);

  await signIn();
  await signIn({});
  await signIn({
    returnTo: "/notes",
    scope: "profile email",
    authorizationParams: { login_hint: "ada@example.com" },
  });
  await signIn({ returnTo: undefined });
  await signOut();
  (await getToken()).startsWith("e");
  (await fetch("https://api.basic.tech/notes")).ok;
  (await fetch(new URL("https://api.basic.tech"), { method: "POST", body: "{}" })).status;
  (await fetch(new Request("https://api.basic.tech"))).headers;
  hasScope("profile") satisfies boolean;
  close();
  same<typeof auth.expiresAt, number | undefined>(true);
  same<typeof auth.refreshesAt, number | undefined>(true);
  auth.tokenExtras?.["instance_url"] satisfies unknown;
  // @ts-expect-error What the server sent is unknown until it is checked.
  auth.tokenExtras?.["instance_url"].length;

  await user({ reload: true });
  const known = await user();
  same<typeof known.sub, string>(true);
  same<typeof known.name, string | undefined>(true);
  same<typeof known.anythingElse, unknown>(true);
  // @ts-expect-error A claim that the server adds is unknown until it is checked.
  known.anythingElse.length;
  // @ts-expect-error The user is read only.
  known.name = "Eve";
  // @ts-expect-error A sign-in takes options, not a path.
  await signIn("/notes");
  // @ts-expect-error The event of a button is not an option: call `signIn` in a function.
  document.body.addEventListener("click", signIn);
  // @ts-expect-error The refresh token is not handed to apps.
  auth.refreshToken;
  // @ts-expect-error Members cannot be replaced.
  auth.getToken = async () => "mine";
}

export async function fails() {
  try {
    await auth.getToken();
  } catch (error) {
    if (!isBasicAuthError(error)) throw error;
    same<typeof error, BasicAuthError>(true);
    same<typeof error.name, "BasicAuthError">(true);
    same<typeof error.kind, BasicAuthErrorKind>(true);
    same<typeof error.code, BasicAuthErrorCode>(true);
    same<typeof error.status, number | undefined>(true);
    same<typeof error.retryAfterSeconds, number | undefined>(true);
    same<typeof error.errorDescription, string | undefined>(true);
    error.errorUri satisfies string | undefined;
    error.isRetryable satisfies boolean;
    error.needsSignIn satisfies boolean;
    error satisfies Error;
    const { cause, code } = error.toJSON();
    same<typeof code, BasicAuthErrorCode>(true);
    cause?.code satisfies BasicAuthErrorCode | undefined;
    if (error.code === "session-revoked" || error.kind === "network") return error.message;
    // @ts-expect-error There is no such code.
    if (error.code === "session_revoked") return "";
    // @ts-expect-error There is no such kind.
    if (error.kind === "oauth") return "";
    // @ts-expect-error An error is read only.
    error.code = "timeout";
    if (error.cause instanceof BasicAuthError) return error.cause.error;
  }
  return undefined;
}

export const kinds: Record<BasicAuthErrorKind, string> = {
  "authorization-denied": "",
  configuration: "",
  "invalid-response": "",
  misuse: "",
  network: "",
  "sign-in-required": "",
  storage: "",
  "token-endpoint": "",
  "unknown-transaction": "",
  unsupported: "",
};

export function logs(event: AuthEvent) {
  new Date(event.at);
  switch (event.type) {
    case "refresh-scheduled":
      return new Date(event.dueAt);
    case "refresh-failed":
    case "revocation-failed":
    case "sign-in-failed":
    case "user-failed":
      same<typeof event.code, BasicAuthErrorCode>(true);
      return event.code;
    case "signed-out":
      same<typeof event.reason, SignedOutReason>(true);
      return event.reason;
    // @ts-expect-error There is no such event.
    case "token-refreshed":
      return "";
    default:
      // @ts-expect-error An event without an error has no code.
      return event.code;
  }
}

export async function readsWhatElseTheServerSent() {
  same<typeof auth.tokenExtras, Readonly<Record<string, unknown>> | undefined>(true);
  same<Awaited<ReturnType<typeof auth.user>>, User>(true);
  await auth.user({ reload: true });
  await BasicAuth.start({ ...options, onReturn: "load" });
  // @ts-expect-error There is no other value.
  await BasicAuth.start({ ...options, onReturn: "reload" });
  // @ts-expect-error A parameter is text.
  await BasicAuth.start({ ...options, tokenParams: { audience: 7 } });
}
