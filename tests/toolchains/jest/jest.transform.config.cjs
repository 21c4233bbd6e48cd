// Turns modules into CommonJS. Jest leaves node_modules alone, so the package has to be named.
module.exports = {
  testEnvironment: "jsdom",
  transform: { "\\.js$": ["babel-jest", { presets: [["@babel/preset-env", { targets: { node: "current" } }]] }] },
  transformIgnorePatterns: ["/node_modules/(?!basic-oauth/)"],
};
