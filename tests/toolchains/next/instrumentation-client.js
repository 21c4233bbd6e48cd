// Turbopack loads its chunks with plain addresses. If the policy requires Trusted Types, only a default
// policy can allow them: those of the app's own origin. It runs before the app does.
globalThis.trustedTypes?.createPolicy("default", {
  createScriptURL: (url) => new URL(url, location.href).origin === location.origin ? url : null,
});
