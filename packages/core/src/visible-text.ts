/**
 * Characters that tell a terminal or an editor what to do in place of being shown: C0 and C1 controls,
 * line separators, and marks that turn the direction of writing. Line breaks and tabs stay.
 */
const commands = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * The text with such characters spelt out as `\u001b`: names and values of a database, of a sink or of a
 * file may hold them, and must not be able to rewrite what a person sees. Inside a JSON string it says the
 * same as before.
 */
export function visibleText(text: string): string {
  return text.replace(commands, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
