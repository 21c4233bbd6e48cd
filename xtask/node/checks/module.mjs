// node module.mjs <bundle.js> <basic_oauth.wasm>: the bundle must hand the very bytes of the module to
// the engine, which must accept them; and outside a browser, starting is refused with a typed error.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [bundle, module] = process.argv.slice(2);
const loaded = [];
const note = (source) => {
  // Node's own fetch loads a module too, compiled beforehand.
  if (ArrayBuffer.isView(source)) loaded.push(Buffer.from(source));
};
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  const instance = await instantiate(source, imports);
  note(source);
  return instance;
};
WebAssembly.Module = new Proxy(WebAssembly.Module, {
  construct(target, values) {
    const module = new target(...values);
    note(values[0]);
    return module;
  },
});

const { BasicAuth } = await import(pathToFileURL(resolve(bundle)));
const refused = () =>
  BasicAuth.start({ clientId: "app", redirectUri: "https://app.test/callback" })
    .then(() => assert.fail("started without a browser"), (error) => error);

const { code } = await refused();
assert.deepEqual([code, loaded.length], ["not-in-browser", 0], "nothing is loaded without a page");
globalThis.document = { readyState: "complete" };
assert.deepEqual([(await refused()).code, loaded.length], ["not-in-browser", 0], "an emulated page is no browser");
// On a page that is secure or not the entry asks the module, which finds no window.
globalThis.isSecureContext = true;
const refusal = await refused();

assert.equal(loaded.length, 1, "one module is loaded");
assert.ok(loaded[0].equals(readFileSync(module)), "every byte of the module survives");
assert.equal(refusal.name, "BasicAuthError", `refused, but not typed: ${refusal.stack}`);
