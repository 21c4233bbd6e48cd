// The facade: turns the module's client into a class that feels like JavaScript. It holds no rule
// of the protocol and touches no storage. It keeps the address of the moment in which `start` is
// called, because the app's router may change it while the module loads. The module interprets it.
import { BasicAuthError, toError } from "./errors.js";

/** Loads once for all callers. A failed load is forgotten, so that the next call tries again. */
export const loader = (load) => {
  let pending;
  return () => (pending ??= Promise.resolve().then(load).catch((cause) => {
    pending = undefined;
    if (cause instanceof BasicAuthError) throw cause;
    // A function is asked for, because `<img name=WebAssembly>` would be found under the name
    // alone.
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
      const emit = onEvent && ((type, name, value) =>
        onEvent({ __proto__: null, type, at: Date.now(), ...(name && { [name]: value }) }));
      const onReturn = own(options, "onReturn");
      auth.#client = await settle(() => Client.start(options, address, auth.#change, emit, onReturn));
      return auth;
    }

    // Calls every listener, even if another one throws. The error is reported as uncaught.
    #change = (row) => {
      const state = (this.#state = named(row));
      for (const entry of [...this.#listeners]) {
        try {
          if (this.#listeners.has(entry)) entry.listener(state);
        } catch (error) {
          reportError(error);
        }
      }
    };

    // The same object until the module reports another state.
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

/** Reads an own property only: a polluted prototype must not add an option. */
const own = (options, name) =>
  Object.hasOwn(Object(options), name) ? options[name] : undefined;

/**
 * Gives the values from the module their names. All members are own properties, so that none is
 * read from a polluted prototype.
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
