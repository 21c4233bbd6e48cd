import { BasicAuth } from "basic-oauth";
import { adapt, full } from "./basic.js";

export const create = (config) => adapt(full(config), (options) => BasicAuth.start(options));
