// The guard with the types of Vue's router, which do not compile under `exactOptionalPropertyTypes`.
import { requireAuth } from "basic-oauth/vue";
import { createRouter, createWebHistory } from "vue-router";

const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: "/private", component: {}, meta: { requiresAuth: true, scope: "app:db" } }],
});
requireAuth(router) satisfies () => void;
