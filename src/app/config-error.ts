/** What the operator asked for cannot be: the text names the key, the value, and what to do. */
export class ConfigError extends Error {
  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = 'ConfigError';
  }
}
