// Prints the page as a server renders it and its script, as JSON. Arguments: the folder with React's
// `node_modules`, the folder of the npm package, and the options of the provider as JSON.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";

const [react, basicOauth, options] = process.argv.slice(2);
const require = createRequire(import.meta.url);
// The build of the package has installed it.
const { build } = require("../../../xtask/node/node_modules/esbuild");

const bundle = async (contents, more) => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "jsx" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    alias: {
      react: resolve(react, "node_modules/react"),
      "react-dom": resolve(react, "node_modules/react-dom"),
      "basic-oauth": resolve(basicOauth),
    },
    // The development build is the one that complains.
    define: { OPTIONS: options, "process.env.NODE_ENV": '"development"' },
    ...more,
  });
  return outputFiles[0].text;
};

const script = await bundle('import "./browser.jsx";');
const server = await bundle(
  `import { renderToString } from "react-dom/server";
   import { App } from "./app.jsx";
   module.exports = renderToString(<App />);`,
  { platform: "node", format: "cjs" },
);
const rendered = { exports: undefined };
compileFunction(server, ["module", "require"])(rendered, require);
console.log(JSON.stringify({ html: rendered.exports, script }));
