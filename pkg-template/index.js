import { createBasicAuth } from "./auth.js";
import { loader } from "./loader.js";

export { BasicAuthError, isBasicAuthError } from "./errors.js";

export const BasicAuth = createBasicAuth(loader(() => import("./module.js")));
