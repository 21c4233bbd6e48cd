// Tests when the module is loaded, and that nothing is lost before and after, with a fake client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createBasicAuth } from "../auth.js";
import { loader } from "../loader.js";
import { NOW, openPage, settled } from "./page.mjs";

const OPTIONS = { clientId: "app", redirectUri: "https://app.test/callback" };
const KEY = "basic-oauth.app.https%3A%2F%2Fapi%2Ebasic%2Etech%2Fauth%2Ftoken.session";
const USER = '{"sub":"did:ada","name":"Ada"}';
const DUE = NOW + 3_000_000;

const record = ({ id = "id", token = "access", user = USER, due = DUE } = {}) =>
  [
    "session 4", "", "https://api.basic.tech/auth/token", "https://app.test/callback", id, token,
    "refresh", "profile", NOW - 1000, NOW + 3_600_000, user, NOW, '{"patient":"p"}', due,
    "profile:read profile", "", "", "",
  ].join("\n");

/** A page with the facade on it. `module` lets a test decide when and how the module loads. */
const open = (options = {}) => {
  const page = openPage(options);
  const module = { imports: 0, starts: [], fails: false, hold: undefined };
  class Client {
    static async start(options, address, wasSignedIn, change, emit) {
      module.starts.push({ options, address, wasSignedIn });
      if (module.refusal) throw module.refusal;
      const text = page.local.getItem(KEY);
      const fields = text?.split("\n") ?? [];
      const isSession = fields[0] === "session 4";
      change(isSession
        ? ["signed-in", "ok", undefined, fields[7], fields[10] ? JSON.parse(fields[10]) : undefined]
        : ["signed-out", "never"]);
      emit?.("restored");
      const client = new Client();
      client.change = change;
      module.client = client;
      return client;
    }

    calls = [];
    expiresAt = NOW + 1;
    refreshesAt = NOW + 2;
    tokenExtras = { from: "client" };

    async signIn(options) {
      this.calls.push(["signIn", options]);
    }

    async signOut(options) {
      this.calls.push(["signOut", ...(options ? [options] : [])]);
    }

    async getToken() {
      return "of the client";
    }

    async fetch(input) {
      this.calls.push(["fetch", input]);
      return { ok: true };
    }

    async user() {
      return { sub: "of the client" };
    }

    hasScope() {
      return "of the client";
    }

    close() {
      this.calls.push(["close"]);
    }
  }
  const BasicAuth = createBasicAuth(loader(async () => {
    module.imports += 1;
    await module.hold;
    if (module.fails) throw new TypeError("Failed to fetch");
    return { load: async () => Client };
  }));
  return { page, module, BasicAuth };
};

/** Runs a test on a page, and closes the page in every case. */
const onPage = (name, options, work) =>
  test(name, async () => {
    const opened = open(options);
    try {
      await work(opened);
    } finally {
      opened.page.close();
    }
  });

const SIGNED_IN = { local: { [KEY]: record() } };

onPage("no user is signed in: the state is there at once, and no module", {}, async ({ module, BasicAuth }) => {
  const auth = BasicAuth.create({ ...OPTIONS, preload: "use" });
  assert.deepEqual([auth.state.status, auth.state.reason], ["signed-out", "never"]);
  await auth.ready;
  await settled();
  assert.equal(module.imports, 0);
  assert.deepEqual(
    [auth.expiresAt, auth.refreshesAt, auth.tokenExtras, auth.hasScope("profile")],
    [undefined, undefined, undefined, false],
  );
});

onPage("a fresh session: state, token, user and scope come from the record", SIGNED_IN, async ({ module, BasicAuth }) => {
  const auth = await BasicAuth.start({ ...OPTIONS, preload: "use" });
  assert.deepEqual({ ...auth.state }, {
    status: "signed-in",
    isSignedIn: true,
    reason: undefined,
    scope: ["profile"],
    refresh: "ok",
    user: { sub: "did:ada", name: "Ada" },
    error: undefined,
  });
  assert.equal(await auth.getToken(), "access");
  assert.deepEqual(await auth.user(), { sub: "did:ada", name: "Ada" });
  assert.deepEqual([auth.hasScope("profile:read"), auth.hasScope("account")], [true, false]);
  assert.deepEqual(
    [auth.expiresAt, auth.refreshesAt, auth.tokenExtras],
    [NOW + 3_600_000, DUE, { patient: "p" }],
  );
  assert.equal(module.imports, 0);
});

onPage("the module takes over without a visible change", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  const auth = BasicAuth.create(OPTIONS);
  auth.subscribe(() => assert.fail("nothing has changed"));
  const before = auth.state;
  page.becomeIdle();
  await settled();
  assert.equal(module.starts.length, 1);
  assert.equal(auth.state, before);
  assert.deepEqual([await auth.getToken(), auth.hasScope("x")], ["of the client", "of the client"]);
  assert.deepEqual([auth.expiresAt, auth.tokenExtras], [NOW + 1, { from: "client" }]);
  assert.equal(page.listenerCount(), 0, "the client listens now");
  assert.equal(page.timers.size, 0);
});

