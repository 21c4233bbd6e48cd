// The newest React.
import { createRequire } from "node:module";
import { testReact } from "./react.mjs";
import React from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";

const load = createRequire(import.meta.url);
load.entry = (name) => import(name);
await testReact({ React, load, createRoot, hydrateRoot, renderToString });
