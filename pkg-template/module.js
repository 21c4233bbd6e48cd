// The file that `index.js` imports when the module is needed: the module as text, and its glue.
import { Client, initSync } from "./glue.js";
import { wasmBytes } from "./wasm-bytes.js";

/** Returns the class `Client`. */
export const load = async () => {
  const bytes = wasmBytes();
  let module;
  try {
    // At once is three times as fast as in the background. Engines that refuse say so.
    module = new WebAssembly.Module(bytes);
  } catch {
    module = await WebAssembly.compile(bytes);
  }
  initSync({ module });
  return Client;
};
