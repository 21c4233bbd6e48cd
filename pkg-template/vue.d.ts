// `basic-oauth/vue`: the SDK for apps with Vue 3.4 or newer.

import type { App, ComputedRef, ShallowRef } from "vue";
import type {
  AuthState,
  BasicAuth,
  BasicAuthError,
  BasicAuthOptions,
  IdTokenClaims,
  SignedOutReason,
  SignInOptions,
  SignOutOptions,
  User,
} from "./index.js";

/**
 * Makes the plugin that provides the sign-in to an app. With options it starts a client, as
 * {@link BasicAuth.create} does, and closes it when the app is unmounted. A client that you give it
 * is yours to close.
 *
 * Call it before the router leaves the address: on the first lines of the app. In a server render
 * the state is `loading`; make one plugin for each request.
 *
 * @example
 * ```ts
 * createApp(App)
 *   .use(createBasicAuth({ clientId: "your-client-id", redirectUri: "/callback" }))
 *   .use(router)
 *   .mount("#app");
 * ```
 */
export declare function createBasicAuth(options: BasicAuthOptions | BasicAuth): BasicAuthPlugin;

/** The plugin that {@link createBasicAuth} makes. */
export interface BasicAuthPlugin {
  /** The client, for code outside components. */
  readonly auth: BasicAuth;
  /** Called by `app.use`. */
  readonly install: (app: App) => void;
}

/**
 * Returns the sign-in of the app, in the setup of a component, a store of Pinia or a guard of the
 * router. All of them get the same object. `reactive(useAuth())` is the same without `.value`.
 *
 * @throws Error if the app has no plugin of {@link createBasicAuth}, or outside a setup function.
 *
 * @example
 * ```vue
 * <script setup lang="ts">
 * import { useAuth } from "basic-oauth/vue";
 * const { isReady, isSignedIn, user, error, signIn, signOut } = useAuth();
 * </script>
 *
 * <template>
 *   <p v-if="!isReady">One moment…</p>
 *   <button v-else-if="isSignedIn" @click="signOut()">Bye, {{ user?.name }}</button>
 *   <template v-else>
 *     <p v-if="error" role="alert">{{ error.message }}</p>
 *     <button @click="signIn()">Sign in</button>
 *   </template>
 * </template>
 * ```
 */
export declare function useAuth(): UseAuth;

/** What {@link useAuth} returns: the state as refs, and the functions of the client. */
export interface UseAuth {
  /** The whole state. A check of `state.value.status` tells TypeScript which members are present. */
  readonly state: Readonly<ShallowRef<AuthState>>;
  /** `loading`, `signed-out` or `signed-in`. */
  readonly status: ComputedRef<AuthState["status"]>;
  /** Whether the state is known. False while it loads, and in a server render. */
  readonly isReady: ComputedRef<boolean>;
  /** Whether a user is signed in. */
  readonly isSignedIn: ComputedRef<boolean>;
  /** The user, once known. */
  readonly user: ComputedRef<User | undefined>;
  /** The scopes that the server granted. `undefined` if no user is signed in. */
  readonly scope: ComputedRef<readonly string[] | undefined>;
  /** Whether the last refresh failed. `undefined` if no user is signed in. */
  readonly refresh: ComputedRef<"ok" | "failing" | undefined>;
  /** Why no user is signed in. */
  readonly reason: ComputedRef<SignedOutReason | undefined>;
  /** The last error of the sign-in or the session, until a later success clears it. */
  readonly error: ComputedRef<BasicAuthError | undefined>;
  /** The claims of the ID token, as of the last change of the state. */
  readonly claims: ComputedRef<IdTokenClaims | undefined>;
  /** The decentralised identifier of the user, if the server has named one. */
  readonly did: ComputedRef<string | undefined>;
  /**
   * Why the client did not start, or why {@link requireAuth} could not send the user to sign in. The
   * next state clears it. If the client did not start, `isReady` stays false.
   */
  readonly startError: Readonly<ShallowRef<BasicAuthError | undefined>>;
  /** The client. It is never made reactive. */
  readonly auth: BasicAuth;
  /** Leaves the page for the server. It is {@link BasicAuth.signIn}; the event of a press is ignored. */
  readonly signIn: (options?: SignInOptions | Event) => Promise<void>;
  /** Ends the session. It is {@link BasicAuth.signOut}; the event of a press is ignored. */
  readonly signOut: (options?: SignOutOptions | Event) => Promise<void>;
  /** Returns an access token. It is {@link BasicAuth.getToken}. */
  readonly getToken: BasicAuth["getToken"];
  /** Requests with the access token. It is {@link BasicAuth.fetch}. */
  readonly fetch: BasicAuth["fetch"];
  /** Returns whether a scope was granted. A template that calls it follows the state. */
  readonly hasScope: BasicAuth["hasScope"];
  /** Returns the configured scopes that were not granted. A template that calls it follows the state. */
  readonly missingScopes: BasicAuth["missingScopes"];
}

/**
 * Guards the routes that have `meta: { requiresAuth: true }`, and all routes inside them. With
 * `meta: { requiresAuth: true, scope: "app:db:write" }` the user must have granted these scopes too;
 * separate several with spaces. Returns the function that removes the guard.
 *
 * A guarded navigation waits until the state is known. A signed-in user gets through. Any other user
 * is sent to sign in, once, and comes back to the guarded address, with its query and fragment and
 * the base of the router.
 *
 * A user who has just signed out or declined, or whose sign-in failed, is not sent off again: that
 * would be a loop. The navigation succeeds then, and the page has to offer the button. It has to be
 * able to do that in any case, because a user may sign out while it is shown. Do it once for all
 * pages, as the example does. A user who comes back from the server with the browser's Back button
 * stays on the page before.
 *
 * The guard finds the plugin of the app that uses the router. On a server it lets every navigation
 * through, with the state `loading`.
 *
 * @example
 * ```ts
 * const router = createRouter({
 *   history: createWebHistory(),
 *   routes: [
 *     { path: "/", component: Home },
 *     { path: "/callback", component: Callback },
 *     { path: "/private", component: Private, meta: { requiresAuth: true } },
 *   ],
 * });
 * requireAuth(router);
 * ```
 *
 * ```vue
 * <script setup lang="ts">
 * import { useAuth } from "basic-oauth/vue";
 * const { isSignedIn, error, startError, signIn } = useAuth();
 * </script>
 *
 * <template>
 *   <RouterView v-if="isSignedIn || !$route.meta.requiresAuth" />
 *   <template v-else>
 *     <p v-if="error ?? startError" role="alert">{{ (error ?? startError)?.message }}</p>
 *     <button @click="signIn()">Sign in</button>
 *   </template>
 * </template>
 * ```
 */
export declare function requireAuth(router: GuardedRouter): () => void;

/** What {@link requireAuth} needs of a router: that of `vue-router` 4.2 or newer has it. */
export interface GuardedRouter {
  beforeEach(guard: (to: any, from: any) => Promise<false | undefined>): () => void;
  resolve(to: any): { readonly href: string };
}
