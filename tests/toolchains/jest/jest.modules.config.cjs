// Runs modules as they are. Node needs a flag for it, which package.json sets.
module.exports = { testEnvironment: "jsdom", transform: {} };
