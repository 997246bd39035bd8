// The driver's own command line.

/** The file whose certificates this process had added to its roots when it started. */
export const ADDED_CERTIFICATES = '--added-certificates';

/** The folder that the driver may write to. The process that passes it also removes it. */
export const FOLDER = '--folder';

/** A file of the user's own functions, or one function of it. */
export const OWN = '--own';

/** The word after an option; undefined where the option is not given. */
export function option(name) {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}

/** The words after an option that may be given several times. */
export const options = (name) =>
  process.argv.slice(1).flatMap((word, place, words) => (words[place - 1] === name ? [word] : []));
