// Puts the built package beside each framework, so that the tests import it as an app does.
import { cpSync, existsSync, rmSync } from "node:fs";

const built = new URL("../../target/npm", import.meta.url);
if (!existsSync(built)) throw new Error("build the package first: cargo xtask build");
for (const project of ["./", "./react-18/"]) {
  // A copy, because a link would be resolved to a folder without these frameworks.
  const installed = new URL(`${project}node_modules/basic-oauth`, import.meta.url);
  rmSync(installed, { __proto__: null, recursive: true, force: true });
  cpSync(built, installed, { __proto__: null, recursive: true });
}