onPage("what has changed meanwhile is shown when the module takes over", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  const auth = BasicAuth.create(OPTIONS);
  const seen = [];
  auth.subscribe(({ status }) => seen.push(status));
  page.local.records = {};
  page.becomeIdle();
  await settled();
  assert.deepEqual(seen, ["signed-out"]);
  assert.equal(module.starts[0].wasSignedIn, true, "the module then says why it ended");
});

for (const [name, need] of Object.entries({
  signIn: (auth) => auth.signIn({ returnTo: "/x" }),
  signOut: (auth) => auth.signOut(),
  fetch: (auth) => auth.fetch("https://api.test/"),
  preload: (auth) => auth.preload(),
  "user, read anew": (auth) => auth.user({ reload: true }),
})) {
  onPage(`${name} loads the module and is done once`, SIGNED_IN, async ({ module, BasicAuth }) => {
    const auth = BasicAuth.create({ ...OPTIONS, preload: "use" });
    await need(auth);
    assert.deepEqual([module.imports, module.starts.length], [1, 1]);
    const calls = module.client.calls.filter(([method]) => method === name);
    assert.equal(calls.length, ["signIn", "signOut", "fetch"].includes(name) ? 1 : 0);
  });
}

for (const [name, cause] of Object.entries({
  "a change of the record by another tab": (page) => page.emit("storage", { key: KEY }),
  "a cleared store": (page) => page.emit("storage", { key: null }),
  "a return from the back/forward cache": (page) => page.emit("pageshow", { persisted: true }),
  "a refresh that is due": (page) => page.advance(DUE - NOW),
})) {
  onPage(`${name} loads the module`, SIGNED_IN, async ({ page, module, BasicAuth }) => {
    BasicAuth.create({ ...OPTIONS, preload: "use" });
    page.emit("storage", { key: "theirs" });
    page.emit("pageshow", { persisted: false });
    page.advance(DUE - NOW - 1);
    await settled();
    assert.equal(module.imports, 0);
    cause(page);
    await settled();
    assert.deepEqual([module.imports, module.starts.length], [1, 1]);
  });
}

onPage("a user who is not known is asked for", { local: { [KEY]: record({ user: "" }) } }, async ({ module, BasicAuth }) => {
  BasicAuth.create({ ...OPTIONS, preload: "use", loadUser: false });
  await settled();
  assert.equal(module.imports, 0);
  BasicAuth.create({ ...OPTIONS, preload: "use" });
  await settled();
  assert.equal(module.imports, 1);
});

onPage("r99_a_sign_out_elsewhere_counts_before_any_event_tells_it", SIGNED_IN, async ({ page, BasicAuth }) => {
  const auth = BasicAuth.create({ ...OPTIONS, preload: "use" });
  page.local.records = {};
  assert.equal(await auth.getToken(), "of the client", "which would refuse");
});

onPage("r100_a_token_of_another_session_is_left_to_the_module", SIGNED_IN, async ({ page, BasicAuth }) => {
  const auth = BasicAuth.create({ ...OPTIONS, preload: "use" });
  page.local.records[KEY] = record({ token: "refreshed elsewhere" });
  assert.equal(await auth.getToken(), "refreshed elsewhere");
  page.local.records[KEY] = record({ id: "other" });
  assert.equal(await auth.getToken(), "of the client");
});

onPage("a token that is due for a refresh is left to the module", SIGNED_IN, async ({ page, BasicAuth }) => {
  const auth = BasicAuth.create({ ...OPTIONS, preload: "use" });
  page.now = DUE;
  assert.equal(await auth.getToken(), "of the client");
});

onPage("an address with an answer is not touched by the script, and the module gets it whole", {
  ...SIGNED_IN,
  search: "?code=a&state=b",
}, async ({ page, module, BasicAuth }) => {
  assert.equal(module.imports, 1, "the import begins before `create`");
  const auth = BasicAuth.create(OPTIONS);
  assert.equal(auth.state.status, "loading");
  location.href = "https://app.test/elsewhere";
  await auth.ready;
  assert.equal(module.starts[0].address, "https://app.test/?code=a&state=b");
  assert.equal(module.imports, 1);
  assert.equal(page.local.reads, 1, "by the client alone");
});

onPage("a second instance waits while the first may be processing an answer", {
  search: "?code=a&state=b",
}, async ({ BasicAuth }) => {
  const first = BasicAuth.create(OPTIONS);
  location.search = "";
  const second = BasicAuth.create(OPTIONS);
  assert.equal(second.state.status, "loading");
  await first.ready;
  await second.ready;
  const third = BasicAuth.create(OPTIONS);
  assert.equal(third.state.status, "signed-out");
});

