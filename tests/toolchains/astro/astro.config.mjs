import { defineConfig } from "astro/config";

export default defineConfig({
  build: { format: "file" },
  // Small scripts stay files of their own, so that a strict policy allows them.
  vite: { build: { assetsInlineLimit: 0 } },
});
