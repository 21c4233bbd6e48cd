// Loads the module, and says why it did not load.
import { BasicAuthError } from "./errors.js";

/**
 * Returns a function that loads the module's `Client`, once for all callers. A failed load is
 * forgotten, so that the next call tries again.
 */
export const loader = (importModule) => {
  let pending;
  let hasFailed = false;
  const attempt = async () => {
    const before = requests();
    try {
      return await (await importModule()).load();
    } catch (cause) {
      pending = undefined;
      if (cause instanceof BasicAuthError) throw cause;
      // Some browsers remember that an import failed, and do not ask the server again.
      const needsReload = hasFailed && requests() === before;
      hasFailed = true;
      throw failure(cause, needsReload);
    }
  };
  return () => (pending ??= attempt());
};

/**
 * Returns a function that loads the lean or the full module. A client that needs the lean one uses
 * the full one if that has been loaded.
 */
export const chooser = (lean, full) => {
  let hasFull = false;
  return async (needsFull) => {
    if (!needsFull && !hasFull) return lean();
    const Client = await full();
    hasFull = true;
    return Client;
  };
};

/** Counts the files that this page has asked for. */
const requests = () => globalThis.performance?.getEntriesByType("resource").length;

const failure = (cause, needsReload) => {
  const [code, message, isRetryable] = explain(cause?.name, needsReload);
  return new BasicAuthError({
    kind: "unsupported", code, message, isRetryable, cause,
  });
};

/** Returns the code, the message, and whether the same call may succeed later. */
const explain = (name, needsReload) => {
  // A function is asked for, because `<img name=WebAssembly>` would be found under the name alone.
  if (!globalThis.WebAssembly?.instantiate) {
    const message = "This browser has no WebAssembly: it is too old, or in a mode without it, such " +
      "as the Lockdown Mode of iOS.";
    return ["no-webassembly", message, false];
  }
  const because = (reason, isRetryable) =>
    ["load-failed", `The WebAssembly module did not load: ${reason}`, isRetryable];
  if (name === "CompileError" || name === "EvalError") {
    return because("a Content-Security-Policy needs script-src 'wasm-unsafe-eval'.", false);
  }
  if (needsReload) return because("this browser tries again only if the page is reloaded.", false);
  if (globalThis.navigator?.onLine === false) return because("the browser is offline.", true);
  return because("its file is gone, as after a new deployment, or a policy blocks it.", true);
};
