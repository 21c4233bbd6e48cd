import init, { Client } from "./glue.js";
import { createBasicAuth, loader } from "./auth.js";
import { BasicAuthError } from "./errors.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

let source;

const load = loader(async () => {
  if (source === undefined) {
    throw new BasicAuthError({
      kind: "misuse",
      code: "not-initialized",
      message: "Call initialize() with the .wasm module before BasicAuth.start().",
      isRetryable: false,
      needsSignIn: false,
    });
  }
  // Taken before the load: a response can be read only once, so a second try needs a new one.
  const module_or_path = source;
  source = undefined;
  await init({ module_or_path });
  return Client;
});

export const BasicAuth = createBasicAuth(load);

export const initialize = async (input) => {
  source = input;
  await load();
};
