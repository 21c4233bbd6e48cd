// The types of the package, written by hand. They are the contract: what they say is what is
// promised.

/**
 * Signs the user in with Basic, or with any authorization server, and keeps the session: the OAuth
 * 2.0 authorization code flow (RFC 6749 §4.1) with PKCE (RFC 7636, S256).
 *
 * Importing the package does nothing: no listener, no request, no storage access. It is safe in a
 * server render. Each method may be taken off its instance and called alone:
 * `useSyncExternalStore(auth.subscribe, () => auth.state)`. Instances are frozen, so that Vue's `ref`
 * and `reactive` leave them as they are.
 *
 * @example
 * ```ts
 * const auth = await BasicAuth.start({
 *   clientId: "your-client-id",
 *   redirectUri: "/callback",
 * });
 * if (!auth.state.isSignedIn) await auth.signIn();
 * ```
 */
export declare class BasicAuth {
  private constructor();

  /**
   * Completes a sign-in if this page is its callback, and restores the session if not. From then on
   * it refreshes the session. It is {@link BasicAuth.create}, and waits for
   * {@link BasicAuth.ready}.
   *
   * A sign-in or a refresh that fails does not reject: it shows as `error` in
   * {@link BasicAuth.state}. If the module fails to load, a later call tries again.
   *
   * @throws {@link BasicAuthError} of the kind `configuration` if an option is wrong, `unsupported`
   * if the page is not a secure context or the module cannot load, and `storage` if the browser
   * blocks the chosen store. No other store is used in its place. Outside a browser, as on a server,
   * in a worker or in jsdom, the code is `not-in-browser`, and nothing is loaded.
   */
  static start(options: BasicAuthOptions): Promise<BasicAuth>;

  /**
   * Does the same as {@link BasicAuth.start}, and returns at once. With the store `"local"`,
   * {@link BasicAuth.state} is right from the first moment in the two most frequent cases: no user
   * is signed in, or the stored access token needs no refresh. In all others, and in a server
   * render, it is `loading`.
   *
   * In those two cases the WebAssembly module is not needed, and loads later: see
   * {@link BasicAuthOptions.preload}. An option that is wrong is then found when it has loaded. The
   * error goes to the console, and the next call rejects with it.
   *
   * @example
   * ```ts
   * const auth = BasicAuth.create({
   *   clientId: "your-client-id",
   *   redirectUri: "/callback",
   * });
   * document.title = auth.state.isSignedIn ? "Your notes" : "Welcome";
   * ```
   */
  static create(options: BasicAuthOptions): BasicAuth;

  /**
   * Resolves when {@link BasicAuth.state} is known, and not `loading` any more. Rejects as
   * {@link BasicAuth.start} does. In a server render it never settles.
   */
  readonly ready: Promise<void>;

  /**
   * The state of the sign-in: a frozen object. A new object replaces it only if something that the
   * user sees has changed. A refreshed token changes nothing here.
   */
  readonly state: AuthState;

  /**
   * When the access token expires, in milliseconds since 1970. `undefined` if it does not, or if
   * signed out.
   */
  readonly expiresAt: number | undefined;

  /**
   * What else the server sent with the tokens, such as `instance_url`; never a token. At most 2,048
   * bytes; members beyond that are dropped. Stored with the session, but not in cookies.
   */
  readonly tokenExtras: Readonly<Record<string, unknown>> | undefined;

  /**
   * The claims of the ID token: a frozen object, read anew at each access. The token was validated
   * when it arrived: its signature if the server's keys are known, its issuer, audience, times,
   * nonce and `at_hash` (OpenID Connect Core §3.1.3.7). `undefined` if the scope has no `openid`,
   * and after a reload with the store `"cookie"`, which has no room for the token.
   */
  readonly claims: IdTokenClaims | undefined;

  /** The decentralised identifier of the user, such as `did:web:…`, if the server has named one. */
  readonly did: string | undefined;

  /** When the next refresh is due, in milliseconds since 1970. `undefined` if none is scheduled. */
  readonly refreshesAt: number | undefined;

