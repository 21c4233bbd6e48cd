// The types of the package, written by hand: what they say is what is promised.

/**
 * A sign-in with Basic, or with any authorization server, in this page: OAuth 2.0 authorization
 * code flow (RFC 6749 §4.1) with PKCE (RFC 7636, S256).
 *
 * Importing it does nothing: no listener, no request, no storage access; safe in a server render.
 * Every member of an instance may be taken off it and called alone:
 * `useSyncExternalStore(auth.subscribe, () => auth.state)`.
 *
 * @example
 * ```ts
 * const auth = await BasicAuth.start({
 *   clientId: "your-client-id",
 *   redirectUri: `${location.origin}/callback`,
 * });
 * if (!auth.state.isSignedIn) await auth.signIn();
 * ```
 */
export declare class BasicAuth {
  private constructor();

  /**
   * Loads the module, completes a sign-in if this page is its callback, else restores the session,
   * and begins to refresh it.
   *
   * A sign-in or a refresh that fails is no rejection: it is `error` in {@link BasicAuth.state}.
   * A failed load is not remembered, so a later call may succeed.
   *
   * @throws {@link BasicAuthError} of the kind `configuration` for a wrong option, `unsupported`
   * where the page is not a secure context or the module cannot load, `storage` where the store
   * that was asked for is blocked. No other store is used in its place.
   */
  static start(options: BasicAuthOptions): Promise<BasicAuth>;

  /**
   * Who is signed in, as a frozen object that is replaced only when something a person sees has
   * changed. A refreshed token changes nothing here.
   */
  readonly state: AuthState;

  /** When the access token expires, in milliseconds since 1970; `undefined` if there is no such time. */
  readonly expiresAt: number | undefined;

  /**
   * What else the server sent with the tokens, such as `instance_url`; never a token. Up to 2,048
   * bytes, more is left out. Kept with the session, but not in cookies.
   */
  readonly tokenExtras: Readonly<Record<string, unknown>> | undefined;

  /** When the next refresh is due, in milliseconds since 1970; `undefined` where none is planned. */
  readonly refreshesAt: number | undefined;

  /**
   * Calls `listener` with each new {@link BasicAuth.state}, not with the current one, until the
   * returned function is called.
   */
  readonly subscribe: (listener: (state: AuthState) => void) => () => void;

  /**
   * Leaves the page for the authorization server (RFC 6749 §4.1.1).
   *
   * The promise settles only where the page stays: about ten seconds later, or when the page comes
   * back out of the back/forward cache.
   *
   * @throws {@link BasicAuthError} where the sign-in cannot begin: of the kind `configuration` for
   * a wrong scope or parameter, `unsupported` inside a frame, `storage` where nothing can be kept,
   * `misuse` after {@link BasicAuth.close}.
   */
  readonly signIn: (options?: SignInOptions) => Promise<void>;

  /**
   * Ends the session. Memory, store and the other tabs are done when the call returns, whatever the
   * network does; the promise also waits for the server to hear of it, where it has a
   * `revocationEndpoint` (RFC 7009).
   *
   * A server that cannot be told is an event (`revocation-failed`), not a rejection.
   *
   * @throws {@link BasicAuthError} of the kind `storage` where the stored session cannot be
   * removed, `misuse` after {@link BasicAuth.close}.
   */
  readonly signOut: () => Promise<void>;

  /**
   * An access token that has not expired; refreshed first where it is due. Prefer
   * {@link BasicAuth.fetch}, which shows the token to configured origins only.
   *
   * @throws {@link BasicAuthError} of the kind `sign-in-required` where nobody is signed in or the
   * session has ended, `network` where the token has expired and cannot be refreshed now.
   */
  readonly getToken: () => Promise<string>;

  /**
   * The browser's `fetch` with the access token as `Authorization: Bearer` (RFC 6750 §2.1), to the
   * origins of `apiOrigins` and of the server's own endpoints only. After an answer of 401 the token
   * is refreshed and the request sent once more. Redirects are not followed.
   *
   * A request belongs to the session that it began with: it is never sent with another user's token.
   * An answer is an answer, whatever its status; a failure to reach the API is the `TypeError` of
   * `fetch`. An aborted request rejects at once with the reason of its signal, also while it waits
   * for the token.
   *
   * @throws {@link BasicAuthError} with the code `origin-not-allowed`, and as
   * {@link BasicAuth.getToken}.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

  /**
   * The user who is signed in (OpenID Connect Core §5.3): as known, else read from the server; then
   * also part of {@link BasicAuth.state}. With `reload: true`, read from the server in any case.
   *
   * The SDK reads the user after a sign-in, and once in a page if that was over an hour ago; with the
   * cookie store, which has no room for the user, once in each page.
   *
   * @throws {@link BasicAuthError} of the kind `configuration` where the server has no
   * `userinfoEndpoint`, `token-endpoint` or `invalid-response` where it does not say who it is, and
   * as {@link BasicAuth.getToken}.
   */
  readonly user: (options?: { readonly reload?: boolean | undefined }) => Promise<User>;

