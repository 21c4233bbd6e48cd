import { BasicAuth } from "basic-oauth";
import { adapt } from "./basic.js";

export const create = (config) => adapt(config, (options) => BasicAuth.start(options));
