#!/usr/bin/env node
// `npx basic-oauth check SERVER --client-id ID --redirect-uri URI`
import { main } from "./check/main.js";

process.exitCode = await main(process.argv.slice(2), process.stdout, process.stderr);
