// node html.mjs <file.html>...: fails on anything a strict HTML parser objects to.
import { readFileSync } from "node:fs";
import { parse, parseFragment } from "parse5";

let failed = false;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const onParseError = ({ code, startLine, startCol }) => {
    process.stderr.write(`${file}:${startLine}:${startCol} ${code}\n`);
    failed = true;
  };
  (/<!doctype/i.test(text) ? parse : parseFragment)(text, { onParseError, sourceCodeLocationInfo: true });
}
process.exitCode = failed ? 1 : 0;
