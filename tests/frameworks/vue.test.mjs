// Vue and its router, with the fake client, under jsdom.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";

const PAGE = "https://app.test/app/";
const dom = new JSDOM('<div id="app"></div>', { url: PAGE });
const NAMES = [
  "window", "document", "location", "history", "Element", "SVGElement", "Node", "ShadowRoot",
  "MathMLElement", "sessionStorage", "localStorage", "navigator",
];
for (const name of NAMES) {
  const value = name === "window" ? dom.window : dom.window[name];
  Object.defineProperty(globalThis, name, { __proto__: null, value, configurable: true, writable: true });
}
// A page that is a browser's, as far as the client asks.
globalThis.isSecureContext = true;
globalThis.addEventListener = dom.window.addEventListener.bind(dom.window);
globalThis.removeEventListener = dom.window.removeEventListener.bind(dom.window);
const { createApp, h, isReactive, nextTick, reactive, ref } = await import("vue");
const { RouterView, createMemoryHistory, createRouter, createWebHashHistory, createWebHistory } = await import("vue-router");
const { createBasicAuth, requireAuth, useAuth } = await import("basic-oauth/vue");
const { createFakeAuth, fakeError } = await import("basic-oauth/testing");

const ADA = { sub: "1", name: "Ada" };
const apps = [];
const logged = [];
const text = () => document.querySelector("#app").textContent;
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach((context) => {
  sessionStorage.clear();
  history.replaceState(null, "", PAGE);
  logged.length = 0;
  for (const level of ["error", "warn"]) context.mock.method(console, level, (...values) => logged.push(values));
});
afterEach(() => {
  for (const app of apps.splice(0)) app.unmount();
});

/** Mounts an app that renders `view` with what `useAuth` returns. */
const mount = (auth, view, ...plugins) => {
  let used;
  const app = createApp({
    setup() {
      used = useAuth();
      return () => view(used);
    },
  });
  const plugin = createBasicAuth(auth);
  for (const it of [plugin, ...plugins]) app.use(it);
  app.mount("#app");
  apps.push(app);
  return { app, plugin, used };
};

test("an app shows the state, and follows it", async () => {
  const auth = createFakeAuth({ status: "loading", requestedScope: "profile app:db" });
  mount(auth, ({ isReady, isSignedIn, user, hasScope, missingScopes }) =>
    h("p", [isReady.value, isSignedIn.value, user.value?.name, hasScope("app:db"), missingScopes().length].join(" ")));
  assert.equal(text(), "false false  false 2");
  auth.set({ user: ADA });
  await nextTick();
  assert.equal(text(), "true true Ada false 1");
  auth.set({ scope: "profile app:db" });
  await nextTick();
  assert.equal(text(), "true true Ada true 0");
  await auth.signOut();
  await nextTick();
  assert.equal(text(), "true false  false 2");
  assert.deepEqual(logged, []);
});

test("every member of the state is a ref, and reactive() needs no value", () => {
  const error = fakeError("access-denied");
  const { used } = mount(createFakeAuth({ status: "signed-out", error, reason: "revoked" }), () => null);
  for (const name of Object.keys(used.auth.state)) assert.equal(used[name].value, used.auth.state[name], name);
  assert.equal(used.state.value, used.auth.state);
  const unwrapped = reactive(used);
  assert.deepEqual([unwrapped.reason, unwrapped.isReady, unwrapped.error === error], ["revoked", true, true]);
});

test("the client is never made reactive", async () => {
  const { BasicAuth } = await import("basic-oauth");
  const real = BasicAuth.create({ clientId: "app", redirectUri: "https://app.test/callback", preload: "use" });
  const { plugin, used } = mount(real, () => null);
  for (const auth of [ref(used.auth).value, reactive({ auth: plugin.auth }).auth]) {
    assert.equal(isReactive(auth), false);
    assert.equal(auth.state.status, real.state.status);
  }
  real.close();
});

test("outside an app with the plugin, useAuth says what to do", () => {
  assert.throws(useAuth, /app\.use\(createBasicAuth\(options\)\)/);
  const app = createApp({ setup: () => () => useAuth() });
  assert.throws(() => app.runWithContext(useAuth), /app\.use\(createBasicAuth\(options\)\)/);
  assert.deepEqual(logged, [], "no warning of Vue's in place of the sentence");
});

