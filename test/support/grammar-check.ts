import { parseResponse } from './response-parser.ts';
import type { ReaderOptions } from './response-reader.ts';

/** A function that says why a response is not grammatical, or undefined when it is. */
export function grammarCheck(options: ReaderOptions): (response: string) => string | undefined {
  return (response) => {
    try {
      parseResponse(response, options);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}
