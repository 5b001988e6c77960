import { boundedName } from '../bounds.ts';

export interface ImageName {
  readonly imageName: string | undefined;
  readonly imageTags: readonly string[];
}

/** `registry:5000/team/app:1.2@sha256:…` → name without tag, and the tag. */
export function parseImageName(reference: unknown): ImageName {
  const clean = boundedName(reference);
  if (clean === undefined) return { imageName: undefined, imageTags: [] };
  // A container started by the image's id has no name to offer but the id.
  if (/^sha256:[0-9a-f]{64}$/.test(clean)) return { imageName: clean, imageTags: [] };
  const at = clean.indexOf('@');
  const named = at < 0 ? clean : clean.slice(0, at);
  const colon = named.lastIndexOf(':');
  // A colon before the last slash is the registry's port.
  if (colon > named.lastIndexOf('/')) return { imageName: named.slice(0, colon), imageTags: [named.slice(colon + 1)] };
  const isPinned = at >= 0 || /^[0-9a-f]{12,64}$/.test(named);
  return { imageName: named, imageTags: isPinned ? [] : ['latest'] };
}