  /**
   * Calls `listener` with each new {@link BasicAuth.state}. With `immediate: true`, it calls it at
   * once with the current one as well, before `subscribe` returns. The returned function ends the
   * subscription. What a listener throws is reported as an uncaught error, and stops nothing.
   *
   * @example
   * ```ts
   * auth.subscribe(
   *   (state) => {
   *     document.title = state.isSignedIn ? "Your notes" : "Welcome";
   *   },
   *   { immediate: true },
   * );
   * ```
   */
  readonly subscribe: (
    listener: (state: AuthState) => void,
    options?: SubscribeOptions,
  ) => () => void;

  /**
   * Loads the module now, before something needs it: for example when the pointer reaches a button
   * of your own. `<basic-sign-in>` does so by itself.
   *
   * @throws {@link BasicAuthError} with the code `load-failed` or `no-webassembly`, and as
   * {@link BasicAuth.start}.
   */
  readonly preload: () => Promise<void>;

  /**
   * Leaves the page for the authorization server (RFC 6749 §4.1.1).
   *
   * The promise settles only if the page stays: after about ten seconds, or when the page comes
   * back out of the back/forward cache.
   *
   * While a user is signed in, the session stays until the new sign-in succeeds, and a `scope` is
   * asked for in addition to what was granted.
   *
   * @throws {@link BasicAuthError} if the sign-in cannot begin: of the kind `configuration` if a
   * scope, a parameter, a handle or `returnTo` is wrong, `unsupported` inside a frame, `storage` if the browser
   * can store nothing, `misuse` after {@link BasicAuth.close} or in a sign-in loop
   * (`sign-in-loop`), and `network` or `invalid-response` if the server has to be found and cannot.
   */
  readonly signIn: (options?: SignInOptions) => Promise<void>;

  /**
   * Ends the session. When the call returns, memory and store are empty and the other tabs are
   * signed out, even if the network is down. If the module has not loaded yet, that is so when the
   * promise resolves. If the server has a `revocationEndpoint` (RFC 7009), the promise also waits
   * for it.
   *
   * If the server cannot be reached, the promise still resolves, and the event `revocation-failed`
   * says so.
   *
   * With `everywhere: true`, the browser then leaves for the server's end-session endpoint (OpenID
   * Connect RP-Initiated Logout 1.0), if it has one, so that the next sign-in asks the user again.
   * The promise settles only if the page stays.
   *
   * @throws {@link BasicAuthError} of the kind `storage` if the stored session cannot be removed,
   * `misuse` after {@link BasicAuth.close}, `unsupported` if a page in a frame would have to leave,
   * and `configuration` if an option is wrong; then the browser does not leave. The user is signed
   * out here in any case.
   */
  readonly signOut: (options?: SignOutOptions) => Promise<void>;

  /**
   * Returns an access token that has not expired, after a refresh if one is due. Prefer
   * {@link BasicAuth.fetch}, which sends the token to configured origins only.
   *
   * @throws {@link BasicAuthError} of the kind `sign-in-required` if no user is signed in or the
   * session has ended, and `network` if the token has expired and cannot be refreshed now.
   */
  readonly getToken: () => Promise<string>;

  /**
   * Calls the browser's `fetch` with the access token as `Authorization: Bearer` (RFC 6750 §2.1).
   * Only the origins in `apiOrigins` and those of the server's own endpoints are allowed. If the
   * answer is a 401, the token is refreshed and the request sent once more. Redirects are not
   * followed.
   *
   * A request belongs to the session that it began with: it is never sent with another user's
   * token. The promise resolves with any HTTP status. If the API cannot be reached, it rejects with
   * the `TypeError` of `fetch`. An aborted request rejects at once with the reason of its signal,
   * also while it waits for the token.
   *
   * An API that asks for more does so with the status 401 or 403 and the header
   * `WWW-Authenticate`. If it asks for a wider scope (RFC 6750 §3.1) or for a stronger or more
   * recent sign-in (RFC 9470), the promise rejects, and the error says what to ask for. The API
   * must list the header in `Access-Control-Expose-Headers`.
   *
   * @throws {@link BasicAuthError} with the code `origin-not-allowed`, `insufficient-scope` or
   * `insufficient-user-authentication`, and the errors of {@link BasicAuth.getToken}.
   *
   * @example
   * ```ts
   * try {
   *   await auth.fetch("/api/transfer", { method: "POST" });
   * } catch (error) {
   *   if (!isBasicAuthError(error) || error.kind !== "sign-in-required") throw error;
   *   const { scope, acrValues, maxAgeSeconds } = error;
   *   await auth.signIn({ scope, acrValues, maxAgeSeconds });
   * }
   * ```
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

  /**
   * Returns the user who is signed in (OpenID Connect Core §5.3), read from the server if not known
   * yet. With `reload: true`, it always asks the server. {@link BasicAuth.state} shows the user
   * afterwards.
   *
   * The SDK reads the user by itself after a sign-in, and once in a page if that was over an hour
   * ago. The cookie store has no room for the user, so with it the SDK asks once in each page.
   *
   * @throws {@link BasicAuthError} of the kind `configuration` if the server has no
   * `userinfoEndpoint`, `token-endpoint` or `invalid-response` if it does not name the user, and
   * the errors of {@link BasicAuth.getToken}.
   */
  readonly user: (options?: { readonly reload?: boolean | undefined }) => Promise<User>;

