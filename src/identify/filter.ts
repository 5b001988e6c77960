import type { ContainerFilter } from '../config/config.ts';
import type { Identity } from '../model/container.ts';
import { matchesGlob } from './glob.ts';

export type IdentityFilter = (identity: Identity) => boolean;

/** True for containers to keep. Undefined when nothing is filtered, so that nothing waits for a name. */
export function createFilter(filter: ContainerFilter): IdentityFilter | undefined {
  const includes = [...filter.includeNames, ...filter.includeLabels, ...filter.includeImages];
  const excludes = [...filter.excludeNames, ...filter.excludeLabels, ...filter.excludeImages];
  if (includes.length + excludes.length === 0) return undefined;
  return (identity) => {
    const isExcluded =
      hasName(identity, filter.excludeNames) ||
      hasLabel(identity, filter.excludeLabels) ||
      hasImage(identity, filter.excludeImages);
    if (isExcluded || includes.length === 0) return !isExcluded;
    return (
      hasName(identity, filter.includeNames) ||
      hasLabel(identity, filter.includeLabels) ||
      hasImage(identity, filter.includeImages)
    );
  };
}

const hasName = (identity: Identity, globs: readonly string[]): boolean =>
  globs.some((glob) => matchesGlob(glob, identity.name));

/** `nginx`, `nginx:1.27` and `registry/nginx` are all ways to say it; the glob decides which is meant. */
function hasImage({ imageName, imageTags }: Identity, globs: readonly string[]): boolean {
  if (imageName === undefined) return false;
  const names = [imageName, ...imageTags.map((tag) => `${imageName}:${tag}`)];
  return globs.some((glob) => names.some((name) => matchesGlob(glob, name)));
}

/** `key` is enough to be there; `key=value` compares both. */
function hasLabel(identity: Identity, globs: readonly string[]): boolean {
  return globs.some((glob) => {
    const equals = glob.indexOf('=');
    const [keyGlob, valueGlob] = equals < 0 ? [glob, '*'] : [glob.slice(0, equals), glob.slice(equals + 1)];
    return Object.entries(identity.labels).some(
      ([key, value]) => matchesGlob(keyGlob, key) && matchesGlob(valueGlob, value),
    );
  });
}
