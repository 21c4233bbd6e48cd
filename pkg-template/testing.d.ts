// `basic-oauth/testing`: a client for the tests of an app. It needs no browser, no DOM, no server and
// no WebAssembly, and works in Vitest, Jest and plain Node.

import type {
  AuthState,
  BasicAuth,
  BasicAuthError,
  BasicAuthErrorCode,
  IdTokenClaims,
  SignedOutReason,
  SignInOptions,
  SignOutOptions,
  User,
} from "./index.js";

/**
 * Makes a client that is in the state which a test needs. Give it to the app in place of a real one:
 * to the provider of React, to `createBasicAuth` of Vue, to `authStore` of Svelte, or to the `auth`
 * of a `<basic-sign-in>`.
 *
 * Without options no user is signed in. With a `user` or a `scope` one is, if `status` says nothing
 * else.
 *
 * `hasScope` compares names only: name the scopes that Basic implies as well, such as `app:db:read`
 * beside `app:db:write`.
 *
 * The states are as complete as those of the real client, and frozen. Its methods can be replaced, so
 * spies work.
 *
 * @throws TypeError if the members do not belong to one state, such as a `reason` of a user who is
 * signed in.
 *
 * @example
 * ```ts
 * const auth = createFakeAuth({
 *   user: { sub: "1", name: "Ada" },
 *   fetch: async () => Response.json([{ title: "A note" }]),
 * });
 * render(<BasicAuthProvider auth={auth}><Notes /></BasicAuthProvider>);
 * act(() => auth.set({ status: "signed-out", reason: "expired" }));
 * assert.deepEqual(auth.calls.map(({ name }) => name), ["fetch"]);
 * ```
 */
export declare function createFakeAuth(options?: FakeAuthOptions): FakeAuth;

/** A client for tests: all of {@link BasicAuth}, and what a test needs besides. */
export interface FakeAuth extends BasicAuth {
  /**
   * Changes the state, and calls the subscribers. What is not named stays, as long as the status is
   * the same. A `user` or a `scope` alone signs in, a `reason` alone signs out. If nothing would
   * change, no subscriber is called. What a subscriber throws is thrown here.
   *
   * In a test with React, call it inside `act`.
   *
   * @throws TypeError if the members do not belong to one state.
   *
   * @example
   * ```ts
   * auth.set({ user: { sub: "1", name: "Ada" } });
   * auth.set({ status: "signed-out", error: fakeError("access-denied") });
   * ```
   */
  readonly set: (change: FakeAuthState) => void;

  /**
   * The calls of `signIn`, `signOut`, `getToken`, `fetch`, `user`, `preload` and `close`, in their
   * order. `auth.calls.length = 0` forgets them.
   *
   * @example
   * ```ts
   * assert.deepEqual(auth.calls, [{ name: "signIn", arguments: [{ returnTo: "/notes" }] }]);
   * ```
   */
  readonly calls: FakeCall[];
}

/** A call of a {@link FakeAuth}. */
export interface FakeCall {
  readonly name: "signIn" | "signOut" | "getToken" | "fetch" | "user" | "preload" | "close";
  readonly arguments: readonly unknown[];
}

/** The members of a state. The fake completes it. */
export interface FakeAuthState {
  readonly status?: AuthState["status"] | undefined;
  /** The user, if signed in. Default: not known yet. */
  readonly user?: User | undefined;
  /** The granted scopes, as a list or separated by spaces. Default: `"profile"`. */
  readonly scope?: string | readonly string[] | undefined;
  /** Whether the last refresh failed. Default: `"ok"`. */
  readonly refresh?: "ok" | "failing" | undefined;
  /** Why no user is signed in. Default: `"signed-out"` after a user was signed in, `"never"` if not. */
  readonly reason?: SignedOutReason | undefined;
  /** The last error: see {@link fakeError}. Default: none. */
  readonly error?: BasicAuthError | undefined;
}

/** The options of {@link createFakeAuth}. A member that is `undefined` counts as absent. */
export interface FakeAuthOptions extends FakeAuthState {
  /** The user. With another status than `"signed-in"`, the one whom `signIn` will sign in. */
  readonly user?: User | undefined;
  /** The configured scope, for `missingScopes`. Default: the same as `scope`, so nothing is missing. */
  readonly requestedScope?: string | readonly string[] | undefined;
  /** What `ready` rejects with. Give it the status `"loading"`. Default: `ready` does not reject. */
  readonly startError?: BasicAuthError | undefined;
  /** The access token. Default: `"fake-token"`. */
  readonly token?: string | undefined;
  /** The claims of the ID token, while signed in. Default: none. */
  readonly claims?: IdTokenClaims | undefined;
  /** What else came with the tokens, while signed in. Default: nothing. */
  readonly tokenExtras?: Readonly<Record<string, unknown>> | undefined;
  /** When the access token expires, in milliseconds since 1970. Default: never. */
  readonly expiresAt?: number | undefined;
  /** When the next refresh is due, in milliseconds since 1970. The fake refreshes nothing. Default: never. */
  readonly refreshesAt?: number | undefined;
  /**
   * Answers `fetch` while a user is signed in. Default: it rejects with a sentence that says so. No
   * request is ever sent.
   */
  readonly fetch?: ((input: RequestInfo | URL, init?: RequestInit) => Response | Promise<Response>) | undefined;
  /** Takes the place of `signIn`. Default: the user is signed in when the promise resolves. */
  readonly signIn?: ((options?: SignInOptions) => void | Promise<void>) | undefined;
  /** Takes the place of `signOut`. Default: the user is signed out when the promise resolves. */
  readonly signOut?: ((options?: SignOutOptions) => void | Promise<void>) | undefined;
  /** Takes the place of `getToken`. Default: `token`, or an error if no user is signed in. */
  readonly getToken?: (() => string | Promise<string>) | undefined;
}

/**
 * Makes a real {@link BasicAuthError} with this code. Its kind and its other members are those that
 * belong to the code, if `fields` says nothing else.
 *
 * @throws TypeError if there is no such code.
 *
 * @example
 * ```ts
 * const auth = createFakeAuth({ error: fakeError("access-denied") });
 * const offline = createFakeAuth({
 *   user: { sub: "1" },
 *   fetch: async () => { throw fakeError("network-error", { message: "Offline" }); },
 * });
 * ```
 */
export declare function fakeError(code: BasicAuthErrorCode, fields?: FakeErrorFields): BasicAuthError;

/** The members of a {@link fakeError} that a test can choose. */
export type FakeErrorFields = Partial<
  Pick<
    BasicAuthError,
    | "message"
    | "error"
    | "errorDescription"
    | "errorUri"
    | "status"
    | "retryAfterSeconds"
    | "isRetryable"
    | "needsSignIn"
    | "acrValues"
    | "maxAgeSeconds"
    | "scope"
  >
>;