  /**
   * Returns whether the granted scope includes this one, by name or by Basic's implication: `admin`
   * grants `write`, and `write` grants `read`, `create`, `update` and `delete`, each on its own
   * resource. False if no user is signed in.
   */
  readonly hasScope: (scope: string) => boolean;

  /**
   * Returns the names in the configured scope that were not granted, by the rule of
   * {@link BasicAuth.hasScope}. All of them if no user is signed in.
   */
  readonly missingScopes: () => string[];

  /**
   * Stops the refresh and every subscription of this instance. The session stays in its store, and
   * the last state can still be read. Methods that are called afterwards reject with the code
   * `closed`.
   */
  readonly close: () => void;
}

/** Options of a single subscription. */
export interface SubscribeOptions {
  /** Whether the listener is called at once with the current state. Default: false. */
  readonly immediate?: boolean | undefined;
}

/**
 * The options of {@link BasicAuth.start} and {@link BasicAuth.create}. A member that is `undefined`
 * counts as absent.
 */
export interface BasicAuthOptions {
  /** The identifier of the app at the server (RFC 6749 §2.2). */
  readonly clientId: string;

  /**
   * The address that the server sends the user back to: exactly the URI that is registered there.
   * It must have this page's origin, with `https`, or `http` on a loopback host (RFC 9700 §2.1).
   * Prefer a path that serves nothing else, and a different one for each server (RFC 9700 §4.4.2).
   *
   * A relative one is resolved against the origin, never against the page's own path: on each page
   * of `https://app.example`, `"/callback"` and `"callback"` are `https://app.example/callback`. The
   * server always gets the absolute one, so register that for each origin that the app runs on.
   *
   * @example
   * ```ts
   * // `http://localhost:5173/callback` in development, `https://app.example/callback` in production.
   * const options = { clientId: "your-client-id", redirectUri: "/callback" };
   * ```
   */
  readonly redirectUri: string;

  /**
   * The scopes that the app asks for, separated by spaces (RFC 6749 §3.3). An empty string sends no
   * `scope`, which Basic refuses. With `openid`, the server must send an ID token, which is
   * validated: see {@link BasicAuth.claims}. Default: `"profile"`.
   */
  readonly scope?: string | undefined;

  /** The store that keeps the session. Default: `"local"`. */
  readonly store?: SessionStore | undefined;

  /**
   * The authorization server: the origin of a Basic-compatible server, or the endpoints or the
   * issuer of any other. Default: `"https://api.basic.tech"`.
   */
  readonly server?: string | ServerOptions | DiscoveredServerOptions | undefined;

  /**
   * Whether {@link BasicAuth.signIn} takes the handle of a Basic user, whose own server is then
   * found. Default: false.
   */
  readonly handles?: boolean | undefined;

  /**
   * The address that the server sends the user back to after a sign-out there: exactly a URI that
   * is registered for that, of this page's origin. A relative one is resolved like `redirectUri`.
   * Default: `redirectUri`.
   */
  readonly postLogoutRedirectUri?: string | undefined;

  /**
   * The origins that {@link BasicAuth.fetch} may send the access token to, in addition to those of
   * the token and user information endpoints. `"self"` is the origin of this page. Default: no
   * others.
   */
  readonly apiOrigins?: readonly string[] | undefined;

