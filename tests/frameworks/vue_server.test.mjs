// Vue and its router on a server: no document, no window.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createBasicAuth, requireAuth, useAuth } from "basic-oauth/vue";
import { createSSRApp, h } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { renderToString } from "vue/server-renderer";

test("a server renders the state loading, without a warning, and waits for nothing", async (context) => {
  const logged = ["error", "warn"].map((level) => context.mock.method(console, level, () => {}));
  const app = createSSRApp({
    setup() {
      const { status, isReady } = useAuth();
      return () => h("p", `${status.value} ${isReady.value}`);
    },
  });
  const page = { render: () => null };
  const routes = [{ path: "/private", component: page, meta: { requiresAuth: true } }];
  const router = createRouter({ history: createMemoryHistory(), routes });
  requireAuth(router);
  app.use(createBasicAuth({ clientId: "app", redirectUri: "/callback" })).use(router);
  await router.push("/private");
  assert.equal(router.currentRoute.value.path, "/private");
  assert.equal(await renderToString(app), "<p>loading false</p>");
  assert.deepEqual(logged.flatMap(({ mock }) => mock.calls), []);
});
