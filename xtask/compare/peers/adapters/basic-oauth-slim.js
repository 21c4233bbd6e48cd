import { BasicAuth, initialize } from "basic-oauth/slim";
import { adapt } from "./basic.js";

const initialized = initialize(new URL("./basic_oauth.wasm", import.meta.url));

export const create = (config) =>
  adapt(config, async (options) => {
    await initialized;
    return BasicAuth.start(options);
  });