  /**
   * Whether the granted scope includes this one, by itself or by Basic's implication: `admin`
   * grants `write`, and `write` grants `read`, `create`, `update` and `delete`, each on its own
   * resource. False where nobody is signed in.
   */
  readonly hasScope: (scope: string) => boolean;

  /**
   * Stops refresh and every subscription of this instance; the session stays in its store. What is
   * called afterwards rejects with the code `closed`; the last state stays readable.
   */
  readonly close: () => void;
}

/** What {@link BasicAuth.start} needs to know. A member that is `undefined` counts as absent. */
export interface BasicAuthOptions {
  /** The identifier of the app at the server (RFC 6749 §2.2). */
  readonly clientId: string;

  /**
   * Where the server sends the user back to: the exact URI that is registered there, of this page's
   * origin, `https` or `http` on a loopback host (RFC 9700 §2.1). Best a path with nothing else on it,
   * and another one for each server (RFC 9700 §4.4.2).
   */
  readonly redirectUri: string;

  /**
   * What the app asks for, separated by spaces (RFC 6749 §3.3). An empty string sends no `scope`,
   * which Basic refuses. With `openid`, a `nonce` is sent as well. Default: `"profile"`.
   */
  readonly scope?: string | undefined;

  /** Where the session is kept. Default: `"local"`. */
  readonly store?: SessionStore | undefined;

  /**
   * The authorization server: the origin of one that speaks as Basic does, or the endpoints of any
   * other. Default: `"https://api.basic.tech"`.
   */
  readonly server?: string | ServerOptions | undefined;

  /**
   * The origins that {@link BasicAuth.fetch} may send the access token to, besides those of the
   * token and user information endpoints. Default: none besides.
   */
  readonly apiOrigins?: readonly string[] | undefined;

  /**
   * More parameters of every authorization request, such as `{ prompt: "consent" }`. Those that the
   * protocol sets itself are refused as `reserved-parameter`. Default: none.
   */
  readonly authorizationParams?: ExtraParameters | undefined;

  /**
   * More parameters of every token request, at the exchange and at each refresh, such as
   * `{ resource: "https://api.example" }` (RFC 8707) or `{ audience: ["a", "b"] }`. Those that the
   * protocol sets itself are refused as `reserved-parameter`. Default: none.
   */
  readonly tokenParams?: ExtraParameters | undefined;

  /** How long one request to the server may take, in seconds. Default: 10. */
  readonly requestTimeoutSeconds?: number | undefined;

  /** How long a person may take at the server, in seconds. Default: 900, a quarter of an hour. */
  readonly transactionLifetimeSeconds?: number | undefined;

  /**
   * The lifetime of an access token whose server names none, in seconds, if there is a refresh token;
   * without one, such a token does not expire. Default: 3600.
   */
  readonly defaultTokenLifetimeSeconds?: number | undefined;

  /**
   * Where the user goes after a sign-in that knows no better place: a path. Default: the folder of the
   * redirect URI, such as `"/project/"` for `https://you.example/project/callback`.
   */
  readonly fallbackReturnTo?: string | undefined;

  /** Whether the user information is read as soon as somebody is signed in. Default: true. */
  readonly loadUser?: boolean | undefined;

  /** Hears of every step, for a log; no event holds a secret. Default: nobody. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined;

  /**
   * How the user gets back to where the sign-in began, a path with query and fragment, after a success
   * and a refusal alike. A function does it itself, as routers of Next and SvelteKit need it. `"load"`
   * loads the page, if pages are documents of their own; not with the store `"memory"`. Default: the
   * address is replaced, and a router told by a `popstate` event.
   */
  readonly onReturn?: ((path: string) => void) | "load" | undefined;
}

