// A snapshot of what the environment has, so that an import that adds to it or changes it is seen.
const before = Object.getOwnPropertyDescriptors(globalThis);

test("the import touches no global, and start says that it needs a browser", async () => {
  const { BasicAuth, isBasicAuthError } = await import("basic-oauth");
  expect(Object.keys(Object.getOwnPropertyDescriptors(globalThis))).toEqual(Object.keys(before));
  const options = { clientId: "app", redirectUri: "https://app.example/callback" };
  const error = await BasicAuth.start(options).catch((reason) => reason);
  expect(isBasicAuthError(error)).toBe(true);
  expect(error.code).toBe("not-in-browser");
  expect(error.message).toMatch(/call start in a browser/i);
});
