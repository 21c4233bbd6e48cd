"use client";
// The integration with React 18 and 19. It subscribes to an auth, shows its state and calls it. It
// handles no protocol, storage of tokens or address.
//
// Components read the state with `useSyncExternalStore` themselves, and the context holds only what
// they read it from. So a server render and its hydration show `loading`, and any other first render
// shows the state at once.
import {
  createContext, createElement, forwardRef, useContext, useEffect, useImperativeHandle, useMemo,
  useReducer, useRef, useState, useSyncExternalStore,
} from "react";
import { isUndecided, namesOf } from "./guard.js";
import { BasicAuth } from "./index.js";
import { report } from "./report.js";
import { own } from "./stored.js";

/** How long a client waits for the provider that made it, if React discards or delays the render. */
const UNUSED_MILLIS = 60_000;
/** How long a callback page waits for the router to leave it after a sign-in. */
const RETURN_MILLIS = 2_000;

const TAG = "basic-sign-in";
const EVENTS = {
  __proto__: null,
  "basic-signed-in": "onSignedIn",
  "basic-signed-out": "onSignedOut",
  "basic-error": "onError",
};
/** The attributes of the element whose names have several words. The others are passed on as they are. */
const ATTRIBUTES = [
  "client-id", "redirect-uri", "authorization-endpoint", "token-endpoint", "userinfo-endpoint",
  "revocation-endpoint", "end-session-endpoint", "jwks-uri", "iss-parameter-supported",
  "token-encoding", "fallback-return-to", "post-logout-redirect-uri", "return-to", "sign-out-label",
  "signed-in-action",
];

const Context = createContext(undefined);

// The clients that providers have made, by their options. A render may run twice or be discarded, so
// it must find what another one has made.
const clients = new Map();