  /**
   * Extra parameters of every authorization request, such as `{ prompt: "consent" }`. A parameter
   * that the protocol sets itself is an error (`reserved-parameter`). Default: none.
   */
  readonly authorizationParams?: ExtraParameters | undefined;

  /**
   * Extra parameters of every token request, at the exchange and at each refresh, such as `{
   * resource: "https://api.example" }` (RFC 8707) or `{ audience: ["a", "b"] }`. A parameter that
   * the protocol sets itself is an error (`reserved-parameter`). Default: none.
   */
  readonly tokenParams?: ExtraParameters | undefined;

  /** How long one request to the server may take, in seconds. Default: 10. */
  readonly requestTimeoutSeconds?: number | undefined;

  /** How long the user may take at the server, in seconds. Default: 900, a quarter of an hour. */
  readonly transactionLifetimeSeconds?: number | undefined;

  /**
   * The lifetime of an access token in seconds, if the server names none and sends a refresh token.
   * Without a refresh token, such an access token does not expire. Default: 3600.
   */
  readonly defaultTokenLifetimeSeconds?: number | undefined;

  /**
   * The path that the user goes to after a sign-in if no better one is known, on this origin: an
   * address of another is refused (`invalid-option`). Default: the folder of the redirect URI, such as `"/project/"` for `https://you.example/project/callback`.
   */
  readonly fallbackReturnTo?: string | undefined;

  /** Whether the SDK reads the user information after a sign-in. Default: true. */
  readonly loadUser?: boolean | undefined;

  /**
   * When the WebAssembly module loads on a page that does not need it yet.
   *
   * - `"idle"`: when the page has loaded and the browser has nothing else to do. The default.
   * - `"use"`: when something needs it, such as a sign-in, a request, or a refresh that is due.
   */
  readonly preload?: "idle" | "use" | undefined;

  /** Called for every step of the flow, for a log. No event holds a secret. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined;

  /**
   * How the user gets back to the page on which the sign-in began, after a success and after a
   * refusal.
   *
   * - A function gets the path with query and fragment, and navigates. The routers of Next and
   *   SvelteKit need this.
   * - `"load"` loads that page. Use it if pages are separate documents, but not with the store
   *   `"memory"`.
   * - Default: the address is replaced, and a `popstate` event tells the router.
   */
  readonly onReturn?: ((path: string) => void) | "load" | undefined;
}

/** Parameters by name. A parameter with several values is sent once for each. */
export type ExtraParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The store that keeps the session.
 *
 * - `local`: `localStorage`. All tabs of the origin share the session, until sign-out.
 * - `session`: `sessionStorage`. The session belongs to this tab, until it closes.
 * - `cookie`: cookies of this origin. All tabs share the session, and each request to the app's own
 *   server carries it. Script can read the cookies: they are not `HttpOnly`.
 * - `memory`: the session lasts until this page is left or reloaded.
 */
export type SessionStore = "local" | "session" | "cookie" | "memory";

/**
 * An authorization server by its endpoints, each an absolute `https` URL (or `http` on loopback).
 */
export interface ServerOptions extends OptionalServerOptions {
  /** The endpoint that the user is sent to (RFC 6749 §3.1). */
  readonly authorizationEndpoint: string;

  /** The endpoint that exchanges codes and refresh tokens for tokens (RFC 6749 §3.2). */
  readonly tokenEndpoint: string;

  /**
   * The issuer, compared byte for byte with `iss` of the callback and of an ID token. Default:
   * none. Then `iss` of the callback is ignored, unless another client of this origin has that
   * issuer, and an ID token must name an issuer of the token endpoint's origin.
   */
  readonly issuer?: string | undefined;
}

/**
 * An authorization server by its issuer alone. Its endpoints are found at the first sign-in (OpenID
 * Connect Discovery 1.0, RFC 8414), and kept for ten minutes. A sign-in and its session keep the
 * endpoints that they began with. An endpoint that is set here as well wins.
 */
export interface DiscoveredServerOptions extends OptionalServerOptions {
  /** The issuer, compared byte for byte with that of the metadata, of the callback and of ID tokens. */
  readonly issuer: string;
  readonly authorizationEndpoint?: undefined;
  readonly tokenEndpoint?: undefined;
}

