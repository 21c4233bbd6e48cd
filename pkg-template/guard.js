// What the entries for frameworks share: which client an app means, and when a guarded page asks the user
// to sign in. It holds no rule of the protocol.
import { BasicAuth } from "./index.js";
import { own } from "./stored.js";

/** Kept while the page is away, so that a user who comes back without a sign-in is not sent off again. */
const ASKED = "basic-oauth.asked";

/** Returns the client that an app has given, or a new one with these options. */
export const clientOf = (given) => {
  const isOwn = typeof given?.subscribe !== "function";
  return { __proto__: null, auth: isOwn ? BasicAuth.create(given) : given, isOwn };
};

/** Returns the names of a scope. */
export const namesOf = (scope) => scope?.split(" ").filter(Boolean) ?? [];

/**
 * Returns whether a guarded page may send this user to sign in, or ask for more scope.
 *
 * A user who has just signed out or declined has decided. To send them off again would be a loop without
 * an exit.
 */
export const isUndecided = ({ isSignedIn, reason }) =>
  isSignedIn || reason === "never" || reason === "expired";

/**
 * Resolves to `true` if the user may see a page that needs a sign-in, and to `false` if the page has
 * to offer the button. In between it asks the user once. It resolves to `undefined` if the user came
 * back from the server without an answer.
 *
 * A user who has decided, or whose sign-in failed, is not sent off.
 */
export const admit = async (auth, options) => {
  const { returnTo, scope } = own(options);
  const scopes = namesOf(scope);
  const isAllowed = () => auth.state.isSignedIn && scopes.every(auth.hasScope);
  if (auth.state.status === "loading") {
    // In a server render it never settles.
    if (!globalThis.document) return false;
    await auth.ready;
  }
  const wasAsked = takeMark();
  if (isAllowed()) return true;
  if (wasAsked || auth.state.error || !isUndecided(auth.state)) return false;
  // A sign-in asks for the configured scope only if it names no other.
  const asked = scope && [...new Set([...auth.missingScopes(), ...scopes])].join(" ");
  try {
    globalThis.sessionStorage?.setItem(ASKED, "1");
  } catch {
    // A browser that stores nothing cannot sign in either.
  }
  try {
    await auth.signIn({ __proto__: null, returnTo, scope: asked });
  } finally {
    takeMark();
  }
  return isAllowed() || undefined;
};

const takeMark = () => {
  try {
    const mark = sessionStorage.getItem(ASKED);
    sessionStorage.removeItem(ASKED);
    return mark;
  } catch {
    return null;
  }
};
