// The entry for Vue 3. A plugin provides the client; `useAuth` shows its state as refs.
import { computed, hasInjectionContext, inject, markRaw, shallowRef } from "vue";
import { admit, clientOf } from "./guard.js";
import { report } from "./report.js";

const KEY = Symbol("basic-oauth");

export const createBasicAuth = (given) => {
  const { auth, isOwn } = clientOf(given);
  const state = shallowRef(auth.state);
  const startError = shallowRef();
  const of = (read) => computed(() => read(state.value));
  // What is read from the client can change with the state only, so a template that calls these
  // functions depends on it.
  const known = (read) => (...values) => (state.value, read(...values));
  const context = {
    state,
    status: of(({ status }) => status),
    isReady: of(({ status }) => status !== "loading"),
    isSignedIn: of(({ isSignedIn }) => isSignedIn),
    user: of(({ user }) => user),
    scope: of(({ scope }) => scope),
    refresh: of(({ refresh }) => refresh),
    reason: of(({ reason }) => reason),
    error: of(({ error }) => error),
    claims: of(() => auth.claims),
    did: of(() => auth.did),
    startError,
    // A proxy of Vue's would have no private members. No proxy is made of a frozen object.
    auth: Object.isFrozen(auth) ? auth : markRaw(auth),
    signIn: auth.signIn,
    signOut: auth.signOut,
    getToken: auth.getToken,
    fetch: auth.fetch,
    hasScope: known(auth.hasScope),
    missingScopes: known(auth.missingScopes),
  };
  const change = (current) => {
    state.value = current;
    startError.value = undefined;
  };
  let apps = 0;
  let unsubscribe;
  auth.ready.catch((error) => {
    startError.value = error;
    // In the console too, in case that no page shows it.
    if (isOwn) report(error);
  });
  return {
    auth,
    install(app) {
      apps += 1;
      unsubscribe ??= auth.subscribe(change);
      if (state.value !== auth.state) change(auth.state);
      app.provide(KEY, context);
      const { unmount } = app;
      app.unmount = () => {
        unmount();
        apps -= 1;
        if (apps > 0) return;
        unsubscribe();
        unsubscribe = undefined;
        if (isOwn) auth.close();
      };
    },
  };
};

export const useAuth = () => {
  const context = hasInjectionContext() ? inject(KEY, null) : null;
  if (context) return context;
  throw new Error(
    "No sign-in is provided here. Call app.use(createBasicAuth(options)), and useAuth() in a setup function.",
  );
};

export const requireAuth = (router) =>
  router.beforeEach(async (to, from) => {
    const { requiresAuth, scope } = to.meta;
    if (!requiresAuth) return undefined;
    const { auth, startError } = useAuth();
    // With the base of the router. If it keeps its path in the hash, this is the hash alone.
    const { href } = router.resolve(to);
    const returnTo = href.startsWith("#") ? location.pathname + location.search + href : href;
    try {
      const isAllowed = await admit(auth, { __proto__: null, returnTo, scope });
      // The user came back to the page that is shown. The first page has to show something.
      if (isAllowed === undefined && from.matched.length > 0) return false;
    } catch (error) {
      startError.value = error;
    }
    return undefined;
  });
