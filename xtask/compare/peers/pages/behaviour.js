// A page that does nothing by itself: the scenarios call the client from outside.
import { create } from "adapter";

const client = create(window.config);

/** Calls a method of the client. Returns how it ended, also if it does not end in time. */
window.call = (method, ...args) => {
  const ended = Promise.resolve()
    .then(() => client[method](...args))
    .then(
      (value) => ({ ok: value ?? null }),
      (error) => ({ error: describe(error) }),
    );
  const late = new Promise((resolve) => {
    setTimeout(() => resolve({ late: true }), 20_000);
  });
  return Promise.race([ended, late]);
};

const describe = (error) =>
  [error?.name, error?.errorCode ?? error?.code ?? error?.error, error?.message ?? error]
    .filter(Boolean)
    .join(": ")
    .slice(0, 300);

// All tabs get this at once: their clocks jump, and they ask.
window.answers = [];
new BroadcastChannel("compare.ask").onmessage = ({ data }) => {
  window.ahead += data;
  window.call("getAccessToken").then((answer) => window.answers.push(answer));
};

window.ready = true;
