// Leptos creates the static parts of a view from markup that is compiled into the app. So it needs a
// default policy under `require-trusted-types-for 'script'`. This policy rejects markup that could
// run a script. The components of the SDK need no policy.
globalThis.trustedTypes?.createPolicy("default", {
  createHTML: (markup) => (/<(?!\/?[a-z0-9-]+[\s/>])|<\/?(?:script|iframe|object|embed|base|link|style)\b|\son\w+\s*=|javascript:/i.test(markup) ? null : markup),
});
