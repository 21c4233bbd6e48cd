// Compares the lists in the types with those in Rust, so that both always have the same names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const errors = read("../../src/error.rs");
const events = read("../../src/event.rs");
const snapshot = read("../../src/session/snapshot.rs");
const stores = read("../../src/platform/mod.rs");
const encodings = read("../../src/protocol/server.rs");
const types = read("../index.d.ts");
const button = read("../button.d.ts");

/** What only the JavaScript loader can meet. */
const LOADER = { misuse: ["not-initialized"], unsupported: ["load-failed", "no-webassembly"] };
/** The event that only the loader emits, and the code that it shares with the client. */
const LOADER_EVENT = "load-failed";
const SHARED_CODES = { Closed: "closed", NotInBrowser: "not-in-browser" };

/** The text from a start to the end of its block; a start that is not there is a failure. */
const part = (text, start, end) => {
  const from = text.indexOf(start);
  assert.notEqual(from, -1, `${start} is not there any more`);
  const to = text.indexOf(end, from);
  assert.notEqual(to, -1, `${start} does not end in ${JSON.stringify(end)}`);
  return text.slice(from, to);
};

/** Every match, sorted; an empty list would compare equal to another one, and is refused. */
const all = (text, pattern) => {
  const found = [...text.matchAll(pattern)].map(([, name]) => name).sort();
  assert.ok(found.length > 0, `nothing matches ${pattern}`);
  return found;
};

const withoutComments = (text) => text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");

/** The names an `as_str` of Rust gives. */
const names = (text, implementation) =>
  all(part(text, implementation, "\n}\n"), /Self::\w+(?:\(_\))? => "([^"]+)"/g);

/** The members of a union of strings. */
const union = (text, name) =>
  all(withoutComments(part(text, `export type ${name} =`, ";")), /"([^"]+)"/g);

/** The codes of each kind in `BasicAuthErrorCodes`. */
const typedCodes = () => {
  const body = withoutComments(part(types, "export interface BasicAuthErrorCodes {", "\n}"));
  const members = body.slice(body.indexOf("{") + 1).split(";").slice(0, -1);
  return Object.fromEntries(members.map((member) => {
    const [kind, codes] = member.split(":");
    return [kind.trim().replaceAll('"', ""), all(codes, /"([^"]+)"/g)];
  }));
};

test("the kinds are those of src/error.rs", () => {
  assert.deepEqual(Object.keys(typedCodes()).sort(), names(errors, "impl ErrorKind {"));
});

test("the codes are those of src/error.rs and of the loader, each under its kind", () => {
  const table = part(errors, "codes! {\n", "\n}\n");
  const kinds = Object.fromEntries(
    [...part(errors, "impl ErrorKind {", "\n}\n").matchAll(/Self::(\w+) => "([^"]+)"/g)]
      .map(([, variant, name]) => [variant, name]),
  );
  const codes = {};
  for (const [, code, variant] of table.matchAll(/= "([^"]+)", (\w+),/g)) {
    (codes[kinds[variant]] ??= []).push(code);
  }
  for (const kind in LOADER) codes[kind].push(...LOADER[kind]);
  for (const kind in codes) codes[kind].sort();
  assert.deepEqual(typedCodes(), codes);
});

test("the codes that only the loader uses are in the loader", () => {
  const thrown = all(read("../loader.js"), /\["([^"]+)", /g)
    .concat(all(read("../slim.js"), /code: "([^"]+)"/g))
    .concat(all(read("../auth.js"), /failure\("[^"]+", "([^"]+)", /g));
  const expected = [...Object.values(LOADER).flat(), ...Object.values(SHARED_CODES)];
  assert.deepEqual(thrown.sort(), expected.sort());
  for (const [variant, code] of Object.entries(SHARED_CODES)) {
    const [, kind, message] =
      part(errors, `${variant} = "${code}"`, ";").match(/, (\w+),\s+"([^"]+)"$/);
    const used = read("../auth.js");
    assert.ok(used.includes(`"${message}"`), `both say the same of ${code}`);
    assert.ok(used.includes(`failure("${kind.toLowerCase()}", "${code}", `), `${code} is ${kind}`);
  }
});

test("the events are those of src/event.rs", () => {
  const typed = all(part(types, "export type AuthEvent =", ";\n\n"), /readonly type: "([^"]+)"/g);
  assert.deepEqual(typed, [...names(events, "impl Event {"), LOADER_EVENT].sort());
  assert.ok(read("../auth.js").includes(`this.#emit("${LOADER_EVENT}", "code", `));
});

