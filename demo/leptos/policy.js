// Leptos makes the parts of a view that never change from markup that was compiled into the app, so
// under `require-trusted-types-for 'script'` it needs a default policy. Nothing that could run is
// let through. The components of the SDK need no policy.
globalThis.trustedTypes?.createPolicy("default", {
  createHTML: (markup) => (/<(?!\/?[a-z0-9-]+[\s/>])|<\/?(?:script|iframe|object|embed|base|link|style)\b|\son\w+\s*=|javascript:/i.test(markup) ? null : markup),
});