/** What a server may have. Endpoints are absolute `https` URLs (or `http` on loopback). */
export interface OptionalServerOptions {
  /**
   * The endpoint of the user information (OpenID Connect Core §5.3). Default: the server has none.
   */
  readonly userinfoEndpoint?: string | undefined;

  /** The endpoint that revokes tokens (RFC 7009). Without one, sign-out is local. Default: none. */
  readonly revocationEndpoint?: string | undefined;

  /** The endpoint that signs the user out of the server (RP-Initiated Logout 1.0). Default: none. */
  readonly endSessionEndpoint?: string | undefined;

  /**
   * The keys that an ID token's signature is verified with (RFC 7517). Default: none, if the
   * endpoints are set here. Then an ID token is trusted because it came over TLS from the token
   * endpoint (OpenID Connect Core §3.1.3.7, point 6).
   */
  readonly jwksUri?: string | undefined;

  /**
   * Whether a callback without `iss` is refused (RFC 9207 §2.4). Needs `issuer`. Default: false.
   */
  readonly issParameterSupported?: boolean | undefined;

  /**
   * The encoding of token requests: a form, as RFC 6749 defines it, or JSON, as Basic documents it.
   * Default: `"form"`.
   */
  readonly tokenEncoding?: "form" | "json" | undefined;
}

/** Options for a single sign-in. */
export interface SignInOptions {
  /**
   * The path to return to afterwards, on this origin. An address of another origin is refused
   * (`invalid-option`), before anything is stored. Default: the current page.
   */
  readonly returnTo?: string | undefined;

  /**
   * The scopes to ask for this time, separated by spaces. While a user is signed in, those that
   * were granted are asked for as well. Default: the `scope` of the options.
   */
  readonly scope?: string | undefined;

  /**
   * The handle of a Basic user, such as `"ada.basic.id"`. The user signs in at their own server.
   * Needs the option {@link BasicAuthOptions.handles}. Default: none.
   */
  readonly handle?: string | undefined;

  /**
   * The authentication contexts to choose from, separated by spaces (`acr_values`, RFC 9470). An ID
   * token must then name one of them. Default: any.
   */
  readonly acrValues?: string | undefined;

  /**
   * The longest time since the user's last authentication, in seconds (`max_age`). If it was longer
   * ago, the server asks the user again, and an ID token must say when. Default: any.
   */
  readonly maxAgeSeconds?: number | undefined;

  /**
   * Extra parameters of this authorization request, such as `{ login_hint: "ada@example.com" }`.
   */
  readonly authorizationParams?: ExtraParameters | undefined;
}

/** Options for a single sign-out. */
export interface SignOutOptions {
  /** Whether the user is signed out at the server as well, which leaves this page. Default: false. */
  readonly everywhere?: boolean | undefined;

  /**
   * The path to return to when the server sends the user back, on this origin. An address of another
   * origin is refused (`invalid-option`) after the sign-out here, and the browser does not leave.
   * Default: the current page.
   */
  readonly returnTo?: string | undefined;
}

/**
 * The claims of an ID token (OpenID Connect Core §2), as the server sent them. Show them as text,
 * never as markup.
 */
export interface IdTokenClaims {
  /** The issuer. */
  readonly iss: string;
  /** The identifier of the user at this server. Use it, and nothing else, as a key. */
  readonly sub: string;
  /** The client, or a list of it alone. */
  readonly aud: string | readonly string[];
  /** When the ID token expires, in seconds since 1970. It does not end the session. */
  readonly exp: number;
  /** When the ID token was issued, in seconds since 1970. */
  readonly iat: number;
  /** When the user was authenticated, in seconds since 1970. */
  readonly auth_time?: number;
  /** The authentication context. */
  readonly acr?: string;
  readonly [claim: string]: unknown;
}

/**
 * The state of the sign-in. Every member can be read without a check of `status`. A check of
 * `status` or `isSignedIn` tells TypeScript which members are present.
 */
export type AuthState = LoadingState | SignedOutState | SignedInState;

/** Not known yet: the session is being read, or a callback is being processed. */
export interface LoadingState {
  readonly status: "loading";
  readonly isSignedIn: false;
  readonly user?: undefined;
  readonly scope?: undefined;
  readonly refresh?: undefined;
  readonly reason?: undefined;
  readonly error?: undefined;
}