/** Parameters by name; those with several values are sent once for each. */
export type ExtraParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A place for the session.
 *
 * - `local`: `localStorage`; every tab of the origin, until sign-out.
 * - `session`: `sessionStorage`; this tab, until it closes.
 * - `cookie`: cookies of this origin; every tab, and sent to the app's own server with each
 *   request. Script can read them: they are not `HttpOnly`.
 * - `memory`: this page, until it is left or reloaded.
 */
export type SessionStore = "local" | "session" | "cookie" | "memory";

/**
 * An authorization server by its endpoints, each an absolute `https` URL (or `http` on loopback).
 */
export interface ServerOptions {
  /** Where people are sent to sign in (RFC 6749 §3.1). */
  readonly authorizationEndpoint: string;

  /** Where codes and refresh tokens are traded (RFC 6749 §3.2). */
  readonly tokenEndpoint: string;

  /** Where user information is read (OpenID Connect Core §5.3). Default: nowhere. */
  readonly userinfoEndpoint?: string | undefined;

  /** Where tokens are revoked (RFC 7009). Default: nowhere, so that sign-out is local. */
  readonly revocationEndpoint?: string | undefined;

  /**
   * The issuer, compared byte for byte with `iss` of the callback. Default: none, and `iss` is ignored
   * unless another client of this origin has that issuer.
   */
  readonly issuer?: string | undefined;

  /** Whether a callback without `iss` is refused (RFC 9207 §2.4). Needs `issuer`. Default: false. */
  readonly issParameterSupported?: boolean | undefined;

  /**
   * How the token endpoint takes its body: a form, as RFC 6749 has it, or JSON, as Basic documents.
   * Default: `"form"`.
   */
  readonly tokenEncoding?: "form" | "json" | undefined;
}

/** One sign-in's own wishes. */
export interface SignInOptions {
  /** Where to go afterwards: a path of this origin. Default: where the person is now. */
  readonly returnTo?: string | undefined;

  /** What to ask for this time, separated by spaces. Default: the scope of the options. */
  readonly scope?: string | undefined;

  /** More parameters of this authorization request, such as `{ login_hint: "ada@example.com" }`. */
  readonly authorizationParams?: ExtraParameters | undefined;
}

/**
 * The state of the sign-in. Every member can be read without looking at `status` first; looking at
 * it, or at `isSignedIn`, tells which are there.
 */
export type AuthState = LoadingState | SignedOutState | SignedInState;

/** Not known yet: the session is being read, or a callback handled. */
export interface LoadingState {
  readonly status: "loading";
  readonly isSignedIn: false;
  readonly user?: undefined;
  readonly scope?: undefined;
  readonly refresh?: undefined;
  readonly reason?: undefined;
  readonly error?: undefined;
}

/** Nobody is signed in. */
export interface SignedOutState {
  readonly status: "signed-out";
  readonly isSignedIn: false;
  /** Why. */
  readonly reason: SignedOutReason;
  /** What went wrong, where something did. */
  readonly error?: BasicAuthError | undefined;
  readonly user?: undefined;
  readonly scope?: undefined;
  readonly refresh?: undefined;
}

/** Somebody is signed in. */
export interface SignedInState {
  readonly status: "signed-in";
  readonly isSignedIn: true;
  /** The person, once known. */
  readonly user?: User | undefined;
  /** What was granted, name by name. */
  readonly scope: readonly string[];
  /** Whether the last refresh failed; the session is kept then, and refresh tried again. */
  readonly refresh: "ok" | "failing";
  /** What went wrong last, where it has not been put right since. */
  readonly error?: BasicAuthError | undefined;
  readonly reason?: undefined;
}

/**
 * Why nobody is signed in.
 *
 * - `never`: nobody has signed in here, as far as this browser remembers.
 * - `signed-out`: `signOut` was called here.
 * - `signed-out-elsewhere`: `signOut` was called in another tab.
 * - `expired`: the access token expired, and there was nothing to refresh it with.
 * - `revoked`: the server refused to refresh the session.
 */
export type SignedOutReason =
  | "never"
  | "signed-out"
  | "signed-out-elsewhere"
  | "expired"
  | "revoked";

/**
 * What the server says about a person (OpenID Connect Core §5.3). Only `sub` is certain; the rest
 * is as the server sent it. Show it as text, never as markup.
 */
