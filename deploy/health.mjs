// The image's HEALTHCHECK: does the agent answer on its control socket? The image has no curl.
import { get } from 'node:http';
import { join } from 'node:path';

const socketPath = join(process.env['SONDE_DATA_DIR'] || '/var/lib/sonde', 'control.sock');

const fail = (why) => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};

get({ socketPath, path: '/healthz', timeout: 4_000 }, (response) => {
  response.resume();
  if (response.statusCode !== 200) fail(`the agent answered ${response.statusCode}`);
})
  .on('timeout', () => fail('the agent did not answer in 4 s'))
  .on('error', (error) => fail(`no agent at ${socketPath}: ${error.message}`));
