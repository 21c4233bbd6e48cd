export default {
  mode: "production",
  entry: "./app/main.js",
  output: {
    clean: false,
    filename: "main.js",
    path: `${import.meta.dirname}/dist-webpack`,
    publicPath: "/",
    // Only an app whose policy requires Trusted Types needs this line.
    trustedTypes: true,
  },
};