test("an unmounted app leaves no subscription, and closes only its own client", async () => {
  const auth = createFakeAuth();
  let count = 0;
  const { subscribe } = auth;
  auth.subscribe = (listener) => {
    count += 1;
    const end = subscribe(listener);
    return () => {
      count -= 1;
      end();
    };
  };
  mount(auth, () => null);
  assert.equal(count, 1);
  apps.pop().unmount();
  assert.equal(count, 0);
  assert.deepEqual(auth.calls, []);
  const { plugin } = mount({ clientId: "app", redirectUri: "https://app.test/callback", preload: "use" }, () => null);
  apps.pop().unmount();
  await assert.rejects(plugin.auth.getToken(), { code: "closed" });
});

test("two apps may share a plugin, and the last one closes it", async () => {
  const plugin = createBasicAuth({ clientId: "app", redirectUri: "https://app.test/callback", preload: "use" });
  const both = [0, 1].map(() => createApp({ render: () => null }).use(plugin));
  for (const app of both) app.mount(document.createElement("div"));
  both[0].unmount();
  const end = plugin.auth.subscribe(() => {});
  end();
  const rejection = async () => plugin.auth.signIn({ scope: "," }).catch(({ code }) => code);
  both[1].unmount();
  assert.equal(await rejection(), "closed");
});

test("a start that fails is shown, and the next state clears it", async () => {
  const failure = fakeError("load-failed");
  const auth = createFakeAuth({ status: "loading", startError: failure });
  const { used } = mount(auth, ({ startError }) => h("p", startError.value?.code ?? "none"));
  await settled();
  assert.equal(text(), "load-failed");
  auth.set({ user: ADA });
  await nextTick();
  assert.equal(text(), "none");
  assert.equal(used.isSignedIn.value, true);
});

/** Mounts an app with a guarded route, at a path below the base of the router. */
const guarded = async (auth, path, makeHistory = createWebHistory) => {
  history.replaceState(null, "", path);
  const page = (name) => ({ render: () => name });
  const router = createRouter({
    history: makeHistory("/app/"),
    routes: [
      { path: "/", component: page("home") },
      { path: "/callback", component: page("callback") },
      {
        path: "/private",
        component: RouterView,
        meta: { requiresAuth: true },
        children: [
          { path: "", component: page("private") },
          { path: "write", component: page("write"), meta: { scope: "app:db:write" } },
        ],
      },
    ],
  });
  const remove = requireAuth(router);
  mount(auth, () => h(RouterView), router);
  await settled();
  return { router, remove };
};
const signIns = ({ calls }) => calls.filter(({ name }) => name === "signIn").map((call) => call.arguments[0]);
/** As in a browser that leaves the page. */
const leaves = () => new Promise(() => {});

test("the guard lets a signed-in user through, and does not touch other routes", async () => {
  const auth = createFakeAuth({ user: ADA });
  const { router } = await guarded(auth, "/app/");
  assert.equal(text(), "home");
  await router.push("/private?x=1");
  assert.deepEqual([text(), signIns(auth)], ["private", []]);
  const anyone = createFakeAuth();
  await guarded(anyone, "/app/");
  assert.deepEqual(signIns(anyone), []);
});

test("the guard asks once, and names the guarded address with the base of the router", async () => {
  const auth = createFakeAuth({ signIn: leaves });
  await guarded(auth, "/app/private?x=1#part");
  assert.deepEqual(signIns(auth).map(({ returnTo }) => returnTo), ["/app/private?x=1#part"]);
  assert.equal(signIns(auth)[0].scope, undefined);
  assert.equal(text(), "", "nothing of the page is shown");
});

test("a router with hashes comes back to the hash", async () => {
  const auth = createFakeAuth({ signIn: leaves });
  await guarded(auth, "/app/?theme=dark#/private?x=1", createWebHashHistory);
  assert.equal(signIns(auth)[0].returnTo, "/app/?theme=dark#/private?x=1");
});

