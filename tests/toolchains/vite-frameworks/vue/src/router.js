import { requireAuth } from "basic-oauth/vue";
import { createRouter, createWebHistory } from "vue-router";

import Callback from "./Callback.vue";
import Home from "./Home.vue";
import Private from "./Private.vue";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", component: Home },
    { path: "/callback", component: Callback },
    { path: "/private", component: Private, meta: { requiresAuth: true } },
  ],
});

requireAuth(router);
