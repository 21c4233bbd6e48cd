// The command: arguments in, a report and an exit status out.
import { parse, USAGE } from "./arguments.js";
import { requester } from "./net.js";
import { run } from "./run.js";
import { table } from "./text.js";

/**
 * Runs the command and returns its exit status: 0 if nothing failed, 1 after a failure, 2 after wrong
 * usage.
 */
export const main = async (argv, out, err) => {
  const { error, help, options } = parse(argv);
  if (help) {
    out.write(USAGE);
    return 0;
  }
  if (error) {
    err.write(`${error}\n\n${USAGE}`);
    return 2;
  }
  const report = await run(options, requester(options.timeout * 1000));
  out.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : table(report));
  return report.verdict === "fail" ? 1 : 0;
};
