import { createRequire } from 'node:module';
import { ConfigError, showPath } from './problem.ts';

/** Loaded on demand: `yaml` takes 30 ms, and most hosts have no file. */
const load = createRequire(import.meta.url);

export type Env = Readonly<Record<string, string | undefined>>;

const SIZE_LIMIT = 1024 * 1024;

/**
 * The declarative file as plain values, `${ENV}` replaced as the specification says. Written here, beside the
 * library that checks the schema, because that one reads only `process.env` and shows only a first problem.
 */
export function readConfigFile(path: string, content: string, env: Env): unknown {
  const refuse = (detail: string): never => {
    throw new ConfigError([{ code: 'SND_CFG_FILE', path: showPath(path), detail }]);
  };
  if (content.length > SIZE_LIMIT) refuse(`has ${content.length} characters; allowed: up to ${SIZE_LIMIT}`);
  const yaml = load('yaml') as typeof import('yaml');
  try {
    const document = yaml.parseDocument(content, { version: '1.2', prettyErrors: false });
    const [error] = document.errors;
    // The parser's own message would quote the line, and with it perhaps a header.
    if (error) refuse(`is not YAML: ${error.code} at line ${content.slice(0, error.pos[0]).split('\n').length}`);
    yaml.visit(document, {
      Scalar(key, node) {
        if (key === 'key' || typeof node.value !== 'string') return;
        const replaced = substitute(node.value, env);
        if (replaced === undefined) {
          const line = content.slice(0, node.range?.[0] ?? 0).split('\n').length;
          refuse(`has an unreadable \${…} at line ${line}; allowed: \${NAME}, \${env:NAME}, \${NAME:-default}, $$`);
        } else if (replaced !== node.value) {
          node.value = node.type === 'PLAIN' ? retype(replaced, yaml.parse) : replaced;
        }
      },
    });
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // Too many aliases or too deep: the parser throws what it likes.
    return refuse(`is not YAML that can be read (${error instanceof Error ? error.name : 'unknown'})`);
  }
}

/** Undefined when a reference is malformed. `$$` is a dollar sign. */
function substitute(value: string, env: Env): string | undefined {
  let isMalformed = false;
  const replaced = value.replaceAll(/\$\$|\$\{([^}]*)\}/g, (whole, reference: string | undefined) => {
    if (whole === '$$') return '$';
    const match = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^\n]*))?$/.exec(reference ?? '');
    if (!match?.[1]) {
      isMalformed = true;
      return '';
    }
    return env[match[1]] || (match[2] ?? '');
  });
  return isMalformed ? undefined : replaced;
}

/** A plain scalar is what its replaced text would be in YAML: number, truth, null or text, never a structure. */
function retype(value: string, parse: (text: string) => unknown): unknown {
  try {
    const parsed = parse(value);
    return parsed === null || typeof parsed === 'number' || typeof parsed === 'boolean' ? parsed : value;
  } catch {
    return value;
  }
}

/** The whole schema of the standard, by the OpenTelemetry library. Throws `ConfigError`. */
export function checkFileSchema(path: string): void {
  const { parseConfigFile } = load('@opentelemetry/configuration') as typeof import('@opentelemetry/configuration');
  try {
    parseConfigFile(path);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      { code: 'SND_CFG_FILE', path: showPath(path), detail: `does not follow the schema: ${message.slice(0, 500)}` },
    ]);
  }
}
