// Copies the app as it is, with addresses in its imports, as in a page that is written by hand.
// Arguments: the folder for the copy, and the address of the package's files.
import { cpSync, readFileSync, writeFileSync } from "node:fs";

const [folder, address] = process.argv.slice(2);
cpSync("app", folder, { recursive: true });
const script = readFileSync("app/main.js", "utf8")
  .replace('"basic-oauth"', `"${address}index.js"`)
  .replace('"basic-oauth/button"', `"${address}button.js"`);
writeFileSync(`${folder}/main.js`, script);
