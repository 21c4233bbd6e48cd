import { createBasicAuth } from "./auth.js";
import { BasicAuthError } from "./errors.js";
import { loader } from "./loader.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

let source;

const load = async () => {
  if (source === undefined) {
    throw new BasicAuthError({
      kind: "misuse",
      code: "not-initialized",
      message: "Call initialize() with the .wasm module before BasicAuth.start().",
      isRetryable: false,
      needsSignIn: false,
    });
  }
  const module_or_path = typeof source === "function" ? source() : source;
  const { Client, default: init } = await import("./slim-module.js");
  // A response can be read only once, so a second try needs a new one.
  if (typeof source !== "function") source = undefined;
  await init({ module_or_path });
  return Client;
};

const loaded = loader(async () => ({ __proto__: null, load }));

export const BasicAuth = createBasicAuth(loaded);

export const initialize = async (input) => {
  source = input;
  if (typeof input !== "function") await loaded();
};
