// node check.js FILE...: what in these dashboards is not as Grafana's types say, a line a fault; status 1 if there is one.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const schema = createGenerator({
  path: here('dashboard.ts'),
  tsconfig: here('tsconfig.json'),
  type: 'Dashboard',
}).createSchema('Dashboard');
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

for (const file of process.argv.slice(2)) {
  if (valid(JSON.parse(readFileSync(file, 'utf8')))) continue;
  process.exitCode = 1;
  for (const { instancePath, message, params } of valid.errors) {
    console.log(`${file}${instancePath}: ${message} ${JSON.stringify(params)}`);
  }
}