test("the events carry what those of src/event.rs carry", () => {
  const carried = { ErrorCode: "code", SignedOutReason: "reason", UnixTime: "dueAt" };
  const variants = part(events, "pub enum Event {", "\n}\n");
  for (const [, variant, name] of events.matchAll(/Self::(\w+)(?:\(_\))? => "([^"]+)"/g)) {
    const content = variants.match(new RegExp(`\\b${variant}\\((\\w+)\\)`))?.[1];
    const typed = part(types, `readonly type: "${name}"`, "}");
    const extra = [...typed.matchAll(/readonly (\w+):/g)].map(([, member]) => member).slice(2);
    assert.deepEqual(extra, content ? [carried[content]] : [], name);
  }
});

test("the reasons, stores and encodings are those of Rust", () => {
  assert.deepEqual(union(types, "SignedOutReason"), names(snapshot, "impl SignedOutReason {"));
  assert.deepEqual(union(types, "SessionStore"), names(stores, "impl SessionStore {"));
  const variants = part(encodings, "pub enum TokenEncoding {", "\n}\n");
  assert.deepEqual(
    all(part(types, "readonly tokenEncoding?:", ";"), /"([^"]+)"/g),
    all(variants, /^ {4}(\w+),$/gm).map((variant) => variant.toLowerCase()),
  );
});

/** Returns the members of an interface. */
const members = (name) =>
  part(types, types.match(new RegExp(`export interface ${name}( extends \\w+)? \\{`))[0], "\n}\n");

test("every option in the types is read in Rust or JavaScript", () => {
  const readers = read("../../src/config/json.rs");
  const facade = read("../auth.js");
  for (const name of [
    "BasicAuthOptions", "ServerOptions", "OptionalServerOptions", "SignInOptions", "SignOutOptions",
  ]) {
    const options = members(name);
    for (const option of all(options, /^ {2}readonly (\w+)\??:/gm)) {
      const isRead = readers.includes(`"${option}"`) || facade.includes(` ${option} `) ||
        facade.includes(`{ ${option},`);
      assert.ok(isRead, `no code reads ${option} of ${name}`);
    }
  }
});

test("the fields of an error are those that its class copies", () => {
  const copied = all(part(read("../errors.js"), "const FIELDS = [", "];"), /"(\w+)"/g);
  const typed = (start) =>
    all(part(types, start, "\n}\n"), /^ {2}readonly (\w+)\??:/gm)
      .filter((name) => !["name", "message", "cause"].includes(name));
  assert.deepEqual(typed("export declare class BasicAuthError "), copied);
  assert.deepEqual(typed("export interface BasicAuthErrorJson {"), copied);
});

/** The attributes that are properties too, as the element itself says. */
const observedAttributes = async () => {
  const { BasicSignInElement } = await import("../button.js");
  const observed = BasicSignInElement.observedAttributes;
  assert.ok(observed.includes("client-id") && observed.includes("lang"));
  return observed.filter((name) => name !== "lang").sort();
};

const camelCase = (name) => name.replace(/-./g, (pair) => pair[1].toUpperCase());

test("the button's properties and attributes are those it observes", async () => {
  const observed = await observedAttributes();
  const element = part(button, "export declare class BasicSignInElement ", "\n}\n");
  assert.deepEqual(all(element, /^ {2}(\w+):/gm), observed.map(camelCase).sort());
  const attributes = part(button, "export interface BasicSignInAttributes {", "\n}\n");
  assert.deepEqual(all(attributes, /^ {2}"?([\w-]+)"?\?:/gm), [...observed, "auth"].sort());
});

test("an attribute without a value is a boolean property, and no other is", () => {
  const flags = all(part(read("../button-element.js"), "const FLAGS = [", "];"), /"([^"]+)"/g);
  const element = part(button, "export declare class BasicSignInElement ", "\n}\n");
  assert.deepEqual(all(element, /^ {2}(\w+): boolean;/gm), flags.map(camelCase).sort());
  const attributes = part(button, "export interface BasicSignInAttributes {", "\n}\n");
  assert.deepEqual(all(attributes, /^ {2}"?([\w-]+)"?\?: boolean/gm), flags);
});

