import { BasicAuth } from "basic-oauth";
import "basic-oauth/button";
import { adapt, lean } from "./basic.js";

export const create = (config) => adapt(lean(config), (options) => BasicAuth.start(options));
