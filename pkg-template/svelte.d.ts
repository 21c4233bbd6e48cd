// `basic-oauth/svelte`: the SDK for apps with Svelte 4 or newer.

import type {
  AuthState,
  BasicAuth,
  BasicAuthError,
  BasicAuthOptions,
  IdTokenClaims,
  SignInOptions,
  SignOutOptions,
} from "./index.js";

/**
 * Makes a readable store of the sign-in. With options it starts a client, as
 * {@link BasicAuth.create} does, and `close` closes it. A client that you give it is yours to close.
 *
 * Make one store, in a module of its own. In a server render its state is `loading`, so that module
 * may be shared by all requests.
 *
 * @example
 * ```ts
 * // src/lib/auth.ts of an app with SvelteKit
 * import { goto } from "$app/navigation";
 * import { authStore } from "basic-oauth/svelte";
 *
 * export const auth = authStore({
 *   clientId: "your-client-id",
 *   redirectUri: "/callback",
 *   onReturn: (path) => goto(path, { replaceState: true }),
 * });
 * ```
 *
 * ```svelte
 * <script>
 *   import { auth } from "$lib/auth";
 * </script>
 *
 * {#if !$auth.isReady}
 *   <p>One moment…</p>
 * {:else if $auth.isSignedIn}
 *   <button onclick={() => auth.signOut()}>Bye, {$auth.user?.name}</button>
 * {:else}
 *   {#if $auth.error}<p role="alert">{$auth.error.message}</p>{/if}
 *   <button onclick={() => auth.signIn()}>Sign in</button>
 * {/if}
 * ```
 */
export declare function authStore(options: BasicAuthOptions | BasicAuth): AuthStore;

/** The store that {@link authStore} makes. */
export interface AuthStore extends AuthMembers {
  /** Calls `run` at once, and with each new value. The returned function ends the subscription. */
  readonly subscribe: (run: (value: AuthStoreValue) => void) => () => void;

  /**
   * Resolves to whether the user may see a page that needs a sign-in. Until the state is known it
   * waits; then it sends a signed-out user to sign in, once. With `scope`, the user must have granted
   * these scopes too. On a server it resolves to `false` at once.
   *
   * A user who has just signed out or declined, or whose sign-in failed, is not sent off again: that
   * would be a loop. The promise resolves to `false` then, and the page has to offer the button. It
   * never rejects: see `startError`.
   *
   * @example
   * ```ts
   * // src/routes/private/+page.ts of an app with SvelteKit
   * export const load = async ({ url }) => {
   *   await auth.requireAuth({ returnTo: url.pathname + url.search });
   * };
   * ```
   */
  readonly requireAuth: (options?: RequireAuthOptions) => Promise<boolean>;

  /** Ends all subscriptions, and closes the client if the store has started it. */
  readonly close: () => void;
}

/** The options of {@link AuthStore.requireAuth}. */
export interface RequireAuthOptions {
  /** The path to return to afterwards, on this origin. Default: the current page. */
  readonly returnTo?: string | undefined;
  /** The scopes that the page needs, separated by spaces. Default: none. */
  readonly scope?: string | undefined;
}

/** The value of the store: the state, and what else a page shows. It is frozen. */
export type AuthStoreValue = AuthState & AuthMembers & {
  /** Whether the state is known. False while it loads, and in a server render. */
  readonly isReady: boolean;
  /** The claims of the ID token, as of the last change of the state. */
  readonly claims: IdTokenClaims | undefined;
  /** The decentralised identifier of the user, if the server has named one. */
  readonly did: string | undefined;
  /**
   * Why the client did not start, or why {@link AuthStore.requireAuth} could not send the user to sign
   * in. The next state clears it. If the client did not start, `isReady` stays false.
   */
  readonly startError: BasicAuthError | undefined;
};

/** What both the store and its value have. In markup, `$auth.hasScope("…")` follows the state. */
export interface AuthMembers {
  /** The client. */
  readonly auth: BasicAuth;
  /** Leaves the page for the server. It is {@link BasicAuth.signIn}; the event of a press is ignored. */
  readonly signIn: (options?: SignInOptions | Event) => Promise<void>;
  /** Ends the session. It is {@link BasicAuth.signOut}; the event of a press is ignored. */
  readonly signOut: (options?: SignOutOptions | Event) => Promise<void>;
  /** Returns an access token. It is {@link BasicAuth.getToken}. */
  readonly getToken: BasicAuth["getToken"];
  /** Requests with the access token. It is {@link BasicAuth.fetch}. */
  readonly fetch: BasicAuth["fetch"];
  /** Returns whether a scope was granted. */
  readonly hasScope: BasicAuth["hasScope"];
  /** Returns the configured scopes that were not granted. */
  readonly missingScopes: BasicAuth["missingScopes"];
}
