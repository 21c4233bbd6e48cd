// The page of jsdom, as Jest and Vitest have it.
import { JSDOM, VirtualConsole } from "jsdom";
import { testEmulation } from "./emulation.mjs";

const problems = [];
const virtualConsole = new VirtualConsole().on("jsdomError", (error) => problems.push(error));
const { window } = new JSDOM("<!doctype html>", { url: "http://localhost/", virtualConsole });
testEmulation("jsdom", window, problems);
