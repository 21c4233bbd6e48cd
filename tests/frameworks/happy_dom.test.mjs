// The page of happy-dom, as Vitest has it.
import { Window } from "happy-dom";
import { testEmulation } from "./emulation.mjs";

const problems = [];
const window = new Window({ url: "http://localhost/" });
window.addEventListener("error", ({ error }) => problems.push(error));
testEmulation("happy-dom", window, problems);