test("the guard waits until the state is known", async () => {
  const auth = createFakeAuth({ status: "loading" });
  await guarded(auth, "/app/private");
  assert.equal(text(), "");
  auth.set({ user: ADA });
  await settled();
  assert.deepEqual([text(), signIns(auth)], ["private", []]);
});

test("a user who declined, signed out or failed is not sent off again", async () => {
  for (const options of [
    { error: fakeError("access-denied") },
    { reason: "signed-out" },
    { reason: "signed-out-elsewhere" },
    { reason: "revoked" },
  ]) {
    const auth = createFakeAuth(options);
    const { router } = await guarded(auth, "/app/private");
    assert.deepEqual([text(), signIns(auth), router.currentRoute.value.path], ["private", [], "/private"]);
    apps.pop().unmount();
  }
  const expired = createFakeAuth({ reason: "expired", signIn: leaves });
  await guarded(expired, "/app/private");
  assert.equal(signIns(expired).length, 1);
});

test("a page that stays because the user came back shows what it showed before", async () => {
  const auth = createFakeAuth({ signIn: () => {} });
  const { router } = await guarded(auth, "/app/");
  await router.push("/private");
  assert.deepEqual([text(), location.pathname, signIns(auth).length], ["home", "/app/", 1]);
  await router.push("/private");
  assert.equal(signIns(auth).length, 2, "a second press asks again");
  apps.pop().unmount();
  const first = createFakeAuth({ signIn: () => {} });
  await guarded(first, "/app/private");
  assert.equal(text(), "private", "the first page has to show something");
});

test("a user who comes back without an answer sees the page, and is not sent off again", async () => {
  await guarded(createFakeAuth({ signIn: leaves }), "/app/private");
  apps.pop().unmount();
  const again = createFakeAuth({ signIn: leaves });
  const { router } = await guarded(again, "/app/private");
  assert.deepEqual([text(), signIns(again)], ["private", []]);
  await router.push("/");
  void router.push("/private");
  await settled();
  assert.equal(signIns(again).length, 1, "but the next press asks");
});

test("a sign-in that cannot begin shows its error on the page", async () => {
  const failure = fakeError("framed");
  const auth = createFakeAuth({ signIn: () => { throw failure; } });
  const { router } = await guarded(auth, "/app/");
  await router.push("/private");
  assert.equal(text(), "private");
  const { used } = mount(auth, () => null);
  assert.equal(used.startError.value, undefined, "another plugin has nothing to do with it");
  assert.equal(apps[0].runWithContext(useAuth).startError.value, failure);
});

test("a route that needs a scope asks for it, with what is granted or configured", async () => {
  const auth = createFakeAuth({ scope: "profile", user: ADA, signIn: leaves });
  await guarded(auth, "/app/private/write");
  assert.equal(signIns(auth)[0].scope, "app:db:write");
  apps.pop().unmount();
  // The server grants less than it was asked for: no error, and no other round.
  const narrowed = createFakeAuth({ scope: "profile", user: ADA, signIn: leaves });
  await guarded(narrowed, "/app/private/write");
  assert.deepEqual([text(), signIns(narrowed)], ["write", []]);
  apps.pop().unmount();
  const signedOut = createFakeAuth({ requestedScope: "profile email", signIn: leaves });
  await guarded(signedOut, "/app/private/write");
  assert.equal(signIns(signedOut)[0].scope, "profile email app:db:write");
  apps.pop().unmount();
  sessionStorage.clear();
  const granted = createFakeAuth({ scope: "profile app:db:write", user: ADA });
  await guarded(granted, "/app/private/write");
  assert.deepEqual([text(), signIns(granted)], ["write", []]);
});

test("the guard can be removed, and needs the plugin", async () => {
  const { router, remove } = await guarded(createFakeAuth({ signIn: leaves }), "/app/");
  remove();
  await router.push("/private");
  assert.equal(text(), "private");
  const bare = createRouter({ history: createMemoryHistory(), routes: [{ path: "/private", component: {}, meta: { requiresAuth: true } }] });
  requireAuth(bare);
  await assert.rejects(bare.push("/private"), /app\.use\(createBasicAuth/);
});