onPage("a module that cannot load is told early, and by the call that needs it", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  const events = [];
  module.fails = true;
  const auth = BasicAuth.create({ ...OPTIONS, onEvent: ({ type, code }) => events.push([type, code]) });
  page.becomeIdle();
  await settled();
  assert.deepEqual(events, [["load-failed", "load-failed"]]);
  assert.deepEqual(page.reported.map(({ code }) => code), ["load-failed"]);
  assert.equal(auth.state.isSignedIn, true);
  assert.equal(await auth.getToken(), "access", "usable until then");
  await assert.rejects(auth.signOut(), { code: "load-failed", kind: "unsupported" });
  module.fails = false;
  await auth.signOut();
  assert.deepEqual(module.client.calls, [["signOut"]], "done once");
});

onPage("a listener for events that throws hides no error", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  module.fails = true;
  const onEvent = () => {
    throw new Error("of the app");
  };
  const auth = BasicAuth.create({ ...OPTIONS, preload: "use", onEvent });
  await assert.rejects(auth.signIn(), { code: "load-failed" });
  assert.deepEqual(page.reported.map(({ message }) => message), ["of the app"]);
});

onPage("a wrong option is found late, goes to the console, and rejects the next call", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  const auth = await BasicAuth.start(OPTIONS);
  module.refusal = { name: "BasicAuthError", kind: "configuration", code: "invalid-option" };
  page.becomeIdle();
  await settled();
  assert.deepEqual(page.reported.map(({ code }) => code), ["invalid-option"]);
  await assert.rejects(auth.signIn(), { name: "BasicAuthError", code: "invalid-option" });
});

onPage("close before the module has loaded starts no client", SIGNED_IN, async ({ page, module, BasicAuth }) => {
  const auth = BasicAuth.create(OPTIONS);
  auth.close();
  page.becomeIdle();
  page.emit("storage", { key: KEY });
  page.advance(DUE - NOW);
  await settled();
  assert.equal(module.imports, 0);
  await assert.rejects(auth.getToken(), { kind: "misuse", code: "closed" });
  await assert.rejects(auth.signIn(), { kind: "misuse", code: "closed" });
  assert.deepEqual([page.listenerCount(), page.timers.size, page.reported.length], [0, 0, 0]);
});

onPage("close while the module loads starts no client, and ready settles", {
  search: "?state=b",
}, async ({ module, BasicAuth }) => {
  let release;
  module.hold = new Promise((resolve) => (release = resolve));
  const auth = BasicAuth.create(OPTIONS);
  auth.close();
  release();
  await auth.ready;
  assert.equal(module.starts.length, 0);
});

test("a page that a test simulates is no browser, and nothing is loaded for it", async () => {
  let imports = 0;
  const BasicAuth = createBasicAuth(async () => {
    imports += 1;
    throw new Error("no browser");
  });
  // jsdom and happy-dom have a document, and do not know whether their context is secure.
  const page = openPage();
  globalThis.isSecureContext = undefined;
  try {
    await assert.rejects(BasicAuth.start(OPTIONS), { kind: "unsupported", code: "not-in-browser" });
    await assert.rejects(BasicAuth.create(OPTIONS).ready, { code: "not-in-browser" });
  } finally {
    page.close();
  }
  assert.equal(imports, 0, "there is nothing to load for");
});

test("in a server render the state is loading, and nothing is loaded", async () => {
  let imports = 0;
  const BasicAuth = createBasicAuth(async () => {
    imports += 1;
    throw new Error("no page");
  });
  const auth = BasicAuth.create(OPTIONS);
  assert.equal(auth.state.status, "loading");
  const first = await Promise.race([auth.ready, settled().then(() => "still waits")]);
  assert.equal(first, "still waits");
  assert.equal(imports, 0);
  for (const call of [
    () => BasicAuth.start(OPTIONS), () => auth.signIn(), () => auth.preload(), () => auth.getToken(),
  ]) {
    await assert.rejects(call(), (error) => {
      assert.deepEqual([error.kind, error.code], ["unsupported", "not-in-browser"]);
      assert.deepEqual([error.isRetryable, error.needsSignIn], [false, false]);
      assert.match(error.message, /^Call start in a browser: /);
      return true;
    });
  }
  assert.equal(imports, 0, "there is nothing to load for");
});

test("an instance that was closed says so in a server render too", async () => {
  const BasicAuth = createBasicAuth(async () => assert.fail("loaded"));
  const auth = BasicAuth.create(OPTIONS);
  auth.close();
  for (const call of [auth.getToken, auth.signIn, auth.preload]) {
    await assert.rejects(call(), { kind: "misuse", code: "closed" });
  }
});
