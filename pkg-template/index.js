import { createBasicAuth } from "./auth.js";
import { chooser, loader } from "./loader.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

export const BasicAuth = createBasicAuth(
  chooser(loader(() => import("./module.js")), loader(() => import("./full-module.js"))),
);