test("every option of a server is an attribute of the button", () => {
  const options = members("ServerOptions") + members("OptionalServerOptions");
  const element = part(button, "export declare class BasicSignInElement ", "\n}\n");
  const properties = all(element, /^ {2}(\w+):/gm);
  for (const option of all(options, /^ {2}readonly (\w+)\??:/gm)) {
    assert.ok(properties.includes(option), `the button has no ${option}`);
  }
});

test("the button's events are those it fires", () => {
  const fired = all(read("../button-element.js"), /#emit\("([^"]+)"/g);
  const map = part(button, "export interface BasicSignInEventMap {", "\n}\n");
  assert.deepEqual(all(map, /^ {2}"([^"]+)":/gm), [...new Set(fired)]);
});

const manifest = JSON.parse(read("../custom-elements.json"));
const [{ declarations: [described] }] = manifest.modules;

test("the manifest of custom elements has the attributes and properties of the element", async () => {
  const observed = await observedAttributes();
  const names = (list) => list.map(({ name }) => name).sort();
  assert.deepEqual(names(described.attributes), [...observed, "lang"].sort());
  for (const { name, fieldName } of described.attributes) assert.equal(fieldName, camelCase(name));
  const { BasicSignInElement } = await import("../button.js");
  const properties = Object.getOwnPropertyNames(BasicSignInElement.prototype)
    .filter((name) => !/^(constructor|\w+Callback)$/.test(name));
  assert.deepEqual(names(described.members), properties.sort());
});

test("the manifest of custom elements has the types of button.d.ts", () => {
  const element = part(button, "export declare class BasicSignInElement ", "\n}\n") + "\n";
  const typed = Object.fromEntries(
    [...element.matchAll(/^ {2}(\w+): (.+);$/gm)].map(([, name, type]) => [name, type]));
  assert.ok(Object.keys(typed).length > 20);
  for (const { name, type, fieldName } of described.attributes) {
    if (name !== "lang") assert.equal(type.text, typed[fieldName], name);
  }
  for (const { name, type, attribute } of described.members) {
    if (attribute) assert.equal(type.text, typed[name], name);
  }
});

test("the manifest of custom elements has the events, parts, slots and states of the element", () => {
  const names = (list) => list.map(({ name }) => name).sort();
  const source = read("../button-element.js");
  assert.deepEqual(names(described.events), [...new Set(all(source, /#emit\("([^"]+)"/g))]);
  assert.deepEqual(names(described.cssParts), all(source, /part: "([^"]+)"/g));
  assert.deepEqual(names(described.cssStates), union(button, "BasicSignInStatus"));
  assert.deepEqual(names(described.slots), ["", "signed-in"]);
  assert.ok(source.includes('"signed-in" : isBlank'));
});

test("every entry of the manifest of custom elements is in the package", () => {
  const { files, exports } = JSON.parse(read("../package.json"));
  const entries = Object.values(exports).map((entry) => entry.default ?? entry);
  for (const { path, exports: exported } of manifest.modules) {
    assert.ok(entries.includes(`./${path}`) && files.includes(path), path);
    for (const { declaration } of exported) {
      assert.equal(declaration.name, described.name);
      assert.equal(declaration.module, manifest.modules[0].path);
    }
  }
});

test("button.css reserves the room of the label in every language", () => {
  const css = read("../button.css");
  const [english, ...others] = read("../button.texts").trim().split("\n").map((row) => row.split("|"));
  assert.ok(css.includes(`:empty:not(:defined))::after { content: "${english[1]}" }`));
  assert.ok(others.length > 0);
  for (const [tag, label] of others) {
    const rule = css.split("\n").find((line) => line.includes(`:lang(${tag})`));
    assert.ok(rule?.endsWith(`::after { content: "${label}" }`), `${tag}: ${rule}`);
  }
});

test("button.css has the sizes and the font of the button", () => {
  const shadow = read("../button-shadow.css");
  const inside = [...shadow.matchAll(/--h:(\d+px);(?:--p:1\.1em;)?--f:([\d.]+rem)/g)]
    .map(([, ...size]) => size);
  assert.equal(inside.length, 3);
  const css = read("../button.css");
  for (const [height, font] of inside) {
    assert.match(css, new RegExp(`min-block-size: ${height};[^}]*${font.replace(".", "\\.")}`));
  }
});
