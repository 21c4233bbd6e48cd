// The entry for Svelte: a readable store. The contract of stores needs no import of Svelte.
import { admit, clientOf } from "./guard.js";
import { report } from "./report.js";

export const authStore = (given) => {
  const { auth, isOwn } = clientOf(given);
  const { signIn, signOut, getToken, fetch, hasScope, missingScopes } = auth;
  const members = { auth, signIn, signOut, getToken, fetch, hasScope, missingScopes };
  const runs = new Set();
  let value;
  const show = (startError) => {
    value = Object.freeze({
      ...auth.state,
      isReady: auth.state.status !== "loading",
      claims: auth.claims,
      did: auth.did,
      startError,
      ...members,
    });
    for (const { run } of [...runs]) run(value);
  };
  show();
  const unsubscribe = auth.subscribe(() => show());
  auth.ready.catch((error) => {
    show(error);
    // In the console too, in case that no page shows it.
    if (isOwn) report(error);
  });
  return {
    ...members,
    subscribe(run) {
      const entry = { run };
      runs.add(entry);
      run(value);
      return () => {
        runs.delete(entry);
      };
    },
    async requireAuth(options) {
      try {
        return (await admit(auth, options)) ?? false;
      } catch (error) {
        show(error);
        return false;
      }
    },
    close() {
      unsubscribe();
      runs.clear();
      if (isOwn) auth.close();
    },
  };
};