const clientFor = (options) => {
  const key = JSON.stringify(options, (_, value) => {
    // Another function makes no other client, and the order of the members counts for nothing.
    if (typeof value === "function") return "";
    if (!value || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
  const known = clients.get(key);
  if (known) return known;
  let users = 0;
  let timer;
  const client = { functions: options, isClosed: false };
  const call = (name) =>
    typeof options[name] === "function" ? (value) => client.functions[name](value) : options[name];
  client.auth = BasicAuth.create({ ...options, onEvent: call("onEvent"), onReturn: call("onReturn") });
  // A server render has no effects that could close it, and needs none: nothing has started.
  if (!globalThis.document) return client;
  const closeAfter = (millis) => {
    timer = setTimeout(() => {
      client.isClosed = true;
      clients.delete(key);
      client.auth.close();
    }, millis);
  };
  client.use = () => {
    clearTimeout(timer);
    users += 1;
    // Later, because StrictMode ends an effect and begins it again.
    return () => (users -= 1) || closeAfter(0);
  };
  clients.set(key, client);
  closeAfter(UNUSED_MILLIS);
  return client;
};

const LOADING = Object.freeze({
  status: "loading",
  isSignedIn: false,
  reason: undefined,
  scope: undefined,
  refresh: undefined,
  user: undefined,
  error: undefined,
});

/** What components read of an auth. */
const stores = new WeakMap();

const storeOf = (auth) => {
  if (stores.has(auth)) return stores.get(auth);
  let startError;
  let view;
  const listeners = new Set();
  // A press on `<button onClick={signIn}>` hands its event over.
  const optionsOf = (given) => given?.nativeEvent ? undefined : given;
  const actions = {
    auth,
    signIn: (options) => auth.signIn(optionsOf(options)),
    signOut: (options) => auth.signOut(optionsOf(options)),
    getToken: auth.getToken,
    fetch: auth.fetch,
  };
  const viewOf = (state, error) => {
    // What the stored session has is not shown while loading: a server does not know it.
    const isKnown = state.status !== "loading";
    return Object.freeze({
      ...state,
      ...actions,
      isReady: isKnown || Boolean(error),
      startError: error,
      claims: isKnown ? auth.claims : undefined,
      did: isKnown ? auth.did : undefined,
      // Not the same functions for each state: the React Compiler keeps what a function has returned.
      hasScope: (scope) => isKnown && auth.hasScope(scope),
      missingScopes: () => isKnown ? auth.missingScopes() : [],
    });
  };
  const store = {
    read: () => {
      const { state } = auth;
      const error = state.status === "loading" ? startError : undefined;
      if (store.state !== state || view.startError !== error) {
        store.state = state;
        view = viewOf(state, error);
      }
      return view;
    },
    hydrate: () => serverView,
    subscribe: (listener) => {
      const unsubscribe = auth.subscribe(listener);
      listeners.add(listener);
      return () => {
        unsubscribe();
        listeners.delete(listener);
      };
    },
    /** Leaves for a sign-in, unless it was left for the same before. Ends if the page stays. */
    ask: (scope, options) => {
      const leave = async () => isNoted(scope, true) ? undefined : auth.signIn(options);
      return store.asking ??= leave().catch((error) => error).finally(() => {
        store.asking = undefined;
      });
    },
  };
  const serverView = viewOf(LOADING);
  auth.ready?.catch((error) => {
    startError = error;
    for (const listener of [...listeners]) listener();
    // For the developer, as an error of a start that the app does not wait for.
    report(error);
  });
  stores.set(auth, store);
  return store;
};

/**
 * Returns whether this tab has asked for this scope without success, and notes whether it does now.
 * A refusal, and Back from the server, would otherwise lead to the same question again.
 */
const isNoted = (scope = "", isAsking) => {
  try {
    const key = `basic-oauth-asked ${scope}`;
    const isKnown = sessionStorage.getItem(key) !== null;
    if (isAsking) sessionStorage.setItem(key, "");
    else sessionStorage.removeItem(key);
    return isKnown;
  } catch {
    return true;
  }
};

export const BasicAuthProvider = (props) => {
  const { auth, children, ...options } = own(props);
  const [, update] = useReducer((count) => count + 1, 0);
  const client = auth ? undefined : clientFor(options);
  useEffect(() => client?.isClosed ? update() : client?.use(), [client]);
  useEffect(() => {
    if (client) client.functions = options;
  });
  return createElement(Context.Provider, { value: storeOf(auth ?? client.auth) }, children);
};

const useStore = () => {
  const store = useContext(Context);
  if (!store) {
    throw new Error("There is no <BasicAuthProvider> around this component. Put one around your app.");
  }
  return store;
};

export const useAuth = () => {
  const { subscribe, read, hydrate } = useStore();
  return useSyncExternalStore(subscribe, read, hydrate);
};

export const useUser = () => useAuth().user;

export const SignedIn = ({ children }) => useAuth().isSignedIn ? children : null;

export const SignedOut = ({ children }) => {
  const { isReady, isSignedIn } = useAuth();
  return isReady && !isSignedIn ? children : null;
};

export const AuthLoading = ({ children }) => useAuth().isReady ? null : children;

export const RequireAuth = (props) => {
  const { children, fallback, loading = null, scope, returnTo } = own(props);
  const store = useStore();
  const auth = useAuth();
  const { isReady, isSignedIn, error = auth.startError } = auth;
  const names = namesOf(scope);
  const isAllowed = isSignedIn && names.every(auth.hasScope);
  const mayAsk = isReady && !isAllowed && !error && isUndecided(auth);
  const [answer, setAnswer] = useState();
  const options = {
    returnTo,
    // While signed in, what was granted is asked for as well.
    scope: scope && [...new Set([...(isSignedIn ? [] : auth.missingScopes()), ...names])].join(" "),
  };
  useEffect(() => {
    if (isAllowed) isNoted(scope);
    if (!mayAsk) return setAnswer();
    let isCurrent = true;
    store.ask(scope, options).then((failure) => isCurrent && setAnswer({ failure }));
    return () => {
      isCurrent = false;
    };
  }, [store, isAllowed, mayAsk, scope]);
  if (isAllowed) return children;
  if (!isReady || (mayAsk && !answer)) return loading;
  return createElement(Prompt, { error: error ?? answer?.failure, fallback, options });
};

export const withAuthRequired = (Component, options) => {
  const Guarded = (props) =>
    createElement(RequireAuth, own(options), createElement(Component, props));
  Guarded.displayName = `withAuthRequired(${Component.displayName || Component.name || "Component"})`;
  return Guarded;
};

export const AuthCallback = (props) => {
  const { children, fallback, loading = null } = own(props);
  const { isReady, isSignedIn, error, startError } = useAuth();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const timer = setTimeout(setLate, RETURN_MILLIS, true);
    return () => clearTimeout(timer);
  }, [isSignedIn]);
  if (!isReady || (isSignedIn && !isLate)) return loading;
  const failure = error ?? startError;
  if (isSignedIn || !failure) return children ?? createElement(SignInButton);
  return createElement(Prompt, { error: failure, fallback });
};

/** Shows why the user is asked, and a button that signs in with these options. */
const Prompt = ({ error, fallback, options }) => {
  const { auth } = useAuth();
  const { scope, returnTo } = own(options);
  const signIn = () => auth.signIn({ scope, returnTo });
  // A user who is signed in and lacks a scope needs the button too, so it sees a state of its own.
  const prompt = useMemo(() => ({
    state: { ...LOADING, status: "signed-out", reason: "never" },
    ready: Promise.resolve(),
    subscribe: () => () => {},
    preload: auth.preload,
    signIn,
  }), [auth, scope, returnTo]);
  if (fallback) return fallback({ error, signIn });
  return createElement(
    "div",
    null,
    error && createElement("p", { role: "alert" }, error.message),
    createElement(SignInButton, { auth: prompt }),
  );
};

const whenDefined = (listener) => {
  let isCurrent = true;
  customElements.whenDefined(TAG).then(() => isCurrent && listener());
  return () => {
    isCurrent = false;
  };
};

const camelCase = (name) => name.replace(/-./g, (pair) => pair[1].toUpperCase());

export const SignInButton = forwardRef((props, ref) => {
  const { auth, className, style, onSignedIn, onSignedOut, onError, ...rest } = own(props);
  const store = useContext(Context);
  const isUndefined = useSyncExternalStore(whenDefined, () => !customElements.get(TAG), () => false);
  const latest = useRef({}).current;
  latest.auth = rest.clientId ? undefined : auth ?? store?.read().auth;
  // Not as properties of React: React 18 does not know these events, and React 19 forgets them on an
  // element that a server has rendered. The listeners are there before the first event.
  const [attach] = useState(() => (element) => {
    latest.element = element;
    if (!element) return;
    for (const type in EVENTS) element.addEventListener(type, latest.listen);
    if (latest.auth) element.auth = latest.auth;
  });
  latest.listen ??= (event) => latest.props[EVENTS[event.type]]?.(event.detail, event);
  latest.props ??= props;
  useImperativeHandle(ref, () => latest.element, []);
  useEffect(() => {
    latest.props = props;
  });
  useEffect(() => {
    // Loaded when it is first shown, so that an app without it does not carry it.
    import("./button.js").catch(report);
  }, []);
  useEffect(() => {
    if (latest.auth && latest.element.auth !== latest.auth) latest.element.auth = latest.auth;
  }, [latest.auth]);
  for (const name of ATTRIBUTES) {
    const property = camelCase(name);
    rest[name] = rest[property];
    delete rest[property];
  }
  for (const name in rest) {
    // React 18 writes `disabled="false"`, which means that it is disabled.
    if (rest[name] === false) rest[name] = undefined;
  }
  const [height, width] = { small: [36, 187], large: [52, 244] }[rest.size] ?? [44, 215];
  const room = {
    display: "inline-block",
    verticalAlign: "middle",
    minBlockSize: height,
    minInlineSize: rest.shape === "icon" ? height : width,
  };
  return createElement(TAG, {
    ...rest,
    // React 18 does not know `className` on such an element.
    class: className,
    style: isUndefined ? { ...room, ...style } : style,
    ref: attach,
  });
});