export interface User {
  /** The identifier of the person at this server: the one member to key on. */
  readonly sub: string;
  /** The name to show. */
  readonly name?: string;
  /** The email address. */
  readonly email?: string;
  /** The address of a picture. */
  readonly picture?: string;
  readonly [claim: string]: unknown;
}

/** A step of the client, never with a secret in it; `at` is in milliseconds since 1970. */
export type AuthEvent =
  /** Another tab's tokens were taken over. */
  | { readonly type: "adopted"; readonly at: number }
  /** A callback was left alone: it belongs to no sign-in here, and somebody is signed in. */
  | { readonly type: "callback-ignored"; readonly at: number }
  /** A callback was found, and the address cleaned. */
  | { readonly type: "callback-received"; readonly at: number }
  /** The code is being traded for tokens. */
  | { readonly type: "exchange-started"; readonly at: number }
  /** The access token was refreshed. */
  | { readonly type: "refreshed"; readonly at: number }
  /** A refresh failed; the session is kept. */
  | { readonly type: "refresh-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The next refresh is planned for `dueAt`, in milliseconds since 1970. */
  | { readonly type: "refresh-scheduled"; readonly at: number; readonly dueAt: number }
  /** A refresh begins. */
  | { readonly type: "refresh-started"; readonly at: number }
  /** A stored session was restored. */
  | { readonly type: "restored"; readonly at: number }
  /** The server could not be told of the sign-out. */
  | { readonly type: "revocation-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** A sign-in failed. */
  | { readonly type: "sign-in-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The browser is being sent to the authorization server. */
  | { readonly type: "sign-in-started"; readonly at: number }
  /** Somebody signed in. */
  | { readonly type: "signed-in"; readonly at: number }
  /** The session ended. */
  | { readonly type: "signed-out"; readonly at: number; readonly reason: SignedOutReason }
  /** The user information could not be read; the session is kept. */
  | { readonly type: "user-failed"; readonly at: number; readonly code: BasicAuthErrorCode }
  /** The user information was read. */
  | { readonly type: "user-loaded"; readonly at: number };

/**
 * Why a call failed: `kind` says who has to act, `code` what happened. Both are stable; the message
 * is not. No error holds a token, a code or a verifier.
 *
 * To tell it from others use {@link isBasicAuthError}: a page may hold two copies of this package,
 * and `instanceof` knows only one.
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
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** How long the server asked to be left alone, in seconds (`Retry-After`, RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly isRetryable: boolean;
  /** Whether only a new sign-in helps. */
  readonly needsSignIn: boolean;
  /** The error behind this one, where there is one. */
  readonly cause?: unknown;
  /** Every field, for a log; a cause that is not of this package is left out. */
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
  readonly cause?: BasicAuthErrorJson;
}

/** Whether a value is an error of this package, whichever copy of it made it. */
export declare function isBasicAuthError(value: unknown): value is BasicAuthError;

/** Who has to act. */
export type BasicAuthErrorKind = keyof BasicAuthErrorCodes;

/** What happened. */
export type BasicAuthErrorCode = BasicAuthErrorCodes[BasicAuthErrorKind];

/** The codes of each kind. */
export interface BasicAuthErrorCodes {
  /** The person or the server refused, in the redirect: offer the button again. */
  "authorization-denied": "access-denied" | "authorization-error" | "authorization-unavailable";

  /** The developer: an option is wrong. */
  configuration:
    | "invalid-api-origin"
    | "invalid-endpoint"
    | "invalid-option"
    | "invalid-redirect-uri"
    | "invalid-scope"
    | "reserved-parameter";

  /** Nobody: an answer breaks the protocol, perhaps an attack. */
  "invalid-response":
    | "code-and-error"
    | "duplicate-parameter"
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

  /** Nobody: try again later. */
  network: "network-error" | "server-unavailable" | "timeout";

  /** The app: there is no session, or it has ended. Offer the button. */
  "sign-in-required": "not-signed-in" | "session-expired" | "session-revoked";

  /** The environment: storage is blocked, full or unreadable. */
  storage: "storage-full" | "storage-unavailable";

  /** The server: it refused over HTTP. */
  "token-endpoint": "invalid-grant" | "token-error";

  /** The person: a callback that is too old, or came twice. Offer the button again. */
  "unknown-transaction": "transaction-expired" | "unknown-state";

  /** The environment: the page is insecure, framed, or lacks a facility. */
  unsupported:
    | "framed"
    | "insecure-context"
    | "load-failed"
    | "no-secure-random"
    | "no-webassembly";
}
