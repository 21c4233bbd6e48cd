// The facade: turns the module's client into a class that feels like JavaScript, and decides when
// the module is loaded. It holds no rule of the protocol.
//
// Most page loads need no protocol: no user is signed in, or the stored token is clearly fresh.
// `stored.js` tells these two cases, and the module is loaded later. Everything else waits for it.
import { BasicAuthError, toError } from "./errors.js";
import {
  answerNeedsFull, findSession, isSessionKey, mayHoldAnswer, needsFull, own, requestedScopes,
} from "./stored.js";

/** Browsers keep the delay in 32 bits. One millisecond more, and the timer fires at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

const CLOSED = "This instance was closed. Start a new one.";
const NOT_IN_BROWSER =
  "Call start in a browser: there is no page here, as on a server or in a worker.";

/**
 * Makes the class `BasicAuth`, given a function that loads the `Client` of the lean module, or of the
 * full one.
 */
export const createBasicAuth = (loaded) => {
  /** How many instances wait for the module. One of them may be processing a callback. */
  let waiting = 0;

  // An answer in the address needs the module in any case: it loads while the app's own code does.
  if (globalThis.document && mayHoldAnswer()) loaded(answerNeedsFull()).catch(() => {});

  return class BasicAuth {
    #options;
    #address;
    #ready;
    /** What the stored record said, until the client takes over: a session, `null`, or nothing known. */
    #stored;
    #state = named(["loading"]);
    #client;
    #starting;
    #isClosed = false;
    #cancel = () => {};
    #listeners = new Set();

    static create(options) {
      return new BasicAuth(options);
    }

    static async start(options) {
      const auth = new BasicAuth(options);
      // Outside a page `ready` never settles, and this rejects.
      await (globalThis.document ? auth.#ready : auth.#load());
      return auth;
    }

    constructor(options) {
      this.#options = own(options);
      // Kept now, because the app's router may change it while the module loads.
      this.#address = globalThis.location?.href ?? "";
      // A server render shows the state `loading`.
      if (!globalThis.document) this.#ready = new Promise(() => {});
      else if (!waiting && !mayHoldAnswer()) this.#stored = findSession(this.#options);
      const { scope, user } = this.#stored ?? {};
      if (this.#stored) this.#state = named(["signed-in", "ok", undefined, scope, user]);
      else if (this.#stored === null) this.#state = named(["signed-out", "never"]);
      if (this.#stored !== undefined) this.#loadLater();
      this.#ready ??= this.#stored === undefined ? this.#wait() : Promise.resolve();
      // A proxy has no private members. Vue makes none of a frozen object.
      Object.freeze(this);
    }

    async #wait() {
      waiting += 1;
      try {
        await this.#load();
      } catch (error) {
        if (!this.#isClosed) throw error;
      } finally {
        waiting -= 1;
      }
    }

    /** Loads the module when the page is idle, and before that if something needs it. */
    #loadLater() {
      const { refreshAt, user } = this.#stored ?? {};
      const load = () => {
        this.#load().catch((error) => this.#isClosed || reportError(error));
      };
      const onEvent = ({ type, key, persisted }) => {
        if (type === "storage" ? isSessionKey(key) : persisted) load();
      };
      addEventListener("storage", onEvent);
      addEventListener("pageshow", onEvent);
      const timer = refreshAt && setTimeout(load, Math.min(refreshAt - Date.now(), LONGEST_DELAY));
      this.#cancel = () => {
        removeEventListener("storage", onEvent);
        removeEventListener("pageshow", onEvent);
        clearTimeout(timer);
      };
      const { loadUser, preload } = this.#options;
      if (this.#stored && !user && loadUser !== false) load();
      else if (preload !== "use") whenIdle(() => this.#isClosed || load());
    }

    /** Starts the client, once. A start that failed is forgotten, so that the next call tries again. */
    #load() {
      return this.#starting ??= this.#start().catch((error) => {
        this.#starting = undefined;
        throw error;
      });
    }

    async #start() {
      // Tests may simulate a document. Only a browser knows whether the context is secure.
      if (!globalThis.document || globalThis.isSecureContext === undefined) {
        throw failure("unsupported", "not-in-browser", NOT_IN_BROWSER);
      }
      let Client;
      try {
        if (!this.#isClosed) Client = await loaded(needsFull(this.#options));
      } catch (error) {
        this.#emit("load-failed", "code", error.code);
        throw error;
      }
      if (this.#isClosed) throw failure("misuse", "closed", CLOSED);
      const { onEvent, onReturn } = this.#options;
      const client = await settle(() =>
        Client.start(
          this.#options, this.#address, Boolean(this.#stored), this.#change, onEvent && this.#emit,
          onReturn,
        ));
      this.#cancel();
      this.#client = client;
      // The client answers from now on, and no copy of the token stays here.
      this.#stored = undefined;
      if (this.#isClosed) client.close();
      return client;
    }

    // What the listener of the app throws must not stop the work that it is told of.
    #emit = (type, name, value) => {
      try {
        this.#options.onEvent?.({ __proto__: null, type, at: Date.now(), ...(name && { [name]: value }) });
      } catch (error) {
        reportError(error);
      }
    };

    // Calls every listener, even if another one throws. The error is reported as uncaught.
    #change = (row) => {
      const state = named(row);
      // The client often finds what the stored record has said.
      const isKnown = !this.#client && this.#stored !== undefined &&
        JSON.stringify(state) === JSON.stringify(this.#state);
      if (isKnown) return;
      this.#state = state;
      for (const entry of [...this.#listeners]) this.#notify(entry, state);
    };

    #notify = (entry, state) => {
      try {
        if (this.#listeners.has(entry)) entry.listener(state);
      } catch (error) {
        reportError(error);
      }
    };

    /** Calls the client: at once if it is there, so that a sign-out is done when the call returns. */
    #call = async (work) => settle(() => this.#client ? work(this.#client) : this.#load().then(work));

    /** Returns the stored session if the record, read anew, is still of this session and fresh. */
    #freshSession() {
      if (!this.#stored || this.#client || this.#isClosed) return undefined;
      const session = findSession(this.#options);
      return session?.id === this.#stored.id ? session : undefined;
    }

    get ready() {
      return this.#ready;
    }

    // The same object until another state is known.
    get state() {
      return this.#state;
    }

    get expiresAt() {
      return (this.#client ?? this.#stored)?.expiresAt || undefined;
    }

    get tokenExtras() {
      return this.#client ? this.#client.tokenExtras : this.#stored?.extras;
    }

    get refreshesAt() {
      return this.#client ? this.#client.refreshesAt || undefined : this.#stored?.refreshAt;
    }

    get claims() {
      return this.#client ? this.#client.claims : this.#stored?.claims;
    }

    get did() {
      const subject = this.#state.user?.sub ?? this.claims?.sub;
      return /^did:/.test(subject) ? subject : undefined;
    }

    subscribe = (listener, options) => {
      const entry = { listener };
      this.#listeners.add(entry);
      if (own(options).immediate) this.#notify(entry, this.#state);
      return () => {
        this.#listeners.delete(entry);
      };
    };

    preload = () => this.#call(() => {});

    signIn = (options) => this.#call((client) => client.signIn(options));

    signOut = (options) => this.#call((client) => client.signOut(options));

    getToken = async () =>
      this.#freshSession()?.accessToken ?? this.#call((client) => client.getToken());

    fetch = async (input, init) => {
      const response = await this.#call((client) => client.fetch(input, init));
      const asked = response.ok ? null : response.headers.get("www-authenticate");
      // Only the full module reads what an API asks for. Few pages ever need that.
      if (!asked?.includes("insufficient_")) return response;
      const error = (await loaded(true)).challenge(asked);
      if (error) throw toError(error);
      return response;
    };

    user = async (options) => {
      const isReload = own(options).reload === true;
      return (!isReload && this.#freshSession()?.user) || this.#call((client) => client.user(isReload));
    };

    hasScope = (scope) =>
      this.#client ? this.#client.hasScope(scope) : Boolean(this.#stored?.granted.includes(scope));

    // An ID token shows that `openid` was granted, even if the server does not say so.
    missingScopes = () =>
      requestedScopes(this.#options).filter((scope) =>
        !this.hasScope(scope) && !(scope === "openid" && this.claims));

    close = () => {
      this.#isClosed = true;
      this.#listeners.clear();
      this.#cancel();
      this.#client?.close();
    };
  };
};

/** Waits until the page has loaded and has nothing else to do. */
const whenIdle = (work) => {
  const wait = () => globalThis.requestIdleCallback ? requestIdleCallback(work) : setTimeout(work, 200);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { __proto__: null, once: true });
};

const failure = (kind, code, message) =>
  new BasicAuthError({ kind, code, message, isRetryable: false, needsSignIn: false });

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
