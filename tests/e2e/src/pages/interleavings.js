// Plays random schedules of the start in two stages: calls, loads, failures, and changes of the
// store by another page, in any order. The facade is the one of the package, the module is the real
// one; only the moment of the import is the schedule's.
import { createBasicAuth } from "/pkg-template/auth.js";
import { loader } from "/pkg-template/loader.js";
import { recordOf } from "/pkg-template/stored.js";
import { load } from "/basic-oauth/module.js";

const CODES = ["closed", "load-failed", "not-signed-in", "session-expired", "session-revoked"];
const HOUR = 3_600_000;

/** Splitmix, so that a seed gives the same schedule in each engine. */
const random = (seed) => (bound) => {
  seed = (seed + 0x9e3779b9) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % bound;
};

const frame = document.createElement("iframe");
frame.src = "/frame";
const isReady = new Promise((resolve) => frame.addEventListener("load", resolve));
document.body.append(frame);

/** Plays one schedule. Returns what it did, or throws with it. */
window.play = async (seed, shared) => {
  await isReady;
  const below = random(seed);
  const log = [];
  const say = (text) => log.push(text);
  const require = (fact, text) => {
    if (!fact) throw new Error(`schedule ${seed}: ${text}\n${log.join("\n")}`);
  };

  const options = { ...shared, clientId: `app-${seed}`, loadUser: false };
  const { key, tokenEndpoint } = recordOf(options);
  /** The other page of this origin: what it changes reaches this one as an event. */
  const elsewhere = frame.contentWindow.localStorage;
  let lastToken = 0;
  /** The tokens that the store has had, with the time at which each was replaced. */
  const tokens = new Map();
  let moment = 0;
  const replace = (text) => {
    moment += 1;
    for (const token of tokens.values()) token.until = Math.min(token.until, moment);
    if (text === null) elsewhere.removeItem(key);
    else elsewhere.setItem(key, text);
  };
  const write = (id, isFresh) => {
    const now = Date.now();
    const token = `token-${seed}-${lastToken += 1}`;
    const [issued, due] = isFresh ? [now - 1000, now + HOUR / 2] : [now - 2 * HOUR, now - HOUR];
    replace([
      "session 4", "", tokenEndpoint, options.redirectUri, id, token, "", "profile", issued,
      due + 1000, '{"sub":"did:ada"}', now, "", due, "profile profile:read", "", "", "",
    ].join("\n"));
    tokens.set(token, { until: Infinity, isFresh });
    say(`the store has ${token} of ${id}`);
  };

  const imports = [];
  let isHealed = false;
  const BasicAuth = createBasicAuth(loader(async () => {
    if (!isHealed) {
      await new Promise((resolve, reject) => imports.push({ resolve, reject }));
    }
    return {
      load: async () => {
        const Client = await load();
        return {
          start: (given, ...others) => {
            given.instance.starts += 1;
            return Client.start(given, ...others);
          },
        };
      },
    };
  }));

  const instances = [];
  const create = () => {
    const instance = { starts: 0, isClosed: false, seen: [] };
    const preload = below(2) ? "idle" : "use";
    const auth = BasicAuth.create({ ...options, preload, instance });
    instance.auth = auth;
    instance.seen.push(JSON.stringify(auth.state));
    auth.subscribe((state) => {
      require(!instance.isClosed, "a closed instance has called its listener");
      const text = JSON.stringify(state);
      require(text !== instance.seen.at(-1), `the same state twice: ${text}`);
      instance.seen.push(text);
    });
    auth.ready.catch(() => {});
    instances.push(instance);
    say(`create, ${preload}: ${auth.state.status}`);
  };

  const pick = () => instances[below(instances.length)];
  const calls = [];
  const call = (name) => {
    const { auth, starts } = pick();
    const begun = moment;
    const settled = auth[name]().then(
      (value) => {
        say(`${name} is done: ${value}`);
        if (name !== "getToken") return;
        const token = tokens.get(value);
        require(token?.isFresh, `${value} is no fresh token`);
        // The module reads the store anew when an event tells it that it has changed.
        require(starts > 0 || token.until > begun, `${value} was replaced before the call`);
      },
      ({ code, message }) => {
        say(`${name} is refused: ${code}`);
        require(CODES.includes(code), `${name}: ${code} ${message}`);
      },
    );
    calls.push(settled);
    settled.catch(() => {});
  };

  [() => {}, () => write("a", true), () => write("a", true), () => write("a", false)][below(4)]();
  create();
  const steps = {
    create,
    getToken: () => call("getToken"),
    user: () => call("user"),
    signOut: () => call("signOut"),
    hasScope: () => require(typeof pick().auth.hasScope("profile") === "boolean", "hasScope"),
    preload: () => call("preload"),
    "the module arrives": () => imports.shift()?.resolve(),
    "the module fails": () => imports.shift()?.reject(new TypeError("Failed to fetch")),
    "refreshed elsewhere": () => {
      const [kind, , , , id] = elsewhere.getItem(key)?.split("\n") ?? [];
      if (kind === "session 4") write(id, true);
    },
    "signed in elsewhere": () => write(`b${below(100)}`, true),
    "signed out elsewhere": () => replace(null),
    "back from the cache": () =>
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
    close: () => {
      const instance = pick();
      instance.isClosed = true;
      instance.auth.close();
    },
    wait: () => {},
  };
  const names = Object.keys(steps);
  for (let left = 14; left > 0; left -= 1) {
    const name = names[below(names.length)];
    say(name);
    steps[name]();
    if (below(2)) await new Promise((resolve) => setTimeout(resolve, below(8)));
  }

  say("the end: everything loads");
  isHealed = true;
  for (const { resolve } of imports.splice(0)) resolve();
  await Promise.all(calls);
  for (const { auth, isClosed } of instances) if (!isClosed) await auth.preload();
  const isSettled = async () => {
    const fields = localStorage.getItem(key)?.split("\n");
    const isSession = fields?.[0] === "session 4";
    for (const { auth, isClosed } of instances) {
      if (isClosed) continue;
      if (auth.state.isSignedIn !== isSession) return `the state is ${auth.state.status}, the store has ${fields}`;
      const token = isSession && await auth.getToken();
      if (isSession && token !== fields[5]) return `${token} is handed out, ${fields[5]} is stored`;
    }
    return "";
  };
  // An event of the store may still be on its way.
  let fault;
  for (let left = 250; left > 0 && (fault = await isSettled()); left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  require(!fault, fault);
  for (const { starts, isClosed } of instances) {
    require(starts <= 1, `${starts} clients were started`);
    require(isClosed || starts === 1, "no client was started");
  }
  for (const { auth } of instances) auth.close();
  return log.join("\n");
};
window.ready = true;
