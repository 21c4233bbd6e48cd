import { createBasicAuth } from "./auth.js";
import { BasicAuthError } from "./errors.js";
import { chooser, loader } from "./loader.js";
import { own } from "./stored.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

/** What the app has given, by the name of the module. */
const sources = { __proto__: null };

const load = (name, importGlue) => async () => {
  const source = sources[name];
  if (source === undefined) {
    const file = name === "full" ? "basic_oauth_full.wasm, which these options need," : "the .wasm module";
    throw new BasicAuthError({
      kind: "misuse",
      code: "not-initialized",
      message: `Call initialize() with ${file} before BasicAuth.start().`,
    });
  }
  const module_or_path = typeof source === "function" ? source() : source;
  const { Client, default: init } = await importGlue();
  // A response can be read only once, so a second try needs a new one.
  if (typeof source !== "function") sources[name] = undefined;
  await init({ module_or_path });
  return Client;
};

const loaderOf = (name, importGlue) =>
  loader(async () => ({ __proto__: null, load: load(name, importGlue) }));

const loaders = {
  __proto__: null,
  lean: loaderOf("lean", () => import("./slim-module.js")),
  full: loaderOf("full", () => import("./slim-full-module.js")),
};

export const BasicAuth = createBasicAuth(chooser(loaders.lean, loaders.full));

export const initialize = async (input) => {
  const isNamed = Object.getPrototypeOf(Object(input)) === Object.prototype;
  const given = isNamed ? own(input) : { __proto__: null, lean: input };
  for (const name of ["lean", "full"]) {
    if (given[name] !== undefined) sources[name] = given[name];
  }
  for (const name of ["lean", "full"]) {
    if (given[name] !== undefined && typeof given[name] !== "function") await loaders[name]();
  }
};
