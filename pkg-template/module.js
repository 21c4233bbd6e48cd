// The file that `index.js` imports when the module is needed: the module as text, and its glue.
import { Client, initSync } from "./glue.js";
import { wasmBytes } from "./wasm-bytes.js";
import { compiled } from "./compile.js";

/** Returns the class `Client`. */
export const load = async () => {
  initSync({ module: await compiled(wasmBytes()) });
  return Client;
};
