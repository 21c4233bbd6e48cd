// A page for tests in Node: its address, its stores, its clock and its events.

/** The time at which a page is opened. */
export const NOW = 1_800_000_000_000;

class FakeStorage {
  constructor(records) {
    this.records = { ...records };
    // As in a browser, `Object.keys` lists the records.
    Object.assign(this, records);
    this.reads = 0;
  }

  getItem(key) {
    this.reads += 1;
    return Object.hasOwn(this.records, key) ? this.records[key] : null;
  }
}

/** Opens a page: replaces the globals until `close` is called. */
export const openPage = ({ search = "", hash = "", local = {}, session = {}, cookie = "" } = {}) => {
  const listeners = new Map();
  const timers = new Map();
  const idle = [];
  const reported = [];
  let lastTimer = 0;
  const page = {
    now: NOW,
    local: new FakeStorage(local),
    session: new FakeStorage(session),
    reported,
    timers,
    listenerCount: () => [...listeners.values()].reduce((sum, those) => sum + those.size, 0),
    emit: (type, event = {}) => {
      for (const listener of [...(listeners.get(type) ?? [])]) listener({ type, ...event });
    },
    becomeIdle: () => {
      for (const work of idle.splice(0)) work();
    },
    /** Moves the clock, and calls the timers that are due. */
    advance: (millis) => {
      page.now += millis;
      for (const [id, { at, work }] of [...timers]) {
        if (at <= page.now && timers.delete(id)) work();
      }
    },
  };
  const globals = {
    document: { readyState: "complete", cookie },
    location: { href: `https://app.test/${search}${hash}`, search, hash },
    isSecureContext: true,
    localStorage: page.local,
    sessionStorage: page.session,
    addEventListener: (type, listener) => {
      if (!listeners.has(type)) listeners.set(type, new Set());
      listeners.get(type).add(listener);
    },
    removeEventListener: (type, listener) => listeners.get(type)?.delete(listener),
    requestIdleCallback: (work) => idle.push(work),
    reportError: (error) => reported.push(error),
    setTimeout: (work, delay) => {
      timers.set(lastTimer += 1, { at: page.now + delay, work });
      return lastTimer;
    },
    clearTimeout: (id) => timers.delete(id),
  };
  const before = new Map();
  for (const [name, value] of Object.entries(globals)) {
    before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const now = Date.now;
  Date.now = () => page.now;
  page.close = () => {
    Date.now = now;
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  };
  return page;
};

/** Lets all promises settle that wait for nothing else. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