/** No user is signed in. */
export interface SignedOutState {
  readonly status: "signed-out";
  readonly isSignedIn: false;
  /** Why the user is signed out. */
  readonly reason: SignedOutReason;
  /** What went wrong, if something did. */
  readonly error?: BasicAuthError | undefined;
  readonly user?: undefined;
  readonly scope?: undefined;
  readonly refresh?: undefined;
}

/** A user is signed in. */
export interface SignedInState {
  readonly status: "signed-in";
  readonly isSignedIn: true;
  /** The user information, once it is known. */
  readonly user?: User | undefined;
  /** The scopes that the server granted. */
  readonly scope: readonly string[];
  /** Whether the last refresh failed. The session is kept then, and the SDK tries again. */
  readonly refresh: "ok" | "failing";
  /** The last error, until a later success clears it. */
  readonly error?: BasicAuthError | undefined;
  readonly reason?: undefined;
}

/**
 * Why no user is signed in.
 *
 * - `never`: this browser remembers no sign-in.
 * - `signed-out`: `signOut` was called here.
 * - `signed-out-elsewhere`: `signOut` was called in another tab.
 * - `expired`: the access token expired, and there was no refresh token.
 * - `revoked`: the server refused to refresh the session.
 */
export type SignedOutReason =
  | "never"
  | "signed-out"
  | "signed-out-elsewhere"
  | "expired"
  | "revoked";

/**
 * What the server says about the user (OpenID Connect Core §5.3). Only `sub` is validated; the rest
 * is as the server sent it. Show it as text, never as markup.
 */
export interface User {
  /** The identifier of the user at this server. Use it, and nothing else, as a key. */
  readonly sub: string;
  /** The name to show. */
  readonly name?: string;
  /** The email address. */
  readonly email?: string;
  /** The address of a picture. */
  readonly picture?: string;
  readonly [claim: string]: unknown;
}

