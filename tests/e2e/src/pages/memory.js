// Refreshes as often as a test asks for, without a network and without waiting. The clock is virtual,
// timers ring when it is put ahead, and the server's answers are made here, of many sizes.
{
  window.memories = [];
  const keep = (instance) => {
    const memories = Object.values(instance.exports).filter((it) => it instanceof WebAssembly.Memory);
    window.memories.push(...memories);
    return instance;
  };
  const { instantiate, instantiateStreaming, Instance } = WebAssembly;
  const watched = (load) => async (...args) => {
    const loaded = await load.apply(WebAssembly, args);
    keep(loaded.instance ?? loaded);
    return loaded;
  };
  WebAssembly.instantiate = watched(instantiate);
  if (instantiateStreaming) WebAssembly.instantiateStreaming = watched(instantiateStreaming);
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, args) => keep(Reflect.construct(target, args)),
  });

  let now = Date.now();
  Date.now = () => now;

  const timers = new Map();
  let lastTimer = 1e9;
  const virtual = {
    setTimeout: (ring, delay) => {
      // A lock is released after a moment, and the next caller waits for that.
      if (delay < 500) queueMicrotask(ring);
      else timers.set((lastTimer += 1), { ring, at: now + delay });
      return lastTimer;
    },
    clearTimeout: (id) => timers.delete(id),
  };
  const advance = (millis) => {
    now += millis;
    for (const [id, { ring, at }] of [...timers]) {
      if (at <= now && timers.delete(id)) ring();
    }
  };

  // The generator of Park and Miller: the same sizes in each round.
  let seed;
  const below = (limit) => (seed = (seed * 48271) % 2147483647) % limit;
  const text = (longest) => "x".repeat(1 + below(longest));

  window.refreshes = 0;
  const json = (status, body) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const tokens = () => {
    window.refreshes += 1;
    if (window.refreshes % 50 === 0) return json(503, { error: "server_error", message: text(500) });
    window.issued = `${window.refreshes}.${text(4000)}`;
    return json(200, {
      access_token: window.issued,
      refresh_token: text(1000),
      token_type: "Bearer",
      expires_in: 3600,
      scope: Array.from({ length: 1 + below(20) }, (_, index) => `scope:${index}`).join(" "),
      [`member-${below(10)}`]: { list: Array.from({ length: below(10) }, () => text(50)) },
    });
  };
  const user = () => {
    const claims = Array.from({ length: below(40) }, (_, index) => [`claim-${index}`, text(200)]);
    const { sub } = window.auth.state.user;
    return json(200, { sub, name: text(60), ...Object.fromEntries(claims) });
  };
  // Only the token endpoint gets a body.
  const fake = async (resource, { body }) => (body ? tokens() : user());

  /**
   * Refreshes `count` times, with the same answers in each call. Returns how large the memory of each
   * module is then.
   */
  window.play = async (count) => {
    const { fetch, setTimeout, clearTimeout } = window;
    Object.assign(window, virtual, { fetch: fake });
    const last = window.refreshes + count;
    seed = 1;
    try {
      while (window.refreshes < last) {
        const before = window.refreshes;
        // Two hours: the token has expired, and a pause after a failure is over.
        advance(2 * 3600e3);
        const token = await window.auth.getToken().catch((error) => error.code);
        const expected = window.refreshes % 50 === 0 ? "server-unavailable" : window.issued;
        if (window.refreshes !== before + 1 || token !== expected) {
          throw new Error(`refresh ${window.refreshes} after ${before}: ${token.slice(0, 40)}`);
        }
        if (below(10) === 0 && token === window.issued) await window.auth.user({ reload: true });
      }
    } finally {
      Object.assign(window, { fetch, setTimeout, clearTimeout });
    }
    return window.memories.map((memory) => memory.buffer.byteLength);
  };
}
