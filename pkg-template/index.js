import init, { Client } from "./glue.js";
import { wasmBytes } from "./wasm-bytes.js";
import { createBasicAuth } from "./auth.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

export const BasicAuth = createBasicAuth(async () => {
  await init({ module_or_path: wasmBytes() });
  return Client;
});
