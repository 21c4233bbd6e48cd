import { BasicAuth, initialize } from "basic-oauth/slim";
import { adapt, lean } from "./basic.js";

// A function, so that the module is loaded when it is needed.
initialize(() => new URL("./basic_oauth.wasm", import.meta.url));

export const create = (config) => adapt(lean(config), (options) => BasicAuth.start(options));
