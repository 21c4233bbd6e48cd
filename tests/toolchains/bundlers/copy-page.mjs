// Copies the page beside a bundle. Arguments: the folder of the bundle, and `classic` for a bundle
// that is no module, on a page that names no character set.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [folder, kind] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
cpSync("app/style.css", `${folder}/style.css`);
let page = readFileSync("app/index.html", "utf8");
if (kind === "classic") {
  page = page
    .replace('<script type="module" src="/main.js">', '<script defer src="/main.js">')
    .replace('<meta charset="utf-8">', "");
}
writeFileSync(`${folder}/index.html`, page);
