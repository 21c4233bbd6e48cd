// The entry for tests of apps: a client without a browser, a server and a module. It says what a test
// tells it to say, and holds no rule of the protocol.
import { BasicAuthError } from "./index.js";
import { own } from "./stored.js";

export const createFakeAuth = (options) => {
  const given = own(options);
  const calls = [];
  const listeners = new Set();
  let isClosed = false;
  let becomeReady;
  const ready = new Promise((resolve, reject) => {
    becomeReady = resolve;
    if (given.startError) reject(given.startError);
  });
  // A test may look at it later, or never.
  ready.catch(() => {});

  const { status, user, scope, refresh, reason, error } = given;
  const granted = namesOf(scope ?? "profile");
  const requested = namesOf(given.requestedScope ?? granted);
  const isSignedIn = (status ?? (user || scope !== undefined ? "signed-in" : "signed-out")) === "signed-in";
  // A user who is not signed in yet is the one that `signIn` signs in.
  const first = isSignedIn ? { status: "signed-in", user, scope: granted, refresh, reason, error } : { reason, error };
  let state = stateOf({ status: "signed-out", ...first, ...(status && { status }) });
  if (state.status !== "loading") becomeReady();

  const show = (next) => {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    if (state.status !== "loading") becomeReady();
    for (const entry of [...listeners]) {
      if (listeners.has(entry)) entry.listener(state);
    }
  };

  /** Records the call, and then answers. */
  const method = (name, work) => async (...values) => {
    calls.push({ name, arguments: values });
    if (isClosed) throw fakeError("closed");
    return work(...values);
  };
  const signedIn = (work) => async (...values) => {
    if (!state.isSignedIn) throw fakeError("not-signed-in");
    return work(...values);
  };

  const hasScope = (name) => state.isSignedIn && state.scope.includes(name);

  const set = (change) => show(stateOf(change, state));

  return {
    get ready() {
      return ready;
    },
    get state() {
      return state;
    },
    get expiresAt() {
      return state.isSignedIn ? given.expiresAt : undefined;
    },
    get tokenExtras() {
      return state.isSignedIn ? given.tokenExtras : undefined;
    },
    get refreshesAt() {
      return state.isSignedIn ? given.refreshesAt : undefined;
    },
    get claims() {
      return state.isSignedIn ? given.claims : undefined;
    },
    get did() {
      const subject = state.user?.sub ?? this.claims?.sub;
      return /^did:/.test(subject) ? subject : undefined;
    },
    subscribe: (listener, options) => {
      const entry = { listener };
      listeners.add(entry);
      if (own(options).immediate) listener(state);
      return () => {
        listeners.delete(entry);
      };
    },
    preload: method("preload", () => {}),
    signIn: method("signIn", given.signIn ?? ((options) => {
      const asked = own(options).scope;
      const before = state.isSignedIn ? state.scope : [];
      const names = asked === undefined ? granted : namesOf(asked);
      show(stateOf({
        status: "signed-in",
        user: state.user ?? user ?? { sub: "fake-user", name: "Fake User" },
        scope: [...new Set([...before, ...names])],
      }));
    })),
    signOut: method("signOut", given.signOut ?? (() => {
      show(stateOf({ status: "signed-out", reason: "signed-out" }));
    })),
    getToken: method("getToken", given.getToken ?? signedIn(() => given.token ?? "fake-token")),
    fetch: method("fetch", signedIn(given.fetch ?? noFetch)),
    user: method("user", signedIn(() => {
      if (state.user) return state.user;
      throw new Error("The fake has no user. Give it one: createFakeAuth({ user: { sub: \"1\" } }).");
    })),
    hasScope,
    missingScopes: () => requested.filter((name) => !hasScope(name)),
    close: () => {
      calls.push({ name: "close", arguments: [] });
      isClosed = true;
      listeners.clear();
    },
    set,
    calls,
  };
};

export const fakeError = (code, fields) => {
  const kind = Object.keys(CODES).find((name) => CODES[name].includes(code));
  if (!kind) throw new TypeError(`There is no error with the code ${JSON.stringify(code)}.`);
  return new BasicAuthError({
    kind,
    code,
    message: `A fake error with the code ${code}.`,
    isRetryable: kind === "network",
    needsSignIn: kind === "sign-in-required" || kind === "unknown-transaction" || code === "invalid-grant",
    ...fields,
  });
};

const noFetch = () => {
  throw new Error(
    "The fake has no answer for fetch. Give it one: createFakeAuth({ fetch: async () => Response.json([]) }).",
  );
};

/** The members of each state, besides those that every state may have. */
const MEMBERS = {
  __proto__: null,
  loading: [],
  "signed-out": ["reason", "error"],
  "signed-in": ["user", "scope", "refresh", "error"],
};

/** Completes a state as the real client does. What `change` does not say is as `before`. */
const stateOf = (change, before) => {
  const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const status = said.status ?? implied(said, before);
  const known = MEMBERS[status];
  if (!known) throw new TypeError(`There is no status ${JSON.stringify(status)}.`);
  for (const name of Object.keys(said)) {
    if (name !== "status" && !known.includes(name)) {
      throw new TypeError(`A state that is ${status} has no ${name}.`);
    }
  }
  // What `change` names as undefined is gone. An error stays until then, as the rest does.
  const stays = before?.status === status ? before : undefined;
  const { reason, user, scope, refresh, error } = { __proto__: null, ...stays, ...change };
  const isSignedIn = status === "signed-in";
  const isSignedOut = status === "signed-out";
  const usual = before?.isSignedIn ? "signed-out" : "never";
  return Object.freeze({
    status,
    isSignedIn,
    reason: isSignedOut ? reason ?? usual : undefined,
    scope: isSignedIn ? Object.freeze(namesOf(scope ?? "profile")) : undefined,
    refresh: isSignedIn ? refresh ?? "ok" : undefined,
    user: isSignedIn && user ? Object.freeze({ ...user }) : undefined,
    error: status === "loading" ? undefined : error,
  });
};

const implied = ({ user, scope, refresh, reason }, before) => {
  if (user || scope || refresh) return "signed-in";
  return reason ? "signed-out" : before.status;
};

const namesOf = (scope) => typeof scope === "string" ? scope.split(" ").filter(Boolean) : [...scope];

/** The codes of each kind. */
const CODES = {
  __proto__: null,
  "authorization-denied": ["access-denied", "authorization-error", "authorization-unavailable"],
  configuration: [
    "invalid-api-origin", "invalid-endpoint", "invalid-handle", "invalid-option", "invalid-redirect-uri",
    "invalid-scope", "reserved-parameter",
  ],
  "invalid-response": [
    "code-and-error", "duplicate-parameter", "invalid-id-token", "invalid-metadata",
    "invalid-token-response", "invalid-user-info", "issuer-mismatch", "issuer-missing", "missing-state",
    "not-json", "response-too-large", "subject-mismatch", "unexpected-parameter", "unexpected-status",
    "unsupported-token-type",
  ],
  misuse: ["closed", "not-initialized", "origin-not-allowed", "sign-in-loop"],
  network: ["network-error", "server-unavailable", "timeout"],
  "sign-in-required": [
    "insufficient-scope", "insufficient-user-authentication", "not-signed-in", "session-expired",
    "session-revoked",
  ],
  storage: ["storage-full", "storage-unavailable"],
  "token-endpoint": ["invalid-grant", "token-error"],
  "unknown-transaction": ["transaction-expired", "unknown-state"],
  unsupported: [
    "framed", "insecure-context", "load-failed", "no-secure-random", "no-webassembly", "not-in-browser",
    "unsupported-algorithm",
  ],
};
