// What the React entry promises, for each supported React. A test file brings React and the entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";

const OPTIONS = { clientId: "app", redirectUri: "https://app.test/callback" };
const SIGNED_OUT = Object.freeze({ status: "signed-out", isSignedIn: false, reason: "never" });
const LOADING = Object.freeze({ status: "loading", isSignedIn: false });
const signedIn = (more) =>
  Object.freeze({ status: "signed-in", isSignedIn: true, scope: ["profile"], refresh: "ok", user: { sub: "1", name: "Ada" }, ...more });

/** An auth that a test drives: `set` shows another state, `calls` has the calls of its methods. */
const stubAuth = (state = SIGNED_OUT, more = {}) => {
  const listeners = new Set();
  const calls = [];
  const leaving = [];
  return {
    state,
    calls,
    leaving,
    listeners,
    ready: Promise.resolve(),
    set(next) {
      this.state = next;
      for (const listener of [...listeners]) listener(next);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    preload: async () => {},
    user: async () => undefined,
    // As a page that leaves: it settles when a test says that the page stays.
    signIn: (options) => {
      calls.push(["signIn", options]);
      return new Promise((stay, fail) => leaving.push({ stay, fail }));
    },
    signOut: async (options) => void calls.push(["signOut", options]),
    getToken: async () => "token",
    fetch: async () => "response",
    hasScope(scope) {
      return this.state.scope?.includes(scope) ?? false;
    },
    missingScopes: () => ["profile"],
    close: () => void calls.push(["close"]),
    ...more,
  };
};

/** Lets promises, timers without a delay, and what React has scheduled come to their end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

const GLOBALS = [
  "window", "document", "location", "localStorage", "sessionStorage", "customElements", "HTMLElement",
  "Document", "Event", "CustomEvent", "Node", "addEventListener", "removeEventListener",
];

export const testReact = async ({ React, load, createRoot, hydrateRoot, renderToString }) => {
  const { createElement, StrictMode, Suspense } = React;
  const major = React.version.split(".")[0];
  const act = React.act ?? load("react-dom/test-utils").act;
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const kit = await load.entry("basic-oauth/react");
  const { BasicAuth } = await load.entry("basic-oauth");
  // Loaded before there is a page, so that no element is defined: jsdom has no constructed style sheets.
  const { BasicSignInElement } = await load.entry("basic-oauth/button");
  const { BasicAuthProvider, useAuth, RequireAuth, AuthCallback, SignInButton } = kit;

  /** Opens a page with these stored records, for one test. All that React complains about fails it. */
  const withPage = async ({ local = {}, path = "/" } = {}, work) => {
    const dom = new JSDOM("<!doctype html><div id=root></div>", { url: `https://app.test${path}`, pretendToBeVisual: true });
    const before = new Map();
    const put = (name, value) => {
      before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    };
    const { window } = dom;
    for (const name of GLOBALS) {
      const value = window[name];
      put(name, name.endsWith("EventListener") ? value.bind(window) : value);
    }
    put("isSecureContext", true);
    // No page is idle here, so that no module loads by itself.
    put("requestIdleCallback", () => {});
    const reported = [];
    put("reportError", (error) => reported.push(error));
    for (const [key, record] of Object.entries(local)) window.localStorage.setItem(key, record);
    const complaints = [];
    const { error: log, warn } = console;
    console.error = console.warn = (...texts) => {
      const text = texts.map(String).join(" ");
      // Node itself warns of the clock that some tests move.
      if (!text.includes("ExperimentalWarning: The MockTimers")) complaints.push(text);
    };
    const roots = [];
    const container = window.document.getElementById("root");
    const page = {
      window,
      container,
      reported,
      complaints,
      text: () => container.textContent,
      render: async (element) => {
        const root = roots[0] ?? createRoot(container);
        if (!roots.length) roots.push(root);
        await act(async () => root.render(element));
      },
      hydrate: async (element) => {
        await act(async () => roots.push(hydrateRoot(container, element, {
          onRecoverableError: (error) => complaints.push(String(error)),
        })));
      },
      unmount: async () => {
        await act(async () => roots.splice(0).forEach((root) => root.unmount()));
        await settled();
      },
    };
    try {
      await work(page);
      await page.unmount();
      assert.deepEqual(complaints, []);
    } finally {
      console.error = log;
      console.warn = warn;
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete globalThis[name];
      }
      window.close();
    }
  };

  /** Counts the clients that are made and closed while `work` runs. */
  const counted = async (work) => {
    const made = [];
    const { create } = BasicAuth;
    BasicAuth.create = (options) => {
      const auth = stubAuth(SIGNED_OUT, { options });
      made.push(auth);
      return auth;
    };
    try {
      await work(made);
    } finally {
      BasicAuth.create = create;
    }
  };
  const closedOf = (made) => made.map(({ calls }) => calls.filter(([name]) => name === "close").length);

  const strict = (...children) => createElement(StrictMode, null, ...children);
  const provider = (props, ...children) => createElement(BasicAuthProvider, props, ...children);
  /** Shows the state, and keeps all that `useAuth` has returned. */
  const probe = () => {
    const seen = [];
    const Probe = () => {
      const auth = useAuth();
      seen.push(auth);
      return `${auth.status} ${auth.user?.name ?? ""}`.trim();
    };
    return { seen, Probe };
  };
  const check = (name, work) => test(`React ${major}: ${name}`, work);
  const page = (name, ...rest) => {
    const work = rest.pop();
    check(name, () => withPage(rest[0], work));
  };

  page("StrictMode makes one client, and unmounting closes it", ({ render, unmount }) =>
    counted(async (made) => {
      const { Probe } = probe();
      await render(strict(provider(OPTIONS, createElement(Probe))));
      await settled();
      assert.deepEqual(closedOf(made), [0]);
      await unmount();
      assert.deepEqual(closedOf(made), [1]);
    }));

  page("options that are equal by value keep the client, and other ones make another", ({ render }) =>
    counted(async (made) => {
      const { Probe, seen } = probe();
      const show = (options) => render(strict(provider({ ...OPTIONS, ...options }, createElement(Probe))));
      const server = { authorizationEndpoint: "https://as.test/a", tokenEndpoint: "https://as.test/t" };
      await show({ server, apiOrigins: ["https://api.test"], scope: undefined });
      const turned = Object.fromEntries(Object.entries(server).reverse());
      await show({ apiOrigins: ["https://api.test"], server: { ...turned } });
      assert.equal(made.length, 1);
      const first = seen.at(-1).auth;
      await show({ server, apiOrigins: ["https://other.test"] });
      await settled();
      assert.deepEqual(closedOf(made), [1, 0]);
      assert.notEqual(seen.at(-1).auth, first);
      await show({ clientId: "other" });
      await settled();
      assert.deepEqual(closedOf(made), [1, 1, 0]);
    }));

  page("the latest functions are called, without another client", ({ render }) =>
    counted(async (made) => {
      const called = [];
      const show = (name) => render(strict(provider({
        ...OPTIONS,
        onEvent: ({ type }) => called.push(`${name} ${type}`),
        onReturn: (path) => called.push(`${name} ${path}`),
      })));
      await show("first");
      await show("second");
      assert.equal(made.length, 1);
      made[0].options.onEvent({ type: "restored" });
      made[0].options.onReturn("/notes");
      assert.deepEqual(called, ["second restored", "second /notes"]);
      await render(strict(provider({ ...OPTIONS, onReturn: "load" })));
      assert.equal(made[1].options.onReturn, "load");
      assert.equal(made[1].options.onEvent, undefined);
    }));

  page("a render that React discards leaves no second client", ({ render, text }) =>
    counted(async (made) => {
      let arrive;
      let isThere = false;
      const waiting = new Promise((resolve) => {
        arrive = resolve;
      });
      const Late = () => {
        if (!isThere) throw waiting;
        return "there";
      };
      await render(createElement(Suspense, { fallback: "waiting" }, provider(OPTIONS, createElement(Late))));
      assert.equal(text(), "waiting");
      await act(async () => {
        isThere = true;
        arrive();
      });
      assert.equal(text(), "there");
      assert.deepEqual(closedOf(made), [0]);
    }));

  check("a client whose render is discarded for good is closed", (context) =>
    withPage({}, () => counted(async (made) => {
      context.mock.timers.enable({ apis: ["setTimeout"] });
      // The string renderer runs no effects, as a render that is discarded.
      renderToString(provider({ ...OPTIONS, clientId: "discarded" }));
      assert.deepEqual(closedOf(made), [0]);
      context.mock.timers.tick(60_000);
      assert.deepEqual(closedOf(made), [1]);
      context.mock.timers.reset();
    })));

  page("the first render shows that no user is signed in", async ({ render, text }) => {
    const { Probe, seen } = probe();
    await render(strict(provider({ ...OPTIONS, clientId: "first" }, createElement(Probe))));
    assert.equal(text(), "signed-out");
    assert.ok(seen.every(({ status }) => status === "signed-out"));
  });

  page("an auth of the app is used as it is, and not closed", async ({ render, unmount, text }) => {
    const auth = stubAuth();
    const { Probe, seen } = probe();
    await render(strict(provider({ auth }, createElement(Probe))));
    await act(async () => auth.set(signedIn()));
    assert.equal(text(), "signed-in Ada");
    assert.equal(seen.at(-1).auth, auth);
    await unmount();
    assert.deepEqual(auth.calls, []);
    assert.equal(auth.listeners.size, 0);
  });

  page("what useAuth returns is the same until the state changes", async ({ render }) => {
    const auth = stubAuth();
    const { Probe, seen } = probe();
    const show = () => render(provider({ auth }, createElement(Probe)));
    await show();
    await show();
    assert.equal(new Set(seen).size, 1);
    assert.ok(Object.isFrozen(seen[0]));
    await act(async () => auth.set(signedIn()));
    const last = seen.at(-1);
    for (const name of ["signIn", "signOut", "getToken", "fetch", "auth"]) assert.equal(last[name], seen[0][name]);
    assert.notEqual(last.hasScope, seen[0].hasScope);
    assert.equal(last.hasScope("profile"), true);
    assert.equal(last.isReady, true);
    await act(async () => auth.set(LOADING));
    const { hasScope, missingScopes, isReady } = seen.at(-1);
    assert.deepEqual([hasScope("profile"), missingScopes(), isReady], [false, [], false]);
  });

  page("a handler may be signIn or signOut as it is", async ({ render, container }) => {
    const auth = stubAuth();
    const Buttons = () => {
      const { signIn, signOut } = useAuth();
      return [signIn, signOut].map((onClick, key) => createElement("button", { key, onClick }));
    };
    await render(provider({ auth }, createElement(Buttons)));
    await act(async () => container.querySelectorAll("button").forEach((button) => button.click()));
    assert.deepEqual(auth.calls, [["signIn", undefined], ["signOut", undefined]]);
  });

  page("a start that fails is ready, reported, and forgotten when it succeeds", async ({ render, reported, text }) => {
    const failure = new Error("The module did not load.");
    const ready = Promise.reject(failure);
    const auth = stubAuth(LOADING, { ready });
    const { Probe, seen } = probe();
    await render(provider({ auth }, createElement(Probe), createElement(kit.AuthLoading, null, " wait"), createElement(kit.SignedOut, null, " out")));
    assert.deepEqual(reported, [failure]);
    assert.equal(seen.at(-1).startError, failure);
    assert.equal(seen.at(-1).isReady, true);
    assert.equal(text(), "loading out");
    await act(async () => auth.set(signedIn()));
    assert.equal(seen.at(-1).startError, undefined);
  });

  page("each of three components shows one state", async ({ render, text }) => {
    const auth = stubAuth(LOADING);
    await render(provider(
      { auth },
      createElement(kit.AuthLoading, null, "loading"),
      createElement(kit.SignedIn, null, "in"),
      createElement(kit.SignedOut, null, "out"),
    ));
    assert.equal(text(), "loading");
    await act(async () => auth.set(SIGNED_OUT));
    assert.equal(text(), "out");
    await act(async () => auth.set(signedIn()));
    assert.equal(text(), "in");
  });

  check("a hook outside of a provider says what to do", () => {
    const { Probe } = probe();
    const { error } = console;
    console.error = () => {};
    try {
      assert.throws(() => renderToString(createElement(Probe)), /no <BasicAuthProvider>.*Put one around/);
    } finally {
      console.error = error;
    }
  });

  check("a server render shows loading, and its hydration does not complain", async () => {
    const app = (auth) => {
      const { Probe, seen } = probe();
      const Scopes = () => {
        const { hasScope, missingScopes, claims, did } = useAuth();
        return createElement("i", { title: String([hasScope("profile"), missingScopes(), claims, did]) });
      };
      const guarded = createElement(RequireAuth, { loading: "wait" }, "private");
      return {
        seen,
        element: strict(provider(
          auth ? { auth } : OPTIONS,
          createElement(Probe),
          createElement(Scopes),
          createElement(SignInButton, { disabled: true, returnTo: "/notes", className: "wide", size: "large" }, "Go"),
          createElement(Suspense, { fallback: null }, guarded),
        )),
      };
    };
    const html = renderToString(app().element);
    assert.match(html, /loading<i title="false,,,"/);
    assert.match(html, /<basic-sign-in[^>]* return-to="\/notes"/);
    assert.match(html, /class="wide"/);
    assert.doesNotMatch(html, /style=/);
    assert.match(html, /wait/);
    await withPage({}, async ({ container, hydrate, text, complaints }) => {
      container.innerHTML = html;
      const auth = stubAuth(signedIn(), { claims: { sub: "1" }, did: "did:web:ada" });
      const { element, seen } = app(auth);
      await hydrate(element);
      assert.equal(seen[0].status, "loading");
      assert.deepEqual(complaints, []);
      assert.match(text(), /^signed-in Ada.*private$/);
      assert.equal(container.querySelector("i").title, "true,profile,[object Object],did:web:ada");
    });
  });

  const guard = (auth, props) => strict(provider({ auth }, createElement(RequireAuth, { loading: "wait", ...props }, "private")));

  page("a guard asks once, in StrictMode and with two guards", async ({ render, text, container }) => {
    const auth = stubAuth(LOADING);
    const two = createElement(RequireAuth, { returnTo: "/two" }, "more");
    await render(strict(provider({ auth }, createElement(RequireAuth, { loading: "wait", returnTo: "/one" }, "private"), two)));
    assert.equal(text(), "wait");
    assert.deepEqual(auth.calls, []);
    await act(async () => auth.set(SIGNED_OUT));
    assert.deepEqual(auth.calls, [["signIn", { returnTo: "/one", scope: undefined }]]);
    assert.equal(text(), "wait");
    // The page stays, for example because it came back from the back/forward cache.
    await act(async () => auth.leaving[0].stay());
    assert.equal(container.querySelectorAll("basic-sign-in").length, 2);
    await act(async () => auth.set(signedIn()));
    assert.equal(text(), "privatemore");
    // After a success it asks again.
    await act(async () => auth.set({ ...SIGNED_OUT, reason: "expired" }));
    assert.equal(auth.calls.length, 2);
  });

  page("a guard shows the error of a refusal, and a button", async ({ render, text, container, unmount }) => {
    const auth = stubAuth({ ...SIGNED_OUT, error: new Error("The user declined.") });
    await render(guard(auth, { returnTo: "/notes" }));
    assert.deepEqual(auth.calls, []);
    assert.equal(container.querySelector("[role=alert]").textContent, "The user declined.");
    const button = container.querySelector("basic-sign-in");
    button.auth.signIn();
    assert.deepEqual(auth.calls, [["signIn", { returnTo: "/notes", scope: undefined }]]);
    assert.equal(text(), "The user declined.");
    await unmount();
  });

  page("a guard does not ask again on a page that was left for the same", async ({ render, container, unmount }) => {
    const first = stubAuth();
    await render(guard(first));
    assert.equal(first.calls.length, 1);
    await unmount();
    // The page loads again, because the user went back.
    const second = stubAuth();
    await render(guard(second));
    assert.deepEqual(second.calls, []);
    assert.ok(container.querySelector("basic-sign-in"));
    await act(async () => second.set(signedIn()));
    await unmount();
    const third = stubAuth();
    await render(guard(third));
    assert.equal(third.calls.length, 1);
  });

  page("a guard shows why a sign-in could not begin", async ({ render, text }) => {
    const auth = stubAuth();
    await render(guard(auth));
    await act(async () => auth.leaving[0].fail(new Error("This page is framed.")));
    assert.match(text(), /This page is framed/);
    assert.equal(auth.calls.length, 1);
  });

  for (const reason of ["signed-out", "signed-out-elsewhere", "revoked"]) {
    page(`a guard does not ask a user whose session ended as ${reason}`, async ({ render, container }) => {
      const auth = stubAuth({ ...SIGNED_OUT, reason });
      await render(guard(auth));
      assert.deepEqual(auth.calls, []);
      assert.ok(container.querySelector("basic-sign-in"));
      assert.equal(container.querySelector("[role=alert]"), null);
    });
  }

  page("a guard asks once for a scope that is missing, inside of another one", async ({ render, text, container, unmount }) => {
    const nested = (auth) => strict(provider({ auth }, createElement(RequireAuth, null,
      createElement(RequireAuth, { scope: "app:db:write profile", loading: "wait" }, "editor"))));
    const auth = stubAuth(signedIn());
    await render(nested(auth));
    assert.deepEqual(auth.calls, [["signIn", { returnTo: undefined, scope: "app:db:write profile" }]]);
    assert.equal(text(), "wait");
    await unmount();
    // Back from the server, which has not granted it.
    const again = stubAuth(signedIn());
    await render(nested(again));
    assert.deepEqual(again.calls, []);
    const button = container.querySelector("basic-sign-in");
    assert.equal(button.auth.state.isSignedIn, false);
    button.auth.signIn();
    assert.deepEqual(again.calls, auth.calls);
    await act(async () => again.set(signedIn({ scope: ["profile", "app:db:write"] })));
    assert.equal(text(), "editor");
  });

  page("a guard asks a new user for the scopes of the options too", async ({ render }) => {
    const auth = stubAuth();
    await render(guard(auth, { scope: "app:db:write profile" }));
    assert.deepEqual(auth.calls, [["signIn", { returnTo: undefined, scope: "profile app:db:write" }]]);
  });

  page("withAuthRequired guards a component", async ({ render, text }) => {
    const auth = stubAuth();
    const Editor = ({ name }) => `editor of ${name}`;
    const Guarded = kit.withAuthRequired(Editor, { returnTo: "/editor", loading: "wait" });
    assert.equal(Guarded.displayName, "withAuthRequired(Editor)");
    await render(strict(provider({ auth }, createElement(Guarded, { name: "Ada" }))));
    assert.equal(text(), "wait");
    assert.equal(auth.calls[0][1].returnTo, "/editor");
    await act(async () => auth.set(signedIn()));
    assert.equal(text(), "editor of Ada");
  });

  page("an app shows its own prompt", async ({ render, text, container }) => {
    const auth = stubAuth({ ...SIGNED_OUT, error: new Error("No.") });
    const fallback = ({ error, signIn }) => createElement("button", { onClick: signIn }, error.message);
    await render(guard(auth, { fallback }));
    assert.equal(text(), "No.");
    await act(async () => container.querySelector("button").click());
    assert.deepEqual(auth.calls, [["signIn", { returnTo: undefined, scope: undefined }]]);
  });

  page("a callback page shows loading, then the error with a button", async ({ render, text, container }) => {
    const auth = stubAuth(LOADING);
    await render(strict(provider({ auth }, createElement(AuthCallback, { loading: "wait" }))));
    assert.equal(text(), "wait");
    await act(async () => auth.set({ ...SIGNED_OUT, error: new Error("The answer is too old.") }));
    assert.equal(container.querySelector("[role=alert]").textContent, "The answer is too old.");
    assert.ok(container.querySelector("basic-sign-in"));
    assert.deepEqual(auth.calls, []);
  });

  check("a callback page waits for the router, and is no dead end", (context) =>
    withPage({}, async ({ render, text, container }) => {
      const auth = stubAuth(signedIn());
      context.mock.timers.enable({ apis: ["setTimeout"] });
      await render(provider({ auth }, createElement(AuthCallback, { loading: "wait" })));
      assert.equal(text(), "wait");
      await act(async () => context.mock.timers.tick(2_000));
      context.mock.timers.reset();
      assert.equal(container.querySelector("basic-sign-in").auth, auth);
      await act(async () => auth.set(SIGNED_OUT));
      assert.ok(container.querySelector("basic-sign-in"));
    }));

  page("each attribute of the element is a property in camel case", async ({ render, container }) => {
    const names = BasicSignInElement.observedAttributes.filter((name) => name !== "lang");
    assert.ok(names.length > 20, "the attributes of the element are not found");
    const camelCase = (name) => name.replace(/-./g, (pair) => pair[1].toUpperCase());
    const props = Object.fromEntries(names.map((name) => [camelCase(name), `its ${name}`]));
    await render(createElement(SignInButton, props));
    const element = container.querySelector("basic-sign-in");
    for (const name of names) assert.equal(element.getAttribute(name), `its ${name}`);
    await render(createElement(SignInButton, { disabled: false, issParameterSupported: false, className: "a", id: "b", "aria-label": "c" }));
    const left = element.getAttributeNames().filter((name) => name !== "lang");
    assert.deepEqual(left.sort(), ["aria-label", "class", "id", "style"]);
  });

  page("the button uses the auth of the provider, keeps its room, and emits to the latest handlers", async ({ render, container, window }) => {
    const auth = stubAuth();
    const seen = [];
    let ref;
    const show = (name, more) => render(strict(provider({ auth }, createElement(SignInButton, {
      ref: (element) => {
        ref = element;
      },
      size: "large",
      style: { color: "red" },
      onSignedIn: (detail) => seen.push([name, detail]),
      onSignedOut: (detail) => seen.push([name, detail]),
      onError: (detail, event) => seen.push([name, detail, event.type]),
      ...more,
    }))));
    await show("first");
    await show("second");
    const element = container.querySelector("basic-sign-in");
    assert.equal(ref, element);
    assert.equal(element.auth, auth);
    assert.equal(element.style.color, "red");
    assert.equal(element.style.minBlockSize, "52px");
    const emit = (type, detail) => element.dispatchEvent(new window.CustomEvent(type, { detail }));
    emit("basic-signed-in", { user: "Ada" });
    emit("basic-signed-out", { reason: "expired" });
    emit("basic-error", "no");
    assert.deepEqual(seen, [
      ["second", { user: "Ada" }],
      ["second", { reason: "expired" }],
      ["second", "no", "basic-error"],
    ]);
    await show("third", { clientId: "own" });
    assert.equal(element.getAttribute("client-id"), "own");
  });

  page("a button that a server has rendered gets its handlers", async ({ hydrate, container, window }) => {
    const seen = [];
    const app = () => provider({ auth: stubAuth() }, createElement(SignInButton, { onSignedIn: () => seen.push("in") }));
    container.innerHTML = renderToString(app());
    await hydrate(app());
    container.querySelector("basic-sign-in").dispatchEvent(new window.CustomEvent("basic-signed-in"));
    assert.deepEqual(seen, ["in"]);
  });
};
