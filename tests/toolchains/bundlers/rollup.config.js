import resolve from "@rollup/plugin-node-resolve";

export default {
  input: "app/main.js",
  output: { dir: "dist-rollup" },
  plugins: [resolve()],
};
