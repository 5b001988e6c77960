import { eastAsianWidth } from 'get-east-asian-width';

/**
 * Text of unknown origin (names, paths, images) made safe for a terminal and measured. Widths are
 * counted by code point, as terminals do: whatever they disagree about (joiners, variation selectors,
 * skin tones, flags, private use, bidi controls) is taken out or replaced first.
 */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Controls, format characters (bidi, joiners, tags), surrogate halves, private use, unassigned. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;
const DISPUTED = /\p{Emoji_Modifier}|\p{Regional_Indicator}|\p{Variation_Selector}/gu;
/** Some scripts need a mark or two on a letter; a tower of them is an attack on the reader. */
const MARK_TOWER = /(\p{M}{2})\p{M}+/gu;
/** Spacing marks (Mc) take a cell of their own. */
const MARK = /^[\p{Mn}\p{Me}]$/u;
const WHITE = /\s/gu;

export function clean(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text.replace(WHITE, ' ').replace(DISPUTED, '').replace(UNSAFE, '\ufffd').replace(MARK_TOWER, '$1');
}

/** For terminals that say they are not UTF-8. */
export function toAscii(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(/\p{M}/gu, '').replace(/[^\x20-\x7e]/gu, '?');
}

/** Cells the cleaned text takes. */
export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (MARK.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** The longest beginning of the text that fits. */
export function cut(text: string, width: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.slice(0, Math.max(0, width));
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept;
}

export type Align = 'left' | 'right';
/** What stays of a text that does not fit: its beginning (names) or its end (paths, images). */
export type Keep = 'start' | 'end';

/** Exactly `width` cells: padded, or shortened with the ellipsis. */
export function fitText(text: string, width: number, align: Align, ellipsis: string, keep: Keep = 'start'): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return align === 'left' ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
  if (width <= 0) return '';
  const kept = keep === 'start' ? cut(text, width - 1) + ellipsis : ellipsis + cutStart(text, width - 1);
  return kept + ' '.repeat(Math.max(0, width - widthOf(kept)));
}

function cutStart(text: string, width: number): string {
  let used = 0;
  let from = text.length;
  const characters = [...text];
  for (let index = characters.length - 1; index >= 0; index--) {
    const character = characters[index] ?? '';
    used += characterWidth(character);
    if (used > width) break;
    from -= character.length;
  }
  // A mark without its letter would stand on the ellipsis.
  return text.slice(from).replace(/^\p{M}+/u, '');
}
