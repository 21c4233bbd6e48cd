// The file that `index.js` imports when the module with OpenID Connect is needed: the module as text,
// and its glue.
import { Client, initSync } from "./full-glue.js";
import { wasmBytes } from "./full-wasm-bytes.js";
import { compiled } from "./compile.js";

/** Returns the class `Client`. */
export const load = async () => {
  initSync({ module: await compiled(wasmBytes()) });
  return Client;
};
