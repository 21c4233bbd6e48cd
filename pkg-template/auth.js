// The facade: turns the module's client into a class that feels like JavaScript. It holds no protocol
// rule and touches no storage. Of the address it only keeps what it is when `start` is called, because
// the app's router may go on while the module is loading; what it means is for the module to say.
import { BasicAuthError, toError } from "./errors.js";

/** Shares one load among all who ask, and forgets a failed one, so that the next try may succeed. */
export const loader = (load) => {
  let pending;
  return () => (pending ??= Promise.resolve().then(load).catch((cause) => {
    pending = undefined;
    if (cause instanceof BasicAuthError) throw cause;
    // Asked for a function: an `<img name=WebAssembly>` of the page is found if there is no other.
    const failure = globalThis.WebAssembly?.instantiate
      ? {
        code: "load-failed",
        message: "The WebAssembly module did not load. A Content-Security-Policy needs " +
          "script-src 'wasm-unsafe-eval'.",
        isRetryable: cause?.name !== "CompileError",
      }
      : {
        code: "no-webassembly",
        message: "This browser has no WebAssembly: it is too old, or in a mode without it, such " +
          "as the Lockdown Mode of iOS.",
        isRetryable: false,
      };
    throw new BasicAuthError({ kind: "unsupported", ...failure, needsSignIn: false, cause });
  }));
};

/** Makes the class `BasicAuth`, given how to load the module's `Client`. */
export const createBasicAuth = (load) => {
  const loaded = loader(load);

  return class BasicAuth {
    #client;
    #listeners = new Set();
    #state;

    static async start(options) {
      const address = globalThis.location?.href ?? "";
      const Client = await loaded();
      const auth = new BasicAuth();
      const onEvent = own(options, "onEvent");
      const hear = onEvent && ((type, name, value) =>
        onEvent({ __proto__: null, type, at: Date.now(), ...(name && { [name]: value }) }));
      const onReturn = own(options, "onReturn");
      auth.#client = await settle(() => Client.start(options, address, auth.#tell, hear, onReturn));
      return auth;
    }

    // Every listener is told, whatever the others do; what one throws surfaces as uncaught.
    #tell = (row) => {
      const state = (this.#state = named(row));
      for (const entry of [...this.#listeners]) {
        try {
          if (this.#listeners.has(entry)) entry.listener(state);
        } catch (error) {
          reportError(error);
        }
      }
    };

    // The same object until the module tells of another state.
    get state() {
      return this.#state;
    }

    get expiresAt() {
      return this.#client.expiresAt || undefined;
    }

    get tokenExtras() {
      return this.#client.tokenExtras;
    }

    get refreshesAt() {
      return this.#client.refreshesAt || undefined;
    }

    subscribe = (listener) => {
      const entry = { listener };
      this.#listeners.add(entry);
      return () => {
        this.#listeners.delete(entry);
      };
    };

    signIn = (options) => settle(() => this.#client.signIn(options));

    signOut = () => settle(() => this.#client.signOut());

    getToken = () => settle(() => this.#client.getToken());

    fetch = (input, init) => settle(() => this.#client.fetch(input, init));

    user = (options) => settle(() => this.#client.user(own(options, "reload") === true));

    hasScope = (scope) => this.#client.hasScope(scope);

    close = () => {
      this.#listeners.clear();
      this.#client.close();
    };
  };
};

/** An own property only: a polluted prototype must not slip in an option. */
const own = (options, name) =>
  Object.hasOwn(Object(options), name) ? options[name] : undefined;

/**
 * What a row of values from the module is called. Every member is an own one, so that none is read from a
 * polluted prototype.
 */
const named = ([status, detail, error, scope, user]) => {
  const isSignedIn = status === "signed-in";
  return Object.freeze({
    status,
    isSignedIn,
    reason: (!isSignedIn && detail) || undefined,
    scope: isSignedIn ? Object.freeze(scope.split(" ").filter(Boolean)) : undefined,
    refresh: isSignedIn ? detail : undefined,
    user,
    error: error && toError(error),
  });
};

const settle = async (work) => {
  try {
    return await work();
  } catch (error) {
    throw toError(error);
  }
};
