import { createFakeAuth } from "basic-oauth/testing";
import { showGreeting } from "./greeting.js";

const text = () => document.querySelector("p").textContent;
const press = () => document.querySelector("button").click();

test("a fake stands for a signed-in user", () => {
  const auth = createFakeAuth({ user: { sub: "1", name: "Ada" }, scope: "profile" });
  showGreeting(auth, document.body);
  expect(text()).toBe("Hello Ada");
});

test("a fake signs in and out, and keeps the calls", async () => {
  const auth = createFakeAuth({ status: "signed-out" });
  showGreeting(auth, document.body);
  expect(text()).toBe("Please sign in");
  press();
  await Promise.resolve();
  expect(text()).not.toBe("Please sign in");
  press();
  await Promise.resolve();
  expect(text()).toBe("Please sign in");
  expect(auth.calls.map(({ name }) => name)).toEqual(["signIn", "signOut"]);
});

test("a test sets the state", () => {
  const auth = createFakeAuth({ status: "signed-out" });
  showGreeting(auth, document.body);
  auth.set({ status: "signed-in", user: { sub: "1", name: "Alan" } });
  expect(text()).toBe("Hello Alan");
  auth.set({ status: "signed-out" });
  expect(text()).toBe("Please sign in");
});
