// Counts the words of many texts of one language by the package gmx-word-counter: node gmx.mjs FOLDER LANGUAGE
//
// FOLDER is the installed package. Speaks as services/count/examples/counts.rs does: each text behind a line with its
// length in bytes, a line with its number for each.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, language] = process.argv.slice(2);
const { countWords } = createRequire(import.meta.url)(folder);
const input = readFileSync(0);
const numbers = [];
for (let at = 0; at < input.length; ) {
  const start = input.indexOf(10, at) + 1;
  const end = start + Number(input.subarray(at, start).toString());
  numbers.push(countWords(input.subarray(start, end).toString(), language));
  at = end;
}
process.stdout.write(numbers.map((words) => `${words}\n`).join(""));
