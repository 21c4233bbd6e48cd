import { defineConfig } from "astro/config";

// Small scripts stay files of their own, so that a strict policy allows them.
export default defineConfig({ vite: { build: { assetsInlineLimit: 0 } } });
