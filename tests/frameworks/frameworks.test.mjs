// What the other tests rely on: each framework is there, in the version that is meant.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { VERSION as svelte } from "svelte/compiler";
import { version as vue } from "vue";

test("the newest frameworks are installed, and the oldest React", () => {
  const versionOf = (folder, name) => createRequire(new URL(folder, import.meta.url))(name).version;
  const reactOf = (folder) => ["react", "react-dom/server"].map((name) => versionOf(folder, name).split(".")[0]);
  assert.deepEqual(reactOf("./package.json"), ["19", "19"]);
  assert.deepEqual(reactOf("./react-18/package.json"), ["18", "18"]);
  assert.deepEqual([vue, svelte].map((version) => version.split(".")[0]), ["3", "5"]);
});