/** A step of the flow, without any secret. `at` is in milliseconds since 1970. */
export type AuthEvent =
  /** This tab adopted the tokens that another tab stored. */
  | { readonly type: "adopted"; readonly at: number }
  /** A callback was ignored: it belongs to no pending sign-in, and a user is signed in. */
  | { readonly type: "callback-ignored"; readonly at: number }
  /** A callback was found, and the address was cleaned. */
  | { readonly type: "callback-received"; readonly at: number }
  /** The exchange of the code for tokens started. */
  | { readonly type: "exchange-started"; readonly at: number }
  /** The access token was refreshed. */
  | { readonly type: "refreshed"; readonly at: number }
  /** The module did not load. The next call that needs it tries again. */
  | { readonly type: "load-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** A refresh failed; the session is kept. */
  | { readonly type: "refresh-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The next refresh is scheduled for `dueAt`, in milliseconds since 1970. */
  | { readonly type: "refresh-scheduled"; readonly at: number; readonly dueAt: number }
  /** A refresh started. */
  | { readonly type: "refresh-started"; readonly at: number }
  /** A stored session was restored. */
  | { readonly type: "restored"; readonly at: number }
  /** The server could not be reached to revoke the tokens of a sign-out. */
  | { readonly type: "revocation-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** A sign-in failed. */
  | { readonly type: "sign-in-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The browser is leaving for the authorization server. */
  | { readonly type: "sign-in-started"; readonly at: number }
  /** The user signed in. */
  | { readonly type: "signed-in"; readonly at: number }
  /** The session ended. */
  | { readonly type: "signed-out"; readonly at: number; readonly reason: SignedOutReason }
  /** The user information could not be read; the session is kept. */
  | { readonly type: "user-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The user information was read. */
  | { readonly type: "user-loaded"; readonly at: number };

/**
 * Why a call failed: `kind` says who has to act, `code` says what happened. Both are stable; the
 * message is not. No error holds a token, a code or a verifier.
 *
 * Use {@link isBasicAuthError} to recognise it: a page may hold two copies of this package, and
 * `instanceof` knows only one.
 */
export declare class BasicAuthError extends Error {
  private constructor();
  readonly name: "BasicAuthError";
  /** Who has to act. */
  readonly kind: BasicAuthErrorKind;
  /** What happened. */
  readonly code: BasicAuthErrorCode;
  /** The server's own code, such as `access_denied` (RFC 6749 §4.1.2.1 and §5.2). */
  readonly error?: string;
  /** The server's text for a developer. Show it as text, never as markup. */
  readonly errorDescription?: string;
  /** The server's page about the error: `https`, or `http` on a loopback host. */
  readonly errorUri?: string;
  /** The HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** How long the server asked the client to wait, in seconds (`Retry-After`, RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Whether the same call may succeed later without any change. */
  readonly isRetryable: boolean;
  /** Whether only a new sign-in helps. */
  readonly needsSignIn: boolean;
  /** The authentication contexts that an API asks for. Give them to the next sign-in. */
  readonly acrValues?: string;
  /** The longest time since the user's last authentication that an API accepts, in seconds. */
  readonly maxAgeSeconds?: number;
  /** The scope that an API asks for. Give it to the next sign-in. */
  readonly scope?: string;
  /** The error that led to this one, if there is one. */
  readonly cause?: unknown;
  /** Returns every field, for a log. A cause from outside this package is left out. */
  toJSON(): BasicAuthErrorJson;
}

/** A {@link BasicAuthError} as plain data. */
export interface BasicAuthErrorJson {
  readonly name: "BasicAuthError";
  readonly message: string;
  readonly kind: BasicAuthErrorKind;
  readonly code: BasicAuthErrorCode;
  readonly error?: string;
  readonly errorDescription?: string;
  readonly errorUri?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly isRetryable: boolean;
  readonly needsSignIn: boolean;
  readonly acrValues?: string;
  readonly maxAgeSeconds?: number;
  readonly scope?: string;
  readonly cause?: BasicAuthErrorJson;
}

/** Returns whether a value is an error of this package, or of another copy of it. */
export declare function isBasicAuthError(value: unknown): value is BasicAuthError;

/** Who has to act. */
export type BasicAuthErrorKind = keyof BasicAuthErrorCodes;

/** What happened. */
export type BasicAuthErrorCode = BasicAuthErrorCodes[BasicAuthErrorKind];

/** The codes of each kind. */
export interface BasicAuthErrorCodes {
  /** The user or the server refused, in the redirect: offer the button again. */
  "authorization-denied": "access-denied" | "authorization-error" | "authorization-unavailable";

  /** The developer: an option is wrong. */
  configuration:
    | "invalid-api-origin"
    | "invalid-endpoint"
    | "invalid-handle"
    | "invalid-option"
    | "invalid-redirect-uri"
    | "invalid-scope"
    | "reserved-parameter";

  /** The server: its answer breaks the protocol. It may also be an attack. */
  "invalid-response":
    | "code-and-error"
    | "duplicate-parameter"
    | "invalid-id-token"
    | "invalid-metadata"
    | "invalid-token-response"
    | "invalid-user-info"
    | "issuer-mismatch"
    | "issuer-missing"
    | "missing-state"
    | "not-json"
    | "response-too-large"
    | "subject-mismatch"
    | "unexpected-parameter"
    | "unexpected-status"
    | "unsupported-token-type";

  /** The developer: the call is not possible in this state. */
  misuse: "closed" | "not-initialized" | "origin-not-allowed" | "sign-in-loop";

  /** No action is needed: try again later. */
  network: "network-error" | "server-unavailable" | "timeout";

  /** The app: there is no session, it has ended, or it does not suffice. Offer the button. */
  "sign-in-required":
    | "insufficient-scope"
    | "insufficient-user-authentication"
    | "not-signed-in"
    | "session-expired"
    | "session-revoked";

  /** The environment: storage is blocked, full or unreadable. */
  storage: "storage-full" | "storage-unavailable";

  /** The server: it refused over HTTP. */
  "token-endpoint": "invalid-grant" | "token-error";

  /** The user: a callback is too old, or arrived twice. Offer the button again. */
  "unknown-transaction": "transaction-expired" | "unknown-state";

  /** The environment: there is no page, or it is insecure, framed, or lacks a facility. */
  unsupported:
    | "framed"
    | "insecure-context"
    | "load-failed"
    | "no-secure-random"
    | "no-webassembly"
    | "not-in-browser"
    | "unsupported-algorithm";
}
